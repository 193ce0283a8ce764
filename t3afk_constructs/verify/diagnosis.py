"""What a rollout is at, and what is wrong with it: decided over plain objects as the API server gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import field, frozen

from t3afk_constructs.inputs import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = Mapping[str, Any]
Cause = Literal[
    "ready",
    "parked",
    "no deployment",
    "secret missing",
    "claim unbound",
    "quota",
    "refused by admission",
    "no room",
    "image pull",
    "volume",
    "install failed",
    "node too old",
    "second writer",
    "out of memory",
    "crash loop",
    "cannot start",
    "still at work",
]
FINE: Final = ("ready", "parked")

_LONGEST = 400  # characters of a message that is passed on
_MANY_RESTARTS = 2
_IN_USE = 75  # the exit status of start-t3 and install-t3 when another pod holds the volume's lock
_SCRIPT_LINE = re.compile(r"(fix-perms|install-t3|start-t3): ")
_PULL_REASONS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable")
_CONFIG_REASONS = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")


@frozen(kw_only=True)
class Snapshot:
    """The objects of one rollout at one moment.

    Attributes:
        deployment: None when there is none of that name.
        replica_sets: those that the Deployment owns.
        pods: those that its selector finds.
        claims: those that its pods mount, as far as they exist.
        events: of the namespace.
        logs: the last lines of containers, by the names of the pod and the container.
    """

    deployment: Object | None
    replica_sets: Sequence[Object] = ()
    pods: Sequence[Object] = ()
    claims: Sequence[Object] = ()
    events: Sequence[Object] = ()
    logs: Mapping[tuple[str, str], Sequence[str]] = field(factory=dict)


@frozen
class Verdict:
    """How a rollout ends.

    Attributes:
        cause: one of the known ones.
        text: what was seen, and the way out.
        patience: seconds for which the cause has to last before it is the verdict, because it often mends itself:
            External Secrets needs a moment, and so does an old pod that is ending.
    """

    cause: Cause
    text: str
    patience: float = 0


@frozen
class Stage:
    """What the rollout is at, and the verdict if nothing changes."""

    progress: str
    verdict: Verdict | None = None


def stage_of(seen: Snapshot) -> Stage:
    """What a snapshot shows."""
    if seen.deployment is None:
        return _trouble("no deployment", "there is no such Deployment: apply the manifests, or correct the name", 10)
    return _deployment_stage(seen.deployment, seen)


def _deployment_stage(deployment: Object, seen: Snapshot) -> Stage:
    status = deployment.get("status", {})
    if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return Stage("waiting for the Deployment's controller to see the change")
    if deployment["spec"].get("replicas", 1) == 0:
        if pod := next(iter(seen.pods), None):
            return Stage(f"parked: waiting for pod {_name(pod)} to end")
        return _end("parked", "0 replicas, no pod; everything else is in place")
    current = _current_replica_set(deployment, seen.replica_sets)
    if current is None:
        return Stage("waiting for the Deployment's controller to make its ReplicaSet")
    pods = [pod for pod in seen.pods if _owned_by(pod, current) and not _ending(pod)]
    if not pods:
        return _without_pod(current, seen)
    return _pod_stage(max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"])), seen)


def containers_to_read(seen: Snapshot) -> list[tuple[str, str]]:
    """The pods and containers whose last lines `stage_of` wants to see."""
    return [
        (_name(pod), status["name"])
        for pod in seen.pods
        for status in _statuses(pod)
        if _failure(status) or ("running" in status.get("state", {}) and not status.get("ready"))
    ]


def _end(cause: Cause, text: str, patience: float = 0) -> Stage:
    return Stage(f"{cause}: {text}", Verdict(cause, text, patience))


_trouble = _end


def _name(document: Object) -> str:
    return str(document["metadata"]["name"])


def _ending(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"] or pod.get("status", {}).get("phase") in ("Failed", "Succeeded")


def _owned_by(document: Object, owner: Object) -> bool:
    return any(entry["uid"] == owner["metadata"]["uid"] for entry in document["metadata"].get("ownerReferences", []))


def _current_replica_set(deployment: Object, replica_sets: Sequence[Object]) -> Object | None:
    key = "deployment.kubernetes.io/revision"
    revision = deployment["metadata"].get("annotations", {}).get(key)
    matches = (r for r in replica_sets if r["metadata"].get("annotations", {}).get(key) == revision)
    return next(matches, None) if revision else None


def _statuses(pod: Object) -> Iterator[Object]:
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses", [])
    yield from status.get("containerStatuses", [])


def _failure(status: Object) -> Object | None:
    """How the container has failed the last time, unless it runs again. T3 may fail with status 0 as well."""
    state = status.get("state", {})
    ended = state.get("terminated") or ("waiting" in state and status.get("lastState", {}).get("terminated")) or None
    again = state.get("waiting", {}).get("reason") == "CrashLoopBackOff"
    return ended if ended and (ended.get("exitCode") or again) else None


def one_line(text: str) -> str:
    """A message on one line, cut, and without anything that looks like a credential."""
    line = TOKEN.sub("<credential>", " ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _said(lines: Sequence[str]) -> str:
    """The last line of the pod's scripts, or else of whatever ran."""
    filled = [line for line in lines if line.strip()]
    ours = [line for line in filled if _SCRIPT_LINE.match(line)]
    return one_line((ours or filled or ["it printed nothing"])[-1])


