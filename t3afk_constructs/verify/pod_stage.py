"""What the pod of a rollout is at, from the wait for a node to the open port."""

from __future__ import annotations

from t3afk_constructs.verify.container_stage import container_progress, container_trouble
from t3afk_constructs.verify.snapshot import Object, Snapshot, claim_names, events_of, is_ready, name_of, statuses
from t3afk_constructs.verify.verdict import Stage, end, one_line


def pod_stage(pod: Object, seen: Snapshot) -> Stage:
    """What one pod shows."""
    conditions = {c["type"]: c for c in pod.get("status", {}).get("conditions", [])}
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") != "True":
        return _unscheduled(pod, one_line(scheduled.get("message", "")), seen)
    every = list(statuses(pod))
    for status in every:
        if trouble := container_trouble(pod, status, seen):
            return trouble
    if is_ready(pod):
        return end("ready", ", ".join([*_versions(pod), f"pod {name_of(pod)}", f"node {pod['spec'].get('nodeName')}"]))
    for status in every:
        if progress := container_progress(pod, status, seen):
            return Stage(f"pod {name_of(pod)}: {progress}")
    return _before_containers(pod, seen)


def _versions(pod: Object) -> list[str]:
    return [
        f"T3 {variable['value']}"
        for container in pod["spec"].get("initContainers", [])
        for variable in container.get("env", [])
        if variable["name"] == "T3_VERSION" and variable.get("value")
    ]


def _unscheduled(pod: Object, message: str, seen: Snapshot) -> Stage:
    claims = {name_of(claim): claim for claim in seen.claims}
    for name in claim_names(pod["spec"]):
        claim = claims.get(name)
        phase = claim.get("status", {}).get("phase", "Pending") if claim else "not there"
        if phase != "Bound":
            events = events_of(claim, seen, "ProvisioningFailed", "FailedBinding", "VolumeMismatch") if claim else []
            why = f": {one_line(events[-1].get('message', ''))}" if events else ""
            way_out = "a volume of the same name, class, size and access modes has to be free: a Released one is "
            way_out += "freed by clearing its spec.claimRef"
            return end("claim unbound", f"claim {name} is {phase}{why}; {way_out}", 60)
    if message:
        return end("no room", f"no node takes pod {name_of(pod)}: {message}", 60)
    return Stage(f"pod {name_of(pod)}: waiting for a node")


def _before_containers(pod: Object, seen: Snapshot) -> Stage:
    started = any("running" in s.get("state", {}) or "terminated" in s.get("state", {}) for s in statuses(pod))
    mounts = events_of(pod, seen, "FailedMount", "FailedAttachVolume")
    if mounts and not started:
        message = one_line(mounts[-1].get("message", ""))
        return end("volume", f"a volume cannot be mounted: {message}; look at the NFS server and its export", 60)
    pulls = events_of(pod, seen, "Pulling", "Pulled")
    if pulls and pulls[-1]["reason"] == "Pulling":
        return Stage(f"pod {name_of(pod)}: {one_line(pulls[-1].get('message', 'pulling an image'))}")
    what = "between two containers" if started else "volumes are mounted, the first container is made"
    return Stage(f"pod {name_of(pod)} on {pod['spec'].get('nodeName')}: {what}")
