"""Derive the stage of a rollout from a snapshot: the Deployment, its ReplicaSet, then its pod."""

from __future__ import annotations

from t3afk_constructs.verify.pod_stage import pod_stage
from t3afk_constructs.verify.snapshot import (
    Object,
    Snapshot,
    current_replica_set,
    live_pods,
    name_of,
    unfinished_pods,
)
from t3afk_constructs.verify.verdict import Stage, end, one_line


def stage_of(snapshot: Snapshot) -> Stage:
    """The stage of the rollout in a snapshot."""
    deployment = snapshot.deployment
    if deployment is None:
        return end("no deployment", "the Deployment does not exist; apply the manifests or correct the name", 10)
    if deployment.get("status", {}).get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return Stage("waiting for the Deployment controller to observe the change")
    if deployment["spec"].get("replicas", 1) == 0:
        if pod := next(iter(unfinished_pods(snapshot)), None):
            return Stage(f"parked: waiting for pod {name_of(pod)} to terminate")
        return end("parked", "0 replicas, no pod")
    return _rollout_stage(deployment, snapshot)


def _rollout_stage(deployment: Object, snapshot: Snapshot) -> Stage:
    updated = deployment["status"].get("updatedReplicas", 0) >= deployment["spec"].get("replicas", 1)
    if deployment["spec"].get("paused") and not updated:
        way_out = f"run `kubectl rollout resume deployment {name_of(deployment)}` in the namespace"
        return end("paused", f"the Deployment is paused, and its last change is not rolled out; {way_out}", 10)
    current = current_replica_set(snapshot)
    if current is None:
        return Stage("waiting for the Deployment controller to create the ReplicaSet")
    pods = live_pods(current, snapshot)
    if not pods:
        return _without_pod(current, snapshot)
    if not updated:
        # The Deployment keeps the old revision until the new ReplicaSet exists. The old pod's state is no evidence
        # for the new one.
        return Stage("waiting for the Deployment controller to replace the old pod")
    return pod_stage(max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"])), snapshot)


def _without_pod(replica_set: Object, snapshot: Snapshot) -> Stage:
    if old := next(iter(unfinished_pods(snapshot)), None):
        return Stage(f"waiting for the old pod {name_of(old)} to terminate")
    conditions = replica_set.get("status", {}).get("conditions", [])
    failure = next((c for c in conditions if c["type"] == "ReplicaFailure" and c["status"] == "True"), None)
    if failure is None:
        return Stage("waiting for the ReplicaSet controller to create a pod")
    message = one_line(failure.get("message", ""))
    if "exceeded quota" in message or "failed quota" in message:
        return end("quota", f"the ResourceQuota rejects the pod: {message}; request less or raise the quota", 20)
    if "forbidden" in message or "denied the request" in message:
        way_out = "correct the pod or change the policy"
        return end("refused by admission", f"admission rejects the pod: {message}; {way_out}", 3)
    return end("cannot start", f"the ReplicaSet controller cannot create a pod: {message}", 30)