def _events_of(document: Object, seen: Snapshot, *reasons: str) -> list[Object]:
    uid = document["metadata"]["uid"]
    found = [e for e in seen.events if e["involvedObject"].get("uid") == uid and e.get("reason") in reasons]
    return sorted(found, key=lambda e: str(e.get("lastTimestamp") or e.get("eventTime") or ""))


def _without_pod(replica_set: Object, seen: Snapshot) -> Stage:
    if old := next((pod for pod in seen.pods), None):
        return Stage(f"waiting for the old pod {_name(old)} to end")
    conditions = replica_set.get("status", {}).get("conditions", [])
    failure = next((c for c in conditions if c["type"] == "ReplicaFailure" and c["status"] == "True"), None)
    if failure is None:
        return Stage("waiting for a pod to be made")
    message = one_line(failure.get("message", ""))
    if "exceeded quota" in message or "failed quota" in message:
        return _trouble("quota", f"no pod may be made: {message}; ask for less or raise the ResourceQuota", 20)
    if "forbidden" in message or "denied the request" in message:
        way_out = "change what it refuses, or the policy"
        return _trouble("refused by admission", f"no pod may be made: {message}; {way_out}", 3)
    return _trouble("cannot start", f"no pod can be made: {message}", 30)


def _pod_stage(pod: Object, seen: Snapshot) -> Stage:
    conditions = {c["type"]: c for c in pod.get("status", {}).get("conditions", [])}
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") != "True":
        return _unscheduled(pod, one_line(scheduled.get("message", "")), seen)
    every = list(_statuses(pod))
    for status in every:
        if trouble := _container_trouble(pod, status, seen):
            return trouble
    if conditions.get("Ready", {}).get("status") == "True":
        versions = [
            f"T3 {variable['value']}"
            for container in pod["spec"].get("initContainers", [])
            for variable in container.get("env", [])
            if variable["name"] == "T3_VERSION" and variable.get("value")
        ]
        return _end("ready", ", ".join([*versions, f"pod {_name(pod)}", f"node {pod['spec'].get('nodeName')}"]))
    for status in every:
        if progress := _container_progress(pod, status, seen):
            return Stage(f"pod {_name(pod)}: {progress}")
    return _before_containers(pod, seen)


def _unscheduled(pod: Object, message: str, seen: Snapshot) -> Stage:
    names = [
        v["persistentVolumeClaim"]["claimName"] for v in pod["spec"].get("volumes", []) if "persistentVolumeClaim" in v
    ]
    claims = {_name(claim): claim for claim in seen.claims}
    for name in names:
        claim = claims.get(name)
        phase = claim.get("status", {}).get("phase", "Pending") if claim else "not there"
        if phase != "Bound":
            events = _events_of(claim, seen, "ProvisioningFailed", "FailedBinding", "VolumeMismatch") if claim else []
            why = f": {one_line(events[-1].get('message', ''))}" if events else ""
            way_out = "a volume of the same name, class, size and access modes has to be free: a Released one is "
            way_out += "freed by clearing its spec.claimRef"
            return _trouble("claim unbound", f"claim {name} is {phase}{why}; {way_out}", 60)
    if message:
        return _trouble("no room", f"no node takes pod {_name(pod)}: {message}", 60)
    return Stage(f"pod {_name(pod)}: waiting for a node")


