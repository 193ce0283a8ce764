"""Wait until a Deployment is ready, or until it is clear why it fails.

Prints one line on stderr for each change, and the verdict as the only line on stdout.

exit status:
  0    ready, or parked
  1    failed; the verdict names the cause
  2    wrong usage, no lightkube, or no access to the cluster
  3    still at work at the timeout
  130  interrupted by Ctrl-C; no verdict
"""

from __future__ import annotations

import argparse
import sys

from t3afk_constructs.command_error import CommandError
from t3afk_constructs.verify.follow import follow
from t3afk_constructs.verify.verdict import FINE, Verdict, one_line


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("target", type=_target, metavar="NAMESPACE/NAME", help="the Deployment")
    parser.add_argument("--timeout", type=_seconds, default=900.0, metavar="SECONDS", help="default: %(default).0f")
    parser.add_argument("--context", metavar="NAME", help="of the kubeconfig; default: its current context")


def run(options: argparse.Namespace) -> int:
    """Wait for one rollout, print its verdict and return the exit status.

    Raises:
        CommandError: without lightkube, or without access to the cluster.
    """
    try:
        from t3afk_constructs.verify.cluster import Rollout  # noqa: PLC0415 (the extra may be missing)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "lightkube":
            raise
        raise CommandError("needs lightkube: pip install 't3afk-constructs[verify]'", status=2) from error
    namespace, name = options.target
    try:
        rollout = Rollout(namespace, name, context=options.context)
        verdict = follow(rollout.observe, report=_print_progress, timeout=options.timeout)
    except Exception as error:  # lightkube raises errors of its HTTP library, which differs between its versions
        reason = one_line(str(error)) or type(error).__name__
        raise CommandError(f"cannot read from the cluster: {reason}", status=2) from error
    print(verdict_line(f"{namespace}/{name}", verdict))  # noqa: T201 (a command's output)
    return exit_status(verdict)


def exit_status(verdict: Verdict) -> int:
    """The exit status for a verdict."""
    if verdict.cause in FINE:
        return 0
    return 3 if verdict.cause == "still at work" else 1


def verdict_line(target: str, verdict: Verdict) -> str:
    """The line on stdout."""
    if verdict.cause in FINE:
        return f"{target} is {verdict.cause}: {verdict.text}"
    word = "is not ready" if verdict.cause == "still at work" else "fails"
    return f"{target} {word} ({verdict.cause}): {verdict.text}"


def _print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _target(text: str) -> tuple[str, str]:
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAMESPACE/NAME; write t3-afk/t3-afk, for example")
    return namespace, name


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds; write 900, for example")
    return seconds
