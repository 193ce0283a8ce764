"""linkding: a plain web app with a volume, a secret, a host behind the login, and no pod while nobody asks."""

from cdk8s import App

import t3afk_constructs as t3afk


def linkding(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "linkding", platform=t3afk.HOME, namespace="linkding")
    t3afk.Namespace(chart, "namespace", tier="4-aux")
    secrets = t3afk.ExternalSecret(chart, "secrets", name="linkding-secrets", extract=["linkding"])
    data = t3afk.BlockClaim(chart, "data", name="linkding-data", storage="1Gi", storage_limit="5Gi")
    web = t3afk.WebService(
        chart,
        "web",
        name="linkding",
        image="docker.io/sissbruecker/linkding:1.41.0",
        port=9090,
        env={"LD_SUPERUSER_NAME": "admin", "LD_SUPERUSER_PASSWORD": secrets.key("password")},
        mounts={"/etc/linkding/data": data},
        scale_to_zero=t3afk.Sablier(),
    )
    t3afk.IngressFactory(chart, "ingress", service=web, dns_type="proxied")
