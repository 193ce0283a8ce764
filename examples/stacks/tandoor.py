"""Tandoor: recipes, with their texts in the cluster's PostgreSQL and their pictures on NFS."""

from cdk8s import App
from dashboard import tile

import t3afk_constructs as t3afk


def tandoor(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "tandoor", platform=t3afk.HOME, namespace="tandoor")
    t3afk.Namespace(chart, "namespace", tier="4-aux", keel=True, istio_injection=False)
    secrets = t3afk.ExternalSecret(chart, "secrets", name="tandoor-secrets", extract=["tandoor"])
    data = t3afk.NfsVolume(chart, "data", name="tandoor-data-nfs", nfs_path="/srv/nfs/tandoor", storage="5Gi")
    web = t3afk.WebService(
        chart,
        "web",
        name="tandoor",
        image="docker.io/vabene1111/recipes:1.5.27",
        port=8080,
        service_port=80,
        env={
            "SECRET_KEY": secrets.key("secret_key"),
            "DB_ENGINE": "django.db.backends.postgresql",
            "POSTGRES_HOST": "postgresql.dbaas.svc.cluster.local",
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": "tandoor",
            "POSTGRES_PASSWORD": secrets.key("db_password"),
            "POSTGRES_DB": "tandoor",
            "TANDOOR_PORT": "8080",
            "ENABLE_SIGNUP": "1",
            "ALLOWED_HOSTS": "tandoor.viktorbarzin.me",
            "EMAIL_HOST": "mail.viktorbarzin.me",
            "EMAIL_PORT": "587",
            "EMAIL_USE_TLS": "1",
            "EMAIL_HOST_USER": "info@viktorbarzin.me",
            "EMAIL_HOST_PASSWORD": secrets.key("email_password", optional=True),
            "DEFAULT_FROM_EMAIL": "info@viktorbarzin.me",
        },
        mounts={"/opt/recipes/mediafiles": data, "/opt/recipes/staticfiles": data},
        resources=t3afk.Resources(cpu="25m", memory="384Mi", memory_limit="512Mi"),
        scale_to_zero=t3afk.Sablier(),
        annotations={"reloader.stakater.com/auto": "true"},
        pod=t3afk.Pod(annotations={"dependency.kyverno.io/wait-for": "postgresql.dbaas:5432"}),
    )
    t3afk.IngressFactory(
        chart,
        "ingress",
        service=web,
        auth="app",  # its mobile apps carry a token and cannot follow a login page
        dns_type="proxied",
        homepage_group="Productivity",
        extra_annotations=tile("Tandoor", "Recipe manager", "tandoor-recipes.png"),
    )
