import re
from pathlib import Path

import pytest
from cdk8s import App

from t3afk_constructs import HOME, ClusterChart, NfsVolume

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(examples) >= 3
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    for example in examples:
        exec(example, scope)
    assert [str(file.relative_to(tmp_path)) for file in tmp_path.glob("*/[!.]*")] == ["dist/agents.k8s.yaml"]


def test_readme_quotes_the_error() -> None:
    chart = ClusterChart(App(), "t3-afk", platform=HOME, namespace="b")
    with pytest.raises(ValueError, match="is not absolute") as refused:
        NfsVolume(chart, "data", name="a", nfs_server="c", nfs_path="srv/data")
    assert str(refused.value) in README


def prose(file: Path) -> str:
    """The text of a document without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("file", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], ids=lambda file: file.name)
def test_links_lead_to_files_and_headings(file: Path) -> None:
    for target, heading in re.findall(r"\]\(((?!https?:)[^)#]*)#?([^)]*)\)", prose(file)):
        linked = file.parent / target if target else file
        assert linked.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", prose(linked), re.MULTILINE)
            assert heading in [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles], heading
