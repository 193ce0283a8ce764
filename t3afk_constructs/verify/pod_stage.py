"""The stage of a rollout's pod, from scheduling to readiness."""

from __future__ import annotations

from t3afk_constructs.verify.container_stage import container_progress, container_trouble
from t3afk_constructs.verify.ready_stage import ready_stage
from t3afk_constructs.verify.snapshot import Object, Snapshot, claim_names, events_of, is_ready, name_of, statuses
from t3afk_constructs.verify.verdict import Stage, end, one_line


def pod_stage(pod: Object, snapshot: Snapshot) -> Stage:
    """The stage of one pod."""
    conditions = {c["type"]: c for c in pod.get("status", {}).get("conditions", [])}
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") != "True":
        return _unscheduled(pod, one_line(scheduled.get("message", "")), snapshot)
    containers = list(statuses(pod))
    for status in containers:
        if trouble := container_trouble(pod, status, snapshot):
            return trouble
    if is_ready(pod):
        return ready_stage(pod, snapshot)
    for status in containers:
        if progress := container_progress(pod, status, snapshot):
            return Stage(f"pod {name_of(pod)}: {progress}")
    return _before_containers(pod, snapshot)


def _unscheduled(pod: Object, message: str, snapshot: Snapshot) -> Stage:
    claims = {name_of(claim): claim for claim in snapshot.claims}
    for name in claim_names(pod["spec"]):
        claim = claims.get(name)
        if claim is None:
            return end("claim unbound", f"claim {name} does not exist; apply its manifest or correct the name", 60)
        phase = claim.get("status", {}).get("phase", "Pending")
        if phase != "Bound":
            events = events_of(claim, snapshot, "ProvisioningFailed", "FailedBinding", "VolumeMismatch")
            reason = f": {one_line(events[-1].get('message', ''))}" if events else ""
            way_out = "it needs an Available volume with its name, class, size and access modes; clear spec.claimRef "
            way_out += "of a Released one to make it Available"
            return end("claim unbound", f"claim {name} is {phase}{reason}; {way_out}", 60)
    if message:
        return end("no room", f"no node fits pod {name_of(pod)}: {message}", 60)
    return Stage(f"pod {name_of(pod)}: waiting for the scheduler")


def _before_containers(pod: Object, snapshot: Snapshot) -> Stage:
    started = any("running" in s.get("state", {}) or "terminated" in s.get("state", {}) for s in statuses(pod))
    mounts = events_of(pod, snapshot, "FailedMount", "FailedAttachVolume")
    if mounts and not started:
        message = one_line(mounts[-1].get("message", ""))
        return end("volume", f"the kubelet cannot mount a volume: {message}; check the NFS server and its export", 60)
    pulls = events_of(pod, snapshot, "Pulling", "Pulled")
    if pulls and pulls[-1]["reason"] == "Pulling":
        return Stage(f"pod {name_of(pod)}: {one_line(pulls[-1].get('message', 'Pulling image'))}")
    step = "between two containers" if started else "mounting volumes, creating the first container"
    return Stage(f"pod {name_of(pod)} on {pod['spec'].get('nodeName')}: {step}")
