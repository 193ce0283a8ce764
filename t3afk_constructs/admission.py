"""Leave to the cluster's admission what cdk8s-plus writes into every workload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s import ApiObject, JsonPatch
from constructs import Construct

from t3afk_constructs import inputs
from t3afk_constructs.engine import Engine
from t3afk_constructs.manifests import CONTAINER_LISTS, makes_pods, pod_of, pointer, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFAULT_RESOURCES = {
    "limits": {"cpu": "1500m", "memory": "2048Mi"},
    "requests": {"cpu": "1000m", "memory": "512Mi"},
}
"""The resources that cdk8s-plus writes for a container without any."""


def leave_to_admission(workload: Construct) -> None:
    """Remove from a workload of cdk8s-plus what the cluster's admission controllers set, at each synth.

    That is the pull policy of every container, and the resources that cdk8s-plus invents for a container without any:
    the namespace's LimitRange gives better ones, and the policy `no-cpu-limits` refuses the CPU limit in them. Your own
    resources stay. Containers that you add later count too.

    Args:
        workload: a Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod of any cdk8s-plus package. Its main object
            gets JSON patches.

    Raises:
        InputError: when `workload` is nothing of these.
    """
    found = _main_object(workload)
    if found is None:
        complaint = "is not a workload; pass a Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod"
        raise inputs.InputError("leave_to_admission", _path(workload), [("workload", workload, complaint)])
    main = found

    def remove() -> None:
        if paths := list(_left(main.to_json())):
            main.add_json_patch(*(JsonPatch.remove(pointer(path)) for path in paths))

    Engine.of(workload).before_rendering(remove)


def _path(workload: object) -> str | None:
    return workload.node.path or None if isinstance(workload, Construct) else None


def _main_object(workload: object) -> ApiObject | None:
    if not isinstance(workload, Construct):
        return None
    try:
        found = ApiObject.of(workload)
    except RuntimeError:  # it has no object
        return None
    return found if makes_pods(found.api_version, found.kind) else None


def _left(manifest: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The fields that cdk8s-plus has written and admission sets, as paths from the workload."""
    if (pod := pod_of(manifest)) is None:
        return
    for name in CONTAINER_LISTS:
        listed = pod.spec.get(name)
        for index, each in enumerate(listed if isinstance(listed, list) else ()):
            container, place = table(each), (*pod.path, "spec", name, str(index))
            if "imagePullPolicy" in container:
                yield (*place, "imagePullPolicy")
            if container.get("resources") == _DEFAULT_RESOURCES:
                yield (*place, "resources")
