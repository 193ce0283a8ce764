"""Health: a diary of measurements. The phone posts them, people read them, and tests use a host of their own."""

from cdk8s import App
from dashboard import tile

import t3afk_constructs as t3afk

KEYS = ("secret_key", "push_vapid_private_key", "push_vapid_public_key", "push_vapid_subject")


def health(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "health", platform=t3afk.HOME, namespace="health")
    t3afk.Namespace(chart, "namespace", tier="4-aux", keel=True)
    database = t3afk.ExternalSecret(
        chart,
        "database",
        name="health-db-secrets",
        store="vault-database",
        data={"db_password": t3afk.RemoteRef("static-creds/pg-health", property="password")},
        template={
            "DATABASE_URL": "postgresql+asyncpg://health:{{ .db_password }}"
            "@postgresql.dbaas.svc.cluster.local:5432/health"
        },
    )
    secrets = t3afk.ExternalSecret(
        chart, "secrets", name="health-kv-secrets", data={key: t3afk.RemoteRef("health", property=key) for key in KEYS}
    )
    uploads = t3afk.BlockClaim(
        chart, "uploads", name="health-uploads-encrypted", encrypted=True, storage="2Gi", storage_limit="5Gi"
    )
    web = t3afk.WebService(
        chart,
        "web",
        name="health",
        image="docker.io/viktorbarzin/health:latest",
        image_owner="cluster",
        port=3000,
        service_port=80,
        extra_ports=[t3afk.ServicePort(8000, name="api")],
        env={
            "DATABASE_URL": database.key("DATABASE_URL"),
            **{key.upper(): secrets.key(key) for key in KEYS},
            "UPLOAD_DIR": "/data/uploads",
            "WEBAUTHN_RP_ID": "health.viktorbarzin.me",
            "WEBAUTHN_ORIGIN": "https://health.viktorbarzin.me",
            "COOKIE_SECURE": "true",
            # The user of requests without Authentik's header: those of the test host alone.
            "DEV_AUTH_EMAIL": "tests@viktorbarzin.me",
        },
        mounts={"/data/uploads": uploads},
        resources=t3afk.Resources(cpu="15m", memory="256Mi"),
        scale_to_zero=t3afk.Sablier(),
        annotations={"reloader.stakater.com/auto": "true"},
        pod=t3afk.Pod(annotations={"dependency.kyverno.io/wait-for": "postgresql.dbaas:5432"}),
    )
    t3afk.IngressFactory(
        chart,
        "ingress",
        service=web,
        dns_type="non-proxied",
        max_body_size="100m",
        # One page asks for more than the shared limit allows.
        skip_default_rate_limit=True,
        extra_middlewares=["traefik-health-rate-limit@kubernetescrd"],
        homepage_group="Core Platform",
        extra_annotations=tile("Health", "Health dashboard", "healthchecks.png"),
    )
    test = t3afk.IngressFactory(
        chart,
        "test-ingress",
        name="health-test",
        service=web,
        root_domain="viktorbarzin.lan",
        auth="none",  # the local networks alone
        allow_local_access_only=True,
        anti_ai_scraping=False,
        max_body_size="100m",
        homepage_enabled=False,
    )
    t3afk.silence(test, rule="certificate", because="no certificate covers viktorbarzin.lan, and the tests check none")
    t3afk.IngressFactory(
        chart,
        "api-ingress",
        name="health-api",
        service=web,
        port=8000,
        ingress_path=["/api/ingest"],
        auth="none",  # the app checks a token of each phone, which cannot follow a login page
        dns_type="non-proxied",
        max_body_size="5m",
        extra_middlewares=["traefik-strip-auth-headers@kubernetescrd"],
        sablier=t3afk.Sablier(strategy="blocking"),
        homepage_enabled=False,
    )
