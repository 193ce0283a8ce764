"""changedetection.io: a monitor of web pages, with a browser beside it."""

from cdk8s import App
from dashboard import tile, widget

import t3afk_constructs as t3afk


def changedetection(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "changedetection", platform=t3afk.HOME, namespace="changedetection")
    t3afk.Namespace(chart, "namespace", tier="4-aux", keel=True, istio_injection=False)
    # Its store is JSON files: no database, so NFS serves.
    data = t3afk.NfsVolume(
        chart, "data", name="changedetection-data-nfs", nfs_path="/srv/nfs/changedetection", storage="8Gi"
    )
    browser = t3afk.Container(
        name="sockpuppetbrowser",
        image="docker.io/dgtlmoon/sockpuppetbrowser:0.0.3",
        ports=[3000],
        resources=t3afk.Resources(cpu="25m", memory="128Mi"),
        security_context={"capabilities": {"add": ["SYS_ADMIN"]}},
    )
    web = t3afk.WebService(
        chart,
        "web",
        name="changedetection",
        image="ghcr.io/dgtlmoon/changedetection.io:0.50.24",
        port=5000,
        service_port=80,
        env={
            "PLAYWRIGHT_DRIVER_URL": "ws://localhost:3000",
            "BASE_URL": "https://changedetection.viktorbarzin.me",
            "LOGGER_LEVEL": "WARNING",
            "TZ": "Europe/Sofia",
        },
        mounts={"/datastore": data},
        resources=t3afk.Resources(cpu="15m", memory="256Mi", memory_limit="512Mi"),
        pod=t3afk.Pod(sidecars=[browser]),
    )
    t3afk.IngressFactory(
        chart,
        "ingress",
        service=web,
        dns_type="proxied",
        extra_annotations=tile("Changedetection", "Website change monitor", "changedetection.png")
        | widget(
            "changedetectionio",
            f"http://{web.address}",
            key="{{HOMEPAGE_VAR_CHANGEDETECTION_KEY}}",
        ),
    )
