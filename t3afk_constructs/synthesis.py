"""Check an app, and write its manifests."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from cdk8s import App, Chart, Names, YamlOutputType

from t3afk_constructs import inputs
from t3afk_constructs.credentials import without_credentials
from t3afk_constructs.engine import Engine, Warnings
from t3afk_constructs.initial import parts
from t3afk_constructs.manifests import identity
from t3afk_constructs.output_folder import replace_files
from t3afk_constructs.rendered_chart import validation_errors
from t3afk_constructs.resource_files import resource_name
from t3afk_constructs.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from t3afk_constructs.engine import Judgement
    from t3afk_constructs.rendered_chart import RenderedChart

_WRITTEN: dict[Path, list[App]] = {}  # the apps that this program has written, in order, by folder


class SynthError(Exception):
    """The app cannot be written, and nothing was.

    Attributes:
        errors: one line for each error, with the path of its construct.
    """

    def __init__(self, errors: Sequence[str]) -> None:
        self.errors = tuple(map(without_credentials, errors))
        count = "1 error" if len(self.errors) == 1 else f"{len(self.errors)} errors"
        super().__init__("\n  ".join([f"{count}, nothing is written:", *self.errors]))


def synth(app: App, *, warnings: Warnings = "print") -> None:
    """Check the app and write its manifests into `app.outdir`.

    It renders each chart once, checks the result and writes it, in the layout of `app.yaml_output_type`. The facts of
    Kubernetes, YAML and Traefik apply to every app, the policies of a platform after `guard`. A text that kubectl would
    read as a number has quotes.

    Initial fields, such as an image that Keel moves, are not in the manifests. A chart with such fields gets two more
    files for its first apply: CHART.first is the whole chart, CHART.handover has those fields alone. A new
    CHART.first is named on stderr. See docs/moving-fields.md.

    A reader of `outdir` sees each file whole, old or new. A killed run may leave files of two runs, which the next run
    replaces. It waits for other programs that write there. It removes the files that it wrote for this app in an
    earlier run and does not write now, and names them on stderr. Other files stay, and so does one that somebody
    changed. The record of its files is `outdir/.synth`, which kubectl does not read.

    It writes the metadata of constructs if `CDK8S_RECORD_CONSTRUCT_METADATA=true`
    is set; `App(record_construct_metadata=True)` has no effect, because Python cannot read it back.

    Args:
        app: the app.
        warnings: `print` writes each new warning to stderr. `error`, for a program that nobody watches such as one of
            CI, makes every warning an error.

    Raises:
        InputError: when `app` is not an App, its class has a `synth` of its own, or `warnings` is another word.
        SynthError: with all errors of the rules and of cdk8s, or with the file system's.
    """
    complaint = inputs.instance_of(App, "pass the app")(app)
    if not complaint and type(app).synth is not App.synth:
        complaint = "has a class with its own synth; call app.synth(), which applies the rules too"
    wrong = [("app", app, complaint), ("warnings", warnings, inputs.one_of(*get_args(Warnings))(warnings))]
    if wrong := [(name, value, text) for name, value, text in wrong if text]:
        raise inputs.InputError("synth", None, wrong)
    try:
        judgement = Engine.of(app).judge(warnings=warnings)
        if errors := [*judgement.errors, *judgement.other_errors]:
            raise SynthError(errors)
        _write(app, _by_name(_files(app, judgement)))
    except RuntimeError as error:
        # The message of node's error, without the JavaScript stack of cdk8s.
        first = (str(error) or "cdk8s gives no reason").splitlines()[0].removeprefix("Error: ")
        raise SynthError(validation_errors(str(error)) or [first]) from None
    except OSError as error:
        where = error.filename or app.outdir
        raise SynthError([f"{where}: {error.strerror}; check the output folder"]) from None


class _Documents(NamedTuple):
    """The documents of a chart, or of an app in one file.

    Attributes:
        name: of its files.
        manifests: the objects without their initial fields.
        first: the whole objects.
        handover: the initial fields alone.
    """

    name: str
    manifests: list[Any]
    first: list[Any]
    handover: list[Any]


def _files(app: App, judgement: Judgement) -> Iterator[tuple[str, Any]]:
    """The files of an app, each with its documents, in cdk8s's layout.

    `App.synth` has the same layout, but writes to `app.outdir` alone.
    """
    charts = judgement.charts
    names = _chart_names([chart.chart for chart in charts])
    groups = [(name, [chart]) for name, chart in zip(names, charts, strict=True)]
    layout, extension = app.yaml_output_type, app.output_file_extension  # each costs a message to node
    if layout == YamlOutputType.FILE_PER_APP:
        groups = [("app", charts)] if charts else []
    for name, group in groups:
        documents = _documents(name, group)
        yield from _manifest_files(documents, layout, extension)
        if documents.handover:
            # kubectl, Argo CD and Flux read no file of these endings in a folder.
            yield f"{name}.first", documents.first
            yield f"{name}.handover", documents.handover
    if os.environ.get("CDK8S_RECORD_CONSTRUCT_METADATA") == "true":
        resources = {made.name: {"path": made.node.path} for chart in charts for made in chart.objects()}
        yield "construct-metadata.json", json.dumps({"version": "1.0.0", "resources": resources})


def _documents(name: str, charts: Sequence[RenderedChart]) -> _Documents:
    manifests = [manifest for chart in charts for manifest in chart.manifests]
    if not any(chart.initial for chart in charts):
        return _Documents(name, manifests, manifests, [])
    divided = [
        parts(manifest, chart.initial.get(identity(manifest), ())) for chart in charts for manifest in chart.manifests
    ]
    handover = [each.handover for each in divided if each.handover]
    return _Documents(name, [each.rest for each in divided], manifests, handover)


def _manifest_files(documents: _Documents, layout: YamlOutputType, extension: str) -> Iterator[tuple[str, Any]]:
    if layout in (YamlOutputType.FILE_PER_APP, YamlOutputType.FILE_PER_CHART):
        yield f"{documents.name}{extension}", documents.manifests
        return
    folder = "" if layout == YamlOutputType.FILE_PER_RESOURCE else f"{documents.name}/"
    yield from ((f"{folder}{resource_name(manifest)}{extension}", [manifest]) for manifest in documents.manifests)


def _by_name(files: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Files by name. With an ending of the app's own, a chart may have the name of another file."""
    found: dict[str, Any] = {}
    for name, content in files:
        if name in found:
            raise SynthError([f"{name}: two files have this name; choose another output_file_extension"])
        found[name] = content
    return found


