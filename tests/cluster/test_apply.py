"""The chart's manifest, applied to an API server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import kube
import pytest

if TYPE_CHECKING:
    from conftest import Stack

pytestmark = pytest.mark.cluster

# Controllers and admission policies of the home cluster add these fields to the Deployment, each as its own manager.
ADDED: dict[str, dict[str, Any]] = {
    "keel": {
        "metadata": {"annotations": {"keel.sh/pollSchedule": "@every 1h", "keel.sh/trigger": "poll"}},
        "spec": {"template": {"metadata": {"annotations": {"keel.sh/update-time": "2026-01-01T00:00:00Z"}}}},
    },
    "kyverno": {
        "metadata": {"labels": {"tier": "4-aux"}},
        "spec": {
            "template": {
                "spec": {
                    "dnsConfig": {"options": [{"name": "ndots", "value": "2"}]},
                    "priorityClassName": "tier-4-aux",
                    "containers": [{"name": "t3", "imagePullPolicy": "Always"}],
                }
            }
        },
    },
}


def versions(stack: Stack) -> dict[tuple[str, str], str]:
    return {key: each["metadata"]["resourceVersion"] for key, each in stack.live().items()}


def contains(document: Any, part: Any) -> bool:
    """Whether the document contains `part`. Entries of lists have names."""
    if isinstance(part, dict):
        return all(key in document and contains(document[key], value) for key, value in part.items())
    if isinstance(part, list):
        return all(any(entry["name"] == each["name"] and contains(each, entry) for each in document) for entry in part)
    return bool(document == part)


def test_api_server_accepts_the_chart_and_a_second_apply_changes_nothing(unmounted_stack: Stack) -> None:
    stack = unmounted_stack
    kinds = [each["kind"] for each in stack.synth(parked=True)]
    assert kinds[0] == "Namespace"
    answers = kube.apply(stack.manifest).splitlines()
    assert len(answers) == len(kinds)
    assert all(line.endswith(" serverside-applied") for line in answers)
    kube.until(
        lambda: stack.live()["PersistentVolumeClaim", "t3-afk-data"].get("status", {}).get("phase") == "Bound", "bound"
    )
    assert stack.live()["PersistentVolume", "t3-afk-data"]["spec"]["claimRef"]["name"] == "t3-afk-data"
    kube.until(lambda: "observedGeneration" in stack.live()["Deployment", "t3-afk"].get("status", {}), "seen")
    before = versions(stack)
    kube.apply(stack.manifest)
    assert versions(stack) == before


def test_fields_of_other_managers_survive_the_next_apply(unmounted_stack: Stack) -> None:
    stack = unmounted_stack
    stack.synth(parked=True)
    kube.apply(stack.manifest)
    for manager, patch in ADDED.items():
        options = ("--type=strategic", f"--field-manager={manager}", "-p", json.dumps(patch))
        kube.kubectl("-n", "t3-afk", "patch", "deployment", "t3-afk", *options)
    stack.synth(parked=True, t3_version="0.0.28")
    kube.apply(stack.manifest)  # a conflict would be an error
    deployment = stack.live()["Deployment", "t3-afk"]
    assert "0.0.28" in json.dumps(deployment["spec"]["template"]["spec"]["initContainers"])
    for manager, patch in ADDED.items():
        assert contains(deployment, patch), manager
        assert kube.owned_fields(deployment, manager), manager
    assert deployment["metadata"]["annotations"]["keel.sh/policy"] == "never"