def _container_trouble(pod: Object, status: Object, seen: Snapshot) -> Stage | None:
    waiting = status.get("state", {}).get("waiting", {})
    reason, message = waiting.get("reason", ""), one_line(waiting.get("message", ""))
    where = f"container {status['name']}"
    if reason in _PULL_REASONS:
        if reason == "ImagePullBackOff" and (events := _events_of(pod, seen, "Failed")):
            message = next((one_line(e["message"]) for e in events if "pull" in e.get("message", "")), message)
        return _trouble("image pull", f"{where}: {status['image']}: {message}; correct the image or its registry", 45)
    if reason in _CONFIG_REASONS:
        if re.search(r'secret "[^"]*" not found|in Secret ', message):
            way_out = "`kubectl describe externalsecret` in the namespace says why it is not made"
            return _trouble("secret missing", f"{where}: {message}; {way_out}", 60)
        return _trouble("cannot start", f"{where}: {reason}: {message}", 30)
    return _ended_trouble(pod, status, seen)


def _ended_trouble(pod: Object, status: Object, seen: Snapshot) -> Stage | None:
    ended = _failure(status)
    if ended is None:
        return None
    name, code = status["name"], ended["exitCode"]
    said = _said(seen.logs.get((_name(pod), name), ()))
    stage: Stage | None = None
    if ended.get("reason") == "OOMKilled":
        text = f"container {name} was killed at its memory limit; raise it"
        stage = _trouble("out of memory", text, 0 if status.get("restartCount", 0) >= _MANY_RESTARTS else 30)
    elif "needs node" in said or ("T3 needs " in said and "fails on node" in said):
        stage = _trouble("node too old", said)
    elif code == _IN_USE:
        stage = _trouble("second writer", said, 45)
    elif name == "install-t3":
        stage = _trouble("install failed", said, 60 if "next start tries again" in said else 0)
    elif name == "fix-perms":
        stage = _trouble("volume", said)
    elif status.get("restartCount", 0) >= _MANY_RESTARTS:
        text = (
            f"container {name} has ended {status['restartCount'] + 1} times, the last time with status {code}: {said}"
        )
        stage = _trouble("crash loop", text)
    return stage


def _container_progress(pod: Object, status: Object, seen: Snapshot) -> str | None:
    """What a container is at; None for one that is done, or whose turn has not come."""
    state, name = status.get("state", {}), status["name"]
    if _failure(status):
        return f"{name} has failed and starts again"
    if "running" in state and not status.get("ready"):
        lines = seen.logs.get((_name(pod), name), ())
        said = f": {_said(lines)}" if any(line.strip() for line in lines) else ""
        init = any(name == container["name"] for container in pod["spec"].get("initContainers", []))
        return f"{name} runs{said}" if init else f"{name} runs, its port is not open yet{said}"
    return None


def _before_containers(pod: Object, seen: Snapshot) -> Stage:
    started = any("running" in s.get("state", {}) or "terminated" in s.get("state", {}) for s in _statuses(pod))
    mounts = _events_of(pod, seen, "FailedMount", "FailedAttachVolume")
    if mounts and not started:
        message = one_line(mounts[-1].get("message", ""))
        return _trouble("volume", f"a volume cannot be mounted: {message}; look at the NFS server and its export", 60)
    pulls = _events_of(pod, seen, "Pulling", "Pulled")
    if pulls and pulls[-1]["reason"] == "Pulling":
        return Stage(f"pod {_name(pod)}: {one_line(pulls[-1].get('message', 'pulling an image'))}")
    what = "between two containers" if started else "volumes are mounted, the first container is made"
    return Stage(f"pod {_name(pod)} on {pod['spec'].get('nodeName')}: {what}")
