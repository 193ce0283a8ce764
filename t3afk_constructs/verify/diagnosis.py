"""What a rollout is at, and what is wrong with it: decided over plain objects as the API server gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.verify.pod_stage import pod_stage
from t3afk_constructs.verify.snapshot import Object, Snapshot, name_of, owned_by, unfinished_pods
from t3afk_constructs.verify.verdict import Stage, end, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence


def stage_of(seen: Snapshot) -> Stage:
    """What a snapshot shows."""
    deployment = seen.deployment
    if deployment is None:
        return end("no deployment", "there is no such Deployment: apply the manifests, or correct the name", 10)
    if deployment.get("status", {}).get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return Stage("waiting for the Deployment's controller to see the change")
    if deployment["spec"].get("replicas", 1) == 0:
        if pod := next(iter(unfinished_pods(seen)), None):
            return Stage(f"parked: waiting for pod {name_of(pod)} to end")
        return end("parked", "0 replicas, no pod; everything else is in place")
    return _rollout_stage(deployment, seen)


def _rollout_stage(deployment: Object, seen: Snapshot) -> Stage:
    updated = deployment["status"].get("updatedReplicas", 0) >= deployment["spec"].get("replicas", 1)
    if deployment["spec"].get("paused") and not updated:
        way_out = f"`kubectl rollout resume deployment {name_of(deployment)}` in the namespace lets it go on"
        return end("paused", f"the Deployment is paused before it is what it now asks for; {way_out}", 10)
    current = _current_replica_set(deployment, seen.replica_sets)
    if current is None:
        return Stage("waiting for the Deployment's controller to make its ReplicaSet")
    pods = [p for p in unfinished_pods(seen) if owned_by(p, current) and "deletionTimestamp" not in p["metadata"]]
    if not pods:
        return _without_pod(current, seen)
    if not updated:
        # Until the new ReplicaSet is made, the revision is the old one's, and its pod's health or trouble says
        # nothing of what is wanted now.
        return Stage("waiting for the Deployment's controller to replace the old pod")
    return pod_stage(max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"])), seen)


def _current_replica_set(deployment: Object, replica_sets: Sequence[Object]) -> Object | None:
    key = "deployment.kubernetes.io/revision"
    revision = deployment["metadata"].get("annotations", {}).get(key)
    matches = (r for r in replica_sets if r["metadata"].get("annotations", {}).get(key) == revision)
    return next(matches, None) if revision else None


def _without_pod(replica_set: Object, seen: Snapshot) -> Stage:
    if old := next(iter(unfinished_pods(seen)), None):
        return Stage(f"waiting for the old pod {name_of(old)} to end")
    conditions = replica_set.get("status", {}).get("conditions", [])
    failure = next((c for c in conditions if c["type"] == "ReplicaFailure" and c["status"] == "True"), None)
    if failure is None:
        return Stage("waiting for a pod to be made")
    message = one_line(failure.get("message", ""))
    if "exceeded quota" in message or "failed quota" in message:
        return end("quota", f"no pod may be made: {message}; ask for less or raise the ResourceQuota", 20)
    if "forbidden" in message or "denied the request" in message:
        way_out = "change what it refuses, or the policy"
        return end("refused by admission", f"no pod may be made: {message}; {way_out}", 3)
    return end("cannot start", f"no pod can be made: {message}", 30)
