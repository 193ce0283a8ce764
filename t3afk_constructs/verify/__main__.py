"""Follow the rollout of a Deployment until it is ready, or until it is clear why it will not be.

Progress goes to stderr, one line a change; the verdict is the one line on stdout.
Exit status: 0 ready, or parked; 1 it fails, and the verdict says why; 2 wrong usage, or the cluster cannot be asked;
3 still at work when the time was up; 130 interrupted with Ctrl-C, without a verdict.
"""

from __future__ import annotations

import argparse
import sys

from t3afk_constructs.verify.follow import follow
from t3afk_constructs.verify.verdict import FINE, Verdict, one_line

NEEDS = "verify: needs lightkube: pip install 't3afk-constructs[verify]'"


def _target(text: str) -> tuple[str, str]:
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAMESPACE/NAME, such as t3-afk/t3-afk")
    return namespace, name


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 (a command's output)


def exit_status(verdict: Verdict) -> int:
    """What the command tells its caller."""
    if verdict.cause in FINE:
        return 0
    return 3 if verdict.cause == "still at work" else 1


def verdict_line(target: str, verdict: Verdict) -> str:
    """The one line on stdout."""
    if verdict.cause in FINE:
        return f"{target} is {verdict.cause}: {verdict.text}"
    word = "is not ready" if verdict.cause == "still at work" else "fails"
    return f"{target} {word} ({verdict.cause}): {verdict.text}"


def main(arguments: list[str] | None = None) -> int:
    """Follow one rollout.

    Args:
        arguments: the command line; `sys.argv` when left out.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="python -m t3afk_constructs.verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=_target, metavar="NAMESPACE/NAME", help="the Deployment")
    parser.add_argument("--timeout", type=_seconds, default=900.0, metavar="SECONDS", help="default: 900")
    parser.add_argument("--context", help="of the kubeconfig; default: its current one")
    options = parser.parse_args(arguments)
    try:
        from t3afk_constructs.verify.cluster import Rollout  # noqa: PLC0415 (the extra may be missing)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "lightkube":
            raise
        _say(NEEDS)
        return 2
    namespace, name = options.target
    try:
        rollout = Rollout(namespace, name, context=options.context)
        verdict = follow(rollout.observe, say=_say, timeout=options.timeout)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 (lightkube passes on those of its HTTP library, which has changed)
        _say(f"verify: cannot ask the cluster: {one_line(str(error)) or type(error).__name__}")
        return 2
    print(verdict_line(f"{namespace}/{name}", verdict))  # noqa: T201
    return exit_status(verdict)


if __name__ == "__main__":
    sys.exit(main())
