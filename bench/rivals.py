"""The same executors as a Helm chart and as Kustomize overlays, made from the library's manifests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from bench import cluster
from bench.cluster_same import objects as cluster_objects
from bench.same import by_name, differences, library
from bench.stacks import stack_name
from t3afk_constructs import HOME
from t3afk_constructs.manifests import pointer

if TYPE_CHECKING:
    from pathlib import Path

    from bench.same import Objects

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


def helm_cluster_chart(folder: Path, count: int) -> Path:
    """A chart of the stacks of `bench.cluster`: a template for each, with its name and the domain from the values."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: cluster\nversion: 0.1.0\n", encoding="utf-8")
    names = [cluster.Stack(index).name for index in range(count)]
    values = {"domain": HOME.domain, "stacks": names}
    (folder / "values.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    by_stack: dict[str, list[Any]] = {name: [] for name in names}
    for (_, name), manifest in cluster_objects(cluster, count).items():
        by_stack[manifest["metadata"].get("namespace", name)[: len(names[0])]].append(manifest)
    for index, (name, manifests) in enumerate(by_stack.items()):
        text = _dump(manifests).replace(name, "{{ $name }}").replace(HOME.domain, "{{ .Values.domain }}")
        template = f"{{{{- $name := index .Values.stacks {index} }}}}\n{text}"
        (folder / f"templates/{name}.yaml").write_text(template, encoding="utf-8")
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


def objects_in(text: str) -> Objects:
    """The objects of a YAML text, by kind and name."""
    return by_name([manifest for manifest in yaml.safe_load_all(text) if manifest])


def same_objects(text: str, count: int) -> bool:
    """Whether a manifest contains the library's objects of that many executors, and nothing else."""
    return objects_in(text) == library(*range(count))
