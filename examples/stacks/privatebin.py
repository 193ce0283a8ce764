"""PrivateBin: a pastebin whose pastes the browser encrypts."""

from cdk8s import App
from dashboard import tile

import t3afk_constructs as t3afk


def privatebin(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "privatebin", platform=t3afk.HOME, namespace="privatebin")
    t3afk.Namespace(chart, "namespace", tier="3-edge", keel=True, istio_injection=False)
    data = t3afk.BlockClaim(chart, "data", name="privatebin-data-proxmox", storage="1Gi", storage_limit="5Gi")
    web = t3afk.WebService(
        chart,
        "web",
        name="privatebin",
        image="docker.io/privatebin/nginx-fpm-alpine:2.0.3",
        port=8080,
        service_port=80,
        mounts={"/srv/data": t3afk.Mount(data, sub_path="data")},
        resources=t3afk.Resources(cpu="10m", memory="128Mi"),
        scale_to_zero=t3afk.Sablier(),
    )
    t3afk.IngressFactory(
        chart,
        "ingress",
        service=web,
        host="pb",
        # Open on purpose. Anubis would answer the page's own requests with a challenge.
        auth="none",
        dns_type="proxied",
        extra_middlewares=["traefik-x402@kubernetescrd"],
        custom_content_security_policy="script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'",
        homepage_group="Development & CI",
        extra_annotations=tile("PrivateBin", "Encrypted pastebin", "privatebin.png"),
    )
