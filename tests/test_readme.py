import re
from pathlib import Path

import pytest
from cdk8s import App, Chart

from t3afk_constructs import NfsVolume

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(examples) >= 3
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    for example in examples:
        exec(example, scope)
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.glob("*/*")) == [
        "dist-lab/lab.k8s.yaml",
        "dist/agents.k8s.yaml",
    ]


def test_the_error_that_the_readme_shows_is_the_error() -> None:
    with pytest.raises(ValueError, match="is not absolute") as refused:
        NfsVolume(Chart(App(), "t3-afk"), "data", name="a", namespace="b", nfs_server="c", nfs_path="srv/data")
    assert str(refused.value) in README


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)", README):
        assert (ROOT / target).exists(), target
