"""The objects of a rollout at one moment, as the API server gives them, and what they are to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = Mapping[str, Any]


@frozen(kw_only=True)
class Snapshot:
    """The objects of one rollout at one moment.

    Attributes:
        deployment: None when there is none of that name.
        replica_sets: those that the Deployment owns.
        pods: those that its selector finds.
        claims: those that its pods mount, as far as they exist.
        events: of the objects that `objects_with_events` names.
        logs: the last lines of the containers that `containers_to_read` names, by the names of pod and container.
    """

    deployment: Object | None
    replica_sets: Sequence[Object] = ()
    pods: Sequence[Object] = ()
    claims: Sequence[Object] = ()
    events: Sequence[Object] = ()
    logs: Mapping[tuple[str, str], Sequence[str]] = field(factory=dict)


def name_of(document: Object) -> str:
    """An object's name."""
    return str(document["metadata"]["name"])


def owned_by(document: Object, owner: Object) -> bool:
    """Whether the object is the owner's, by its uid: a label may be anybody's."""
    return any(entry["uid"] == owner["metadata"]["uid"] for entry in document["metadata"].get("ownerReferences", []))


def unfinished_pods(seen: Snapshot) -> list[Object]:
    """The Deployment's pods that run, are to run, or are ending.

    Kubernetes keeps Failed pods, evicted ones too, even of a Deployment with 0 replicas; nothing waits for them.
    """
    return [
        pod
        for pod in seen.pods
        if pod.get("status", {}).get("phase") not in ("Failed", "Succeeded")
        and any(owned_by(pod, replica_set) for replica_set in seen.replica_sets)
    ]


def is_ready(pod: Object) -> bool:
    """Whether its probes say so."""
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def claim_names(pod_spec: Object) -> list[str]:
    """The claims that a pod mounts."""
    volumes = pod_spec.get("volumes", [])
    return [each["persistentVolumeClaim"]["claimName"] for each in volumes if "persistentVolumeClaim" in each]


def statuses(pod: Object) -> Iterator[Object]:
    """Of its containers, in the order in which they start."""
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses", [])
    yield from status.get("containerStatuses", [])


def failure(status: Object) -> Object | None:
    """How the container has failed the last time, unless it runs again. T3 may fail with status 0 as well."""
    state = status.get("state", {})
    ended = state.get("terminated") or ("waiting" in state and status.get("lastState", {}).get("terminated")) or None
    again = state.get("waiting", {}).get("reason") == "CrashLoopBackOff"
    return ended if ended and (ended.get("exitCode") or again) else None


def events_of(document: Object, seen: Snapshot, *reasons: str) -> list[Object]:
    """The object's events with one of these reasons, the latest last."""
    uid = document["metadata"]["uid"]
    found = [e for e in seen.events if e["involvedObject"].get("uid") == uid and e.get("reason") in reasons]
    return sorted(found, key=lambda e: str(e.get("lastTimestamp") or e.get("eventTime") or ""))


def containers_to_read(seen: Snapshot) -> list[tuple[str, str]]:
    """The pods and containers whose last lines tell what a rollout is at."""
    return [
        (name_of(pod), status["name"])
        for pod in unfinished_pods(seen)
        for status in statuses(pod)
        if failure(status) or ("running" in status.get("state", {}) and not status.get("ready"))
    ]


def objects_with_events(seen: Snapshot) -> list[str]:
    """The uids of the objects whose events tell what a rollout is at."""
    pods = [pod for pod in unfinished_pods(seen) if not is_ready(pod)]
    claims = [claim for claim in seen.claims if claim.get("status", {}).get("phase") != "Bound"]
    return [each["metadata"]["uid"] for each in (*pods, *claims)]
