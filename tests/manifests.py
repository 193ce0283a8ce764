"""A chart for tests, its manifest as it gets applied, and its objects."""

import json
from typing import Any

import yaml
from cdk8s import App, Chart, Yaml

from t3afk_constructs import HOME, ClusterChart


def new_chart(app: App | None = None, **inputs: Any) -> ClusterChart:
    """A chart `test` of the home cluster, in the namespace `apps` and in an app of its own."""
    return ClusterChart(app or App(), "test", **{"platform": HOME, "namespace": "apps"} | inputs)


def render(chart: Chart) -> str:
    """The chart's manifest: the bytes that `cdk8s synth` writes."""
    return Yaml.stringify(*chart.to_json())


def objects(chart: Chart) -> list[dict[str, Any]]:
    """The chart's objects in the order of the manifest, as a YAML 1.1 parser reads them."""
    found = list(yaml.safe_load_all(render(chart)))
    assert found, "the chart renders nothing"
    return found


def one(found: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    """The one object of that kind and name."""
    matches = [o for o in found if o["kind"] == kind and o["metadata"]["name"] == name]
    assert len(matches) == 1, f"{len(matches)} objects {kind} '{name}'"
    return matches[0]


def lock_file(t3_version: str, claude_cli_version: str) -> str:
    """A package-lock.json for the executor: both packages, pinned and with a hash."""
    versions = {"t3": t3_version, "@anthropic-ai/claude-code": claude_cli_version}
    integrity = "sha512-" + "A" * 86 + "=="
    pinned = {f"node_modules/{name}": {"version": v, "integrity": integrity} for name, v in versions.items()}
    return json.dumps({"lockfileVersion": 3, "packages": {"": {"dependencies": versions}} | pinned})
