"""Writing an app's manifests: checked first, and as a whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s import App

from t3afk_constructs import inputs
from t3afk_constructs.guardrails.guard import check_guarded, write_checked

if TYPE_CHECKING:
    from collections.abc import Callable


class SynthError(Exception):
    """The app cannot be written; nothing has been.

    Attributes:
        errors: what is wrong, one line each, with the path of its construct.
    """

    def __init__(self, errors: list[str]) -> None:
        self.errors = tuple(map(inputs.without_credentials, errors))
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        super().__init__("\n  ".join([f"{count}, nothing is written:", *self.errors]))


def synth(app: App) -> None:
    """Check the app and write its manifests into `app.outdir`.

    Warnings of the rules that `guard` has turned on are printed. The files take their places only when all of them are
    written, and an error or Ctrl-C in between puts back what was there; what else is in the folder stays.

    Raises:
        InputError: when `app` is no App.
        SynthError: with all errors of the rules, with what cdk8s has to say, or with what the file system refuses.
    """
    if complaint := inputs.instance_of(App, "pass the app")(app):
        raise inputs.InputError("synth", "-", "app", app, complaint)
    outdir = Path(app.outdir).absolute()  # node, which writes, may work in another folder
    _try(lambda: _stop_on_errors(app))
    made = not outdir.exists()
    try:
        outdir.mkdir(parents=True, exist_ok=True)
        # Inside the folder: a rename from elsewhere could cross into another file system, and would be a copy there.
        with tempfile.TemporaryDirectory(prefix=".synth-", dir=outdir) as temporary:
            written, replaced = Path(temporary, "written"), Path(temporary, "replaced")
            _try(lambda: write_checked(app, written))
            _take_places(written, replaced, outdir)
    except OSError as error:
        raise SynthError([f"{error.filename or outdir}: {error.strerror}; make room for the manifests there"]) from None
    finally:
        if made and outdir.is_dir() and not any(outdir.iterdir()):
            outdir.rmdir()


def _stop_on_errors(app: App) -> None:
    if errors := check_guarded(app):
        raise SynthError(errors)


def _try(step: Callable[[], object]) -> None:
    try:
        step()
    except RuntimeError as error:
        # The message of what node raised; the JavaScript stack behind it is cdk8s's.
        raise SynthError(_messages(str(error))) from None


def _messages(text: str) -> list[str]:
    """What cdk8s has to say: the messages of all validations, or the first line of a failure, without what it dumps."""
    first, *others = text.removeprefix("Error: ").splitlines() or ["cdk8s gives no reason"]
    return [line.strip() for line in others] if first.startswith("Validation failed") and others else [first]


def _take_places(written: Path, replaced: Path, outdir: Path) -> None:
    """Rename each file to its place; when one cannot be, all that was there before comes back."""
    files = sorted(path.relative_to(written) for path in written.rglob("*") if path.is_file())
    if blocked := [str(outdir / file) for file in files if (outdir / file).is_dir()]:
        raise SynthError([f"{path} is a folder where a manifest belongs; remove it" for path in blocked])
    undo: list[tuple[Path, Path]] = []
    try:
        for file in files:
            place = outdir / file
            for folder in (place.parent, (replaced / file).parent):
                folder.mkdir(parents=True, exist_ok=True)
            moves = [(place, replaced / file)] if place.exists() else []
            for source, target in (*moves, (written / file, place)):
                undo.append((target, source))  # before: Ctrl-C may come as the rename returns
                source.replace(target)
    except BaseException:
        for there, back in reversed(undo):
            if there.exists():
                there.replace(back)
        raise
