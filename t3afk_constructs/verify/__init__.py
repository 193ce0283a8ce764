"""Wait for a rollout and report its verdict: the command `t3afk verify`.

`cluster` reads the objects from the API server, and the answer of a ready T3, into a `snapshot`. `diagnosis`
(Deployment and ReplicaSet), `pod_stage`, `container_stage` and `ready_stage` derive the stage from it, and `follow`
repeats that until there is a `verdict`. Only `cluster` needs lightkube, the extra `verify`.
"""
