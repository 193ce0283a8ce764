"""The command `t3afk`, and the package's lazy names that let it start without Node."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from unittest.mock import Mock

import pytest

import t3afk_constructs
from t3afk_constructs import cli
from t3afk_constructs.cli import COMMANDS, Command, CommandError, main

# Prints the modules of one command, whichever way it ends.
LOADED = """
import json, sys
from t3afk_constructs.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)))
"""


def test_help_lists_each_command_with_its_summary(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert [[name, command.summary] for name, command in COMMANDS.items() if [name, command.summary] not in lines] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_has_its_name_and_exit_statuses(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    text = capsys.readouterr().out
    assert text.startswith(f"usage: t3afk {name} ")
    if sys.flags.optimize < 2:  # or Python leaves out the docstring
        assert "exit status:\n  0 " in text


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "t3afk: the following arguments are required: COMMAND"),
        (["nonsense"], "t3afk: argument COMMAND: invalid choice: 'nonsense'"),
        (["verify"], "t3afk verify: the following arguments are required: NAMESPACE/NAME"),
    ],
)
def test_wrong_usage_is_status_2_and_one_line_below_the_usage(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith(line)


@pytest.mark.parametrize(
    ("error", "status", "printed"),
    [(CommandError("out of luck", status=7), 7, "t3afk failing: out of luck\n"), (KeyboardInterrupt(), 130, "")],
)
def test_failure_of_a_command_is_one_line_and_its_status(
    error: BaseException, status: int, printed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = Mock(**{"run.side_effect": error})
    monkeypatch.setitem(COMMANDS, "failing", Command("failing", "fail"))
    monkeypatch.setattr(cli, "import_module", {"failing": failing}.__getitem__)
    assert main(["failing"]) == status
    assert capsys.readouterr() == ("", printed)


@pytest.mark.parametrize(
    "arguments", ["--help", "verify a/b", "lockfile --t3-version=1 --claude-cli-version=1 -o lock"]
)
def test_command_without_constructs_loads_neither_jsii_nor_cdk8s(
    arguments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    monkeypatch.setenv("PATH", "")
    command = [sys.executable, "-c", LOADED, *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "t3afk_constructs.cli" in loaded
    assert loaded & {"jsii", "constructs", "cdk8s", "t3afk_constructs.imports"} == set()


def test_python_m_runs_the_same_command() -> None:
    command = [sys.executable, "-m", "t3afk_constructs", "verify", "--help"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("usage: t3afk verify ")


@pytest.mark.parametrize("name", t3afk_constructs.__all__)
def test_public_name_resolves_and_no_module_has_the_same_one(name: str) -> None:
    """Python would otherwise replace `guard` by a module `t3afk_constructs.guard` once somebody imports that."""
    assert getattr(t3afk_constructs, name) is not None
    assert find_spec(f"t3afk_constructs.{name}") is None


def test_dir_and_star_import_give_the_public_names() -> None:
    names: dict[str, object] = {}
    exec("from t3afk_constructs import *", names)
    assert dir(t3afk_constructs) == sorted(names.keys() - {"__builtins__"}) == sorted(t3afk_constructs.__all__)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 't3afk_constructs' has no attribute 'Nonsense'"):
        _ = t3afk_constructs.Nonsense  # type: ignore[attr-defined]
