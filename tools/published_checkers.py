"""Check the manifests in dist/ with kube-score: `python tools/published_checkers.py [FOLDER]`.

The first run builds kube-score (https://github.com/zegl/kube-score) from its Go module, at one version. Its findings
must be those of `tools/kube-score-accepted.txt`: one finding a line, with the reason for accepting it. A finding
without a line is an error, and so is a line without a finding. Without `go` to build kube-score, the check is skipped.

checkov is not used: it brings a hundred packages, and its checks of Kubernetes are those of kube-score and of `rules/`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULE, VERSION = "github.com/zegl/kube-score/cmd/kube-score", "v1.20.0"
ACCEPTED = ROOT / "tools" / "kube-score-accepted.txt"
PROGRAM = ROOT / ".venv" / "kube-score" / VERSION / "kube-score"


def accepted(text: str) -> dict[str, str]:
    """The accepted findings and their reasons, from lines `finding # reason`.

    Raises:
        ValueError: if a line gives no reason.
    """
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            finding, _, reason = line.partition(" # ")
            if not reason.strip():
                raise ValueError(f"'{line}' gives no reason; write '{line.strip()} # why it stays'")
            found[finding.strip()] = reason.strip()
    return found


def findings(output: str) -> set[str]:
    """The complaints in kube-score's output (format `ci`)."""
    return {line for line in output.splitlines() if line.startswith(("[CRITICAL]", "[WARNING]"))}


def differences(found: set[str], reviewed: dict[str, str]) -> list[str]:
    """New findings, and accepted ones that no longer occur."""
    new = (
        f"new: {line}\n  mend it, or add it to {ACCEPTED.name} with a reason" for line in sorted(found - {*reviewed})
    )
    gone = (f"gone: {line}\n  take it out of {ACCEPTED.name}" for line in sorted({*reviewed} - found))
    return [*new, *gone]


def _build() -> None:
    environment = os.environ | {"GOBIN": str(PROGRAM.parent), "GOFLAGS": "-mod=mod"}
    subprocess.run(["go", "install", f"{MODULE}@{VERSION}"], env=environment, check=True)


def main(folder: Path) -> str:
    """Compare the findings with the accepted ones.

    Returns:
        The result in one line.

    Raises:
        SystemExit: with the differences, if there are any.
    """
    if not PROGRAM.exists():
        if shutil.which("go") is None:
            return "kube-score: skipped, there is no `go` to build it"
        _build()
    manifests = sorted(folder.rglob("*.yaml"))
    if not manifests:
        sys.exit(f"kube-score: {folder} holds no manifests; run `make synth`")
    done = subprocess.run([PROGRAM, "score", "-o", "ci", *manifests], capture_output=True, text=True, check=False)
    if not done.stdout:
        sys.exit(f"kube-score: {done.stderr}")
    found = findings(done.stdout)
    if different := differences(found, accepted(ACCEPTED.read_text(encoding="utf-8"))):
        sys.exit("\n".join(different))
    return f"kube-score: {len(found)} findings, all reviewed"


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist") + "\n")
