"""Follow a rollout on the cluster to one verdict: `python -m t3afk_constructs.verify NAMESPACE/NAME`.

`diagnosis` decides over a `snapshot` of plain objects, from the Deployment over its pod (`pod_stage`) to a container
(`container_stage`); `verdict` is what comes out. `follow` waits, `cluster` reads the API server (needs the extra
`verify`).
"""
