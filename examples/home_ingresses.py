"""Ten hosts of the home cluster, one for each kind of app."""

# ruff: noqa: INP001 (a script, no package)

from cdk8s import App
from constructs import Construct

from t3afk_constructs import HOME, ClusterChart, IngressFactory, Manifest, Sablier, guard, silence, synth


class HomeIngresses(ClusterChart):
    """The hosts, each in the namespace of its app."""

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002
        super().__init__(scope, id, platform=HOME)

        # A media server with its own login: its apps cannot pass a login page, and each page loads hundreds of images.
        IngressFactory(
            self,
            "jellyfin",
            name="jellyfin",
            namespace="servarr",
            port=8096,
            auth="app",
            dns_type="non-proxied",
            skip_default_rate_limit=True,
            extra_middlewares=["traefik-jellyfin-rate-limit@kubernetescrd"],
        )
        # An admin page for the local networks, after a login.
        IngressFactory(
            self,
            "unifi",
            name="unifi",
            namespace="reverse-proxy",
            port=8443,
            allow_local_access_only=True,
            dns_type="internal",
            extra_annotations={"traefik.ingress.kubernetes.io/service.serversscheme": "https"},
        )
        # A public page behind Anubis, which blocks crawlers by itself.
        IngressFactory(
            self,
            "blog",
            name="blog",
            namespace="website",
            service_name="anubis-blog",
            port=8923,
            auth="none",
            dns_type="proxied",
            anti_ai_scraping=False,
        )
        self.scaled_to_zero()
        # An app with large uploads and its own login.
        IngressFactory(
            self,
            "nextcloud",
            name="nextcloud",
            namespace="nextcloud",
            auth="app",
            dns_type="proxied",
            max_body_size="16G",
        )
        # A device outside the cluster, under a host name of the cluster.
        IngressFactory(
            self,
            "nas",
            name="nas",
            namespace="reverse-proxy",
            port=5001,
            external_name="nas.lan",
            homepage_group="Infrastructure",
        )
        # A page for everybody with an audit trail, and with scripts from another site.
        IngressFactory(
            self,
            "status",
            name="status",
            namespace="monitoring",
            port=3001,
            auth="public",
            dns_type="proxied",
            custom_content_security_policy="default-src 'self'; script-src 'self' https://cdn.jsdelivr.net",
            external_monitor_name="Status page",
        )
        # The apex of the zone, the only proxied host that the wildcard record does not cover.
        IngressFactory(
            self,
            "website",
            name="website",
            namespace="website",
            full_host="viktorbarzin.me",
            auth="none",
            dns_type="proxied",
            extra_middlewares=["traefik-x402@kubernetescrd"],
        )
        # Webhooks: two paths of an app, called by programs; not on the dashboard, not monitored.
        IngressFactory(
            self,
            "hooks",
            name="forgejo-hooks",
            namespace="forgejo",
            service_name="forgejo",
            port=3000,
            host="hooks",
            ingress_path=["/api/hooks", "/api/v1/hooks"],
            auth="none",
            dns_type="proxied",
            anti_ai_scraping=False,
            external_monitor=False,
            homepage_enabled=False,
        )
        # A page for two groups of Authentik.
        IngressFactory(
            self,
            "grafana",
            name="grafana",
            namespace="monitoring",
            port=3000,
            dns_type="proxied",
            allowed_groups=["Home Server Admins", "Grafana Editors"],
        )

    def scaled_to_zero(self) -> None:
        """An app that runs only while somebody uses it, with its workload."""
        ingress = IngressFactory(
            self,
            "stirling-pdf",
            name="stirling-pdf",
            namespace="stirling-pdf",
            port=8080,
            sablier=Sablier(session_duration="1h", display_name="Stirling PDF"),
        )
        because = "the stack of each app renders its Namespace"
        silence(self, rule="known-namespaces", at=str(ingress.namespace), because=because)
        labels = {"app": "stirling-pdf"}
        container = {"name": "app", "image": "docker.io/stirlingtools/stirling-pdf:1.3.2"}
        Manifest(
            self,
            "deployment",
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {
                    "name": "stirling-pdf",
                    "namespace": ingress.namespace,
                    "labels": labels | ingress.sablier_labels,
                    "annotations": {"keel.sh/policy": "never"},
                },
                # No replicas: an apply must not undo Sablier's scaling.
                "spec": {
                    "selector": {"matchLabels": labels},
                    "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
                },
            },
        )
        Manifest(
            self,
            "service",
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": ingress.service_name, "namespace": ingress.namespace},
                "spec": {"selector": labels, "ports": [{"port": ingress.port}]},
            },
        )


if __name__ == "__main__":
    app = App()
    HomeIngresses(app, "home-ingresses")
    guard(app)
    synth(app)
