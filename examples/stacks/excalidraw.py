"""Excalidraw: a whiteboard whose drawings are files."""

from cdk8s import App
from dashboard import tile

import t3afk_constructs as t3afk


def excalidraw(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "excalidraw", platform=t3afk.HOME, namespace="excalidraw")
    t3afk.Namespace(chart, "namespace", tier="4-aux", keel=True, istio_injection=False)
    data = t3afk.NfsVolume(chart, "data", name="excalidraw-data-host", nfs_path="/srv/nfs/excalidraw", storage="1Gi")
    web = t3afk.WebService(
        chart,
        "web",
        name="excalidraw",
        image="ghcr.io/viktorbarzin/excalidraw-library:latest",
        image_owner="cluster",
        annotations={"keel.sh/policy": "force"},  # CI pushes one tag: Keel rolls out its newest digest
        port=8080,
        service_name="draw",
        service_port=80,
        env={"DATA_DIR": "/data", "PORT": "8080"},
        mounts={"/data": data},
        resources=t3afk.Resources(cpu="10m", memory="64Mi"),
        scale_to_zero=t3afk.Sablier(),
        pod=t3afk.Pod(image_pull_secrets=["ghcr-credentials"]),
    )
    t3afk.IngressFactory(
        chart,
        "ingress",
        service=web,
        dns_type="proxied",
        homepage_group="Development & CI",
        extra_annotations=tile("Excalidraw", "Collaborative whiteboard", "excalidraw.png"),
    )
    port_forward(chart)


def port_forward(chart: t3afk.ClusterChart) -> None:
    """Let the agent's browser upload drawings by `kubectl port-forward`. It may write everybody's drawings then."""
    rbac = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": {"name": "excalidraw-portforward"}}
    t3afk.Manifest(
        chart, "role", role | {"rules": [{"apiGroups": [""], "resources": ["pods/portforward"], "verbs": ["create"]}]}
    )
    t3afk.Manifest(
        chart,
        "binding",
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "emo-browser-portforward"},
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "excalidraw-portforward"},
            "subjects": [{"kind": "ServiceAccount", "name": "emo-browser", "namespace": "chrome-service"}],
        },
    )