def _chart_names(charts: Sequence[Chart]) -> list[str]:
    """The names of the charts' files, with a number if a chart depends on another one."""
    # Rendering has turned every dependency between two charts' constructs into one between the charts.
    ordered = len(charts) > 1 and any(isinstance(other, Chart) for chart in charts for other in chart.node.dependencies)
    return [
        f"{index:04}-{Names.to_dns_label(c)}" if ordered else Names.to_dns_label(c) for index, c in enumerate(charts)
    ]


def _write(app: App, files: dict[str, Any]) -> None:
    folder = Path(app.outdir).absolute()
    if blocked := [str(folder / name) for name in files if (folder / name).is_dir()]:
        raise SynthError([f"{place} is a folder in the place of a manifest; remove it" for place in blocked])
    apps = _WRITTEN.setdefault(folder, [])
    if app not in apps:
        apps.append(app)
    # Two programs, or two apps of one program, may write into one folder.
    writer = f"{os.path.relpath(''.join(sys.argv[:1]) or '-', folder)} {apps.index(app) + 1}"
    texts = {name: each if isinstance(each, str) else yaml_text(each) for name, each in files.items()}
    is_new = [name for name in files if _is_first(name, files) and not (folder / name).exists()]
    for line in [*replace_files(folder, texts, writer), *_first_apply(is_new)]:
        sys.stderr.write(f"{line}\n")


def _is_first(name: str, files: Collection[str]) -> bool:
    stem, dot, ending = name.rpartition(".")
    return ending == "first" and f"{stem}{dot}handover" in files


def _first_apply(names: Sequence[str]) -> list[str]:
    """The line about new files for a first apply, which one `kubectl apply` of the folder does not read."""
    more = f" and {len(names) - 1} more" if names[1:] else ""
    return [f"{names[0]}{more}: the first apply takes three commands (docs/moving-fields.md)"] if names else []
