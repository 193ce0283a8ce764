"""The same executors as a Helm chart and as Kustomize overlays, made from the library's manifests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from bench.same import by_name, differences, library, pointer
from bench.stacks import stack_name

if TYPE_CHECKING:
    from pathlib import Path

_FIRST = stack_name(0)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as a person does."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def _dump(manifests: Any) -> str:
    return yaml.dump_all(manifests, Dumper=_Dumper, sort_keys=False, width=1000)


def helm_chart(folder: Path) -> Path:
    """A chart of one executor, whose name is its only value."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: executor\nversion: 0.1.0\n", encoding="utf-8")
    text = _dump(library(0).values())
    assert "{{" not in text  # noqa: S101 (benchmarks run with asserts)
    (folder / "templates/executor.yaml").write_text(text.replace(_FIRST, "{{ .Values.name }}"), encoding="utf-8")
    return folder


def helm_loop_chart(folder: Path) -> Path:
    """A chart with one executor for each of its `names`."""
    helm_chart(folder)
    template = folder / "templates/executor.yaml"
    text = template.read_text(encoding="utf-8").replace("{{ .Values.name }}", "{{ . }}")
    template.write_text(f"{{{{- range .Values.names }}}}\n---\n{text}{{{{- end }}}}\n", encoding="utf-8")
    return folder


def kustomize_overlays(folder: Path, count: int) -> Path:
    """A base of one executor, and an overlay for each executor.

    Kustomize cannot build all overlays at once: they are changed copies of one base, so that references to its objects
    become ambiguous.
    """
    (folder / "base").mkdir(parents=True)
    first = library(0)
    (folder / "base/executor.yaml").write_text(_dump(first.values()), encoding="utf-8")
    _kustomization(folder / "base", resources=["executor.yaml"])
    second = by_name(json.loads(json.dumps(list(first.values())).replace(_FIRST, "NAME")))
    patches = {
        (kind, name): list(differences(changed, first[kind, name]))
        for (kind, _), changed in second.items()
        for name in (changed["metadata"]["name"].replace("NAME", _FIRST),)
    }
    names = [stack_name(index) for index in range(count)]
    for name in names:
        (folder / name).mkdir()
        _kustomization(
            folder / name,
            resources=["../base"],
            patches=[
                {
                    "target": {"kind": kind, "name": base_name},
                    "options": {"allowNameChange": True},
                    "patch": yaml.safe_dump(
                        [
                            {
                                "op": op,
                                "path": pointer(path),
                                "value": json.loads(json.dumps(value).replace("NAME", name)),
                            }
                            for op, path, value in changes
                        ],
                        sort_keys=False,
                    ),
                }
                for (kind, base_name), changes in patches.items()
            ],
        )
    return folder


def _kustomization(folder: Path, **fields: Any) -> None:
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(fields, sort_keys=False), encoding="utf-8")


def same_objects(text: str, count: int) -> bool:
    """Whether a manifest contains the library's objects of that many executors, and nothing else."""
    return by_name([m for m in yaml.safe_load_all(text) if m]) == library(*range(count))
