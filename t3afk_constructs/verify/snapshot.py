"""The Kubernetes objects of a rollout at one moment, and the relations between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = Mapping[str, Any]
"""An object as the API server's JSON has it."""


class NoAnswer(NamedTuple):
    """A question that T3 did not answer.

    Attributes:
        reason: the error of the API server's proxy, or T3's.
        patience: seconds in which a later question may be answered.
    """

    reason: str
    patience: float = 0


class Snapshot(NamedTuple):
    """The objects of one rollout at one moment.

    Attributes:
        deployment: None if it does not exist.
        replica_sets: the Deployment's own.
        pods: all with the Deployment's labels.
        claims: the existing ones of the pod template's claims.
        events: of the objects in `objects_with_events`.
        logs: last lines of the containers in `containers_to_read`, by pod and container name.
        answers: T3's description of itself in each of `pods_to_ask`, a JSON object, by pod name.
    """

    deployment: Object | None
    replica_sets: Sequence[Object] = ()
    pods: Sequence[Object] = ()
    claims: Sequence[Object] = ()
    events: Sequence[Object] = ()
    logs: Mapping[tuple[str, str], Sequence[str]] = MappingProxyType({})
    answers: Mapping[str, Object | NoAnswer] = MappingProxyType({})


def name_of(document: Object) -> str:
    """The object's name."""
    return str(document["metadata"]["name"])


def owned_by(document: Object, owner: Object) -> bool:
    """Whether the object has this owner. Compares uids: any object can have the same labels."""
    return any(entry["uid"] == owner["metadata"]["uid"] for entry in document["metadata"].get("ownerReferences", []))


def unfinished_pods(snapshot: Snapshot) -> list[Object]:
    """The Deployment's pods that are pending, running or terminating.

    Kubernetes keeps Failed pods, evicted ones for example, even at 0 replicas. A rollout does not wait for them.
    """
    return [
        pod
        for pod in snapshot.pods
        if pod.get("status", {}).get("phase") not in ("Failed", "Succeeded")
        and any(owned_by(pod, replica_set) for replica_set in snapshot.replica_sets)
    ]


def current_replica_set(snapshot: Snapshot) -> Object | None:
    """The ReplicaSet of the Deployment's latest revision; None before the Deployment controller has created it."""
    key = "deployment.kubernetes.io/revision"
    revision = (snapshot.deployment or {"metadata": {}})["metadata"].get("annotations", {}).get(key)
    matches = (r for r in snapshot.replica_sets if r["metadata"].get("annotations", {}).get(key) == revision)
    return next(matches, None) if revision else None


def live_pods(replica_set: Object, snapshot: Snapshot) -> list[Object]:
    """The ReplicaSet's pods that are neither finished nor terminating."""
    pods = unfinished_pods(snapshot)
    return [pod for pod in pods if owned_by(pod, replica_set) and "deletionTimestamp" not in pod["metadata"]]


def wanted_t3(pod: Object) -> str | None:
    """The version or tag of T3 that an executor's pod installs; None for any other pod."""
    variables = (v for container in pod["spec"].get("initContainers", []) for v in container.get("env", []))
    return next((v["value"] for v in variables if v["name"] == "T3_VERSION" and v.get("value")), None)


def is_ready(pod: Object) -> bool:
    """Whether the pod's condition Ready is true."""
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def claim_names(pod_spec: Object) -> list[str]:
    """The names of the claims in a pod spec."""
    volumes = pod_spec.get("volumes", [])
    return [each["persistentVolumeClaim"]["claimName"] for each in volumes if "persistentVolumeClaim" in each]


def statuses(pod: Object) -> Iterator[Object]:
    """The statuses of the pod's containers, init containers first."""
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses", [])
    yield from status.get("containerStatuses", [])


def failure(status: Object) -> Object | None:
    """The container's last failed termination, unless it is running again.

    Status 0 counts as a failure in a CrashLoopBackOff: T3 can crash with it.
    """
    state = status.get("state", {})
    ended = state.get("terminated") or ("waiting" in state and status.get("lastState", {}).get("terminated")) or None
    again = state.get("waiting", {}).get("reason") == "CrashLoopBackOff"
    return ended if ended and (ended.get("exitCode") or again) else None


def events_of(document: Object, snapshot: Snapshot, *reasons: str) -> list[Object]:
    """The object's events with one of these reasons, oldest first."""
    uid = document["metadata"]["uid"]
    found = [e for e in snapshot.events if e["involvedObject"].get("uid") == uid and e.get("reason") in reasons]
    return sorted(found, key=lambda e: str(e.get("lastTimestamp") or e.get("eventTime") or ""))


def containers_to_read(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Pod and container names for the logs of a diagnosis: containers that failed or are not ready yet."""
    return [
        (name_of(pod), status["name"])
        for pod in unfinished_pods(snapshot)
        for status in statuses(pod)
        if failure(status) or ("running" in status.get("state", {}) and not status.get("ready"))
    ]


def objects_with_events(snapshot: Snapshot) -> list[str]:
    """The uids for the events of a diagnosis: pods that are not ready, claims that are not bound."""
    pods = [pod for pod in unfinished_pods(snapshot) if not is_ready(pod)]
    claims = [claim for claim in snapshot.claims if claim.get("status", {}).get("phase") != "Bound"]
    return [each["metadata"]["uid"] for each in (*pods, *claims)]


def pods_to_ask(snapshot: Snapshot) -> list[str]:
    """The names of the pods whose T3 confirms the rollout: an executor's ready pods of the latest revision."""
    current = current_replica_set(snapshot)
    pods = live_pods(current, snapshot) if current else []
    return [name_of(pod) for pod in pods if is_ready(pod) and wanted_t3(pod)]
