"""Follow a rollout on the cluster to one verdict: `python -m t3afk_constructs.verify NAMESPACE/NAME`.

`diagnosis` decides over plain objects, `follow` waits, `cluster` reads the API server (needs the extra `verify`).
"""
