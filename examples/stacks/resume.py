"""Reactive Resume, and the browser that prints its pages. Both wake and sleep together."""

from cdk8s import App
from dashboard import tile

import t3afk_constructs as t3afk


def resume(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "resume", platform=t3afk.HOME, namespace="resume")
    t3afk.Namespace(chart, "namespace", tier="4-aux", keel=True)
    secrets = t3afk.ExternalSecret(chart, "secrets", name="resume-secrets", extract=["resume"])
    data = t3afk.NfsVolume(chart, "data", name="resume-data-host", nfs_path="/srv/nfs/resume", storage="1Gi")
    awake = t3afk.Sablier(group="resume")
    printer = t3afk.WebService(
        chart,
        "printer",
        name="printer",
        image="ghcr.io/browserless/chromium:v2.38.2",
        port=3000,
        env={"HEALTH": "true", "CONCURRENT": "20", "QUEUED": "10"},
        resources=t3afk.Resources(cpu="25m", memory="256Mi", memory_limit="1Gi"),
        readiness=t3afk.HttpProbe("/pressure", initial_delay_seconds=10, timeout_seconds=5),
        liveness=t3afk.HttpProbe("/pressure", initial_delay_seconds=30, timeout_seconds=5),
        scale_to_zero=awake,
    )
    web = t3afk.WebService(
        chart,
        "web",
        name="resume",
        image="docker.io/amruthpillai/reactive-resume:v5.0.3",
        port=3000,
        service_port=80,
        env={
            "APP_URL": "https://resume.viktorbarzin.me",
            "DATABASE_URL": secrets.key("database_url"),
            "PRINTER_ENDPOINT": f"ws://{printer.address}:3000",
            "PRINTER_APP_URL": "http://resume.resume.svc.cluster.local",
            "AUTH_SECRET": secrets.key("auth_secret"),
            "TZ": "Etc/UTC",
            "SMTP_HOST": "mail.viktorbarzin.me",
            "SMTP_PORT": "587",
            "SMTP_USER": "info@viktorbarzin.me",
            "SMTP_PASS": secrets.key("smtp_password"),
            "SMTP_FROM": "Reactive Resume <info@viktorbarzin.me>",
            "SMTP_SECURE": "false",
            "FLAG_DISABLE_SIGNUPS": "false",
        },
        mounts={"/app/data": data},
        resources=t3afk.Resources(cpu="15m", memory="128Mi", memory_limit="256Mi"),
        readiness=t3afk.HttpProbe("/api/health", initial_delay_seconds=30, timeout_seconds=5),
        liveness=t3afk.HttpProbe("/api/health", initial_delay_seconds=60, period_seconds=30, timeout_seconds=10),
        scale_to_zero=awake,
        annotations={"reloader.stakater.com/search": "true"},
    )
    t3afk.IngressFactory(
        chart,
        "ingress",
        service=web,
        auth="public",  # readers of a resume have no account
        dns_type="proxied",
        extra_annotations=tile("Resume", "Online resume", "mdi-file-account"),
    )
