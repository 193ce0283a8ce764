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


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)", README):
        assert (ROOT / target).exists(), target
