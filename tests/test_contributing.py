"""CONTRIBUTING.md describes the repository as it is."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_table_of_targets_matches_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*## (.+)$", makefile, re.MULTILINE)
    assert targets
    assert re.findall(r"^\| `make ([a-z-]+)` \| (.+) \|$", CONTRIBUTING, re.MULTILINE) == targets


def test_make_commands_have_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    called = {target for command in re.findall(r"\bmake ([a-z -]+)`", CONTRIBUTING) for target in command.split()}
    assert called
    assert called <= targets


def test_each_module_stands_in_one_row_of_the_layers() -> None:
    rows = re.findall(r"^\| [^|]+ \| (.+) \|$", CONTRIBUTING.split("## Layout")[1].split("\n- ")[0], re.MULTILINE)
    named = re.findall(r"`(\w+)/?`", re.sub(r"\(.*?\)", "", " ".join(rows[1:])))
    package = (path for path in (ROOT / "t3afk_constructs").iterdir() if not path.is_symlink())
    modules = {path.stem for path in package if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert sorted(named) == sorted(modules - {"__init__", "__main__"})


def test_both_links_lead_to_the_top_level() -> None:
    links = {path.name: path.resolve() for path in (ROOT / "t3afk_constructs").iterdir() if path.is_symlink()}
    assert links == {name: ROOT.resolve() / name for name in ("imports", "files")}


def test_changelog_has_an_entry_for_the_version() -> None:
    (version,) = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    entries = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", changelog, re.MULTILINE)
    assert entries[0] == ("Unreleased", "")
    assert entries[1][0] == version
    assert all(date for _, date in entries[1:])
