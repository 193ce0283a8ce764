"""The command `t3afk`: its options, its subcommands, and one manner of reporting errors."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from t3afk_constructs.command_error import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

_DESCRIPTION: Final = "Tools for the t3afk constructs and for the cluster they render for."
_EXIT_STATUS: Final = """\
exit status:
  0    success
  1    failure
  2    wrong usage
  130  interrupted by Ctrl-C
`t3afk COMMAND --help` lists those of one command.
"""
_INTERRUPTED: Final = 130  # as a shell reports SIGINT


class Command(NamedTuple):
    """A subcommand: its module, and its line in `t3afk --help`.

    Only a call of the command imports the module. The module's docstring is the command's help, `add_options(parser)`
    declares its options, `run(options)` returns the exit status.
    """

    module: str
    summary: str


COMMANDS: Final = {
    "lockfile": Command(
        "t3afk_constructs.executor.lock_file_command", "write a package-lock.json that pins T3 and the Claude CLI"
    ),
    "verify": Command("t3afk_constructs.verify.command", "wait for a rollout, and name the cause if it fails"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Report wrong usage like every other error: `t3afk verify: …`."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand that the command line names (default: `sys.argv[1:]`) and return its exit status.

    Raises:
        SystemExit: for `--help` and wrong usage.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    called = next((argument for argument in arguments if argument in COMMANDS), None)
    options = _parser(called).parse_args(arguments)
    try:
        status: int = options.run(options)
    except CommandError as error:
        print(f"t3afk {called}: {error}", file=sys.stderr)  # noqa: T201 (a command's output)
        return error.status
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def _parser(called: str | None) -> argparse.ArgumentParser:
    """The parser of all subcommands, with the options of the called one."""
    parser = _Parser(
        prog="t3afk",
        description=_DESCRIPTION,
        epilog=_EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(
            name, help=command.summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == called:
            module = import_module(command.module)
            subparser.description = module.__doc__
            module.add_options(subparser)
            subparser.set_defaults(run=module.run)
    return parser
