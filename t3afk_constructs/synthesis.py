"""Writing an app's manifests: checked first, and as a whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import jsii
from cdk8s import App

from t3afk_constructs.guardrails.guard import check_guarded, write_unchecked

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Node


class SynthError(Exception):
    """The app cannot be written; nothing has been.

    Attributes:
        errors: what is wrong, one line each, with the path of its construct.
    """

    def __init__(self, errors: list[str]) -> None:
        self.errors = tuple(errors)
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        super().__init__("\n  ".join([f"{count}, nothing is written:", *errors]))


class _Elsewhere(App):
    """A view of an app that writes into another folder: the same tree, and cdk8s's own way of writing it.

    An app's folder is settled when the app is made.
    """

    def __init__(self, app: App, outdir: Path) -> None:
        self._app = app
        super().__init__(
            outdir=str(outdir),
            yaml_output_type=app.yaml_output_type,
            output_file_extension=app.output_file_extension,
        )

    @property
    @jsii.member(jsii_name="node")
    def node(self) -> Node:
        """The tree of the app that is written."""
        return self._app.node


def synth(app: App) -> None:
    """Check the app and write its manifests into `app.outdir`.

    Warnings of the rules that `guard` has turned on are printed. The files reach the folder only when all of them are
    written, so it never holds half an app; what else is in the folder stays.

    Raises:
        SynthError: with all errors of the rules, or with what cdk8s has to say.
    """
    outdir = Path(app.outdir)
    _try(lambda: _stop_on_errors(app))
    above = outdir.absolute().parent
    above.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{outdir.name}-", dir=above) as temporary:
        written = Path(temporary)
        _try(lambda: write_unchecked(app, _Elsewhere(app, written).synth))
        _move_over(written, outdir)


def _stop_on_errors(app: App) -> None:
    if errors := check_guarded(app):
        raise SynthError(errors)


def _try(step: Callable[[], object]) -> None:
    try:
        step()
    except RuntimeError as error:
        raise SynthError(_messages(str(error))) from None


def _messages(text: str) -> list[str]:
    """What cdk8s has to say: the messages of all validations, or the first line of a failure, without what it dumps."""
    first, *others = text.removeprefix("Error: ").splitlines() or ["cdk8s gives no reason"]
    return [line.strip() for line in others] if first.startswith("Validation failed") and others else [first]


def _move_over(written: Path, outdir: Path) -> None:
    files = sorted(path.relative_to(written) for path in written.rglob("*") if path.is_file())
    blocked = [str(outdir / file) for file in files if (outdir / file).is_dir()]
    if blocked:
        raise SynthError([f"{path} is a folder where a manifest belongs; remove it" for path in blocked])
    outdir.mkdir(parents=True, exist_ok=True)
    for file in files:
        (outdir / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(written / file, outdir / file)
