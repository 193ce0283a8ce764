"""Ten hosts of a home cluster: one call of `IngressFactory` for each kind of app."""

# ruff: noqa: INP001 (a script, no package)

from cdk8s import ApiObject, App, Chart, JsonPatch
from constructs import Construct

from t3afk_constructs import IngressFactory, Sablier


class HomeIngresses(Chart):
    """The hosts."""

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002
        super().__init__(scope, id, disable_resource_name_hashes=True)

        # A media server with its own login: its apps cannot pass a login page, and its images come by the hundred.
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
        # An admin page that only the local networks reach, and there only after a login.
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
        # A public page behind Anubis, which keeps crawlers out by itself.
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
        # An app that takes large uploads and has a login of its own.
        IngressFactory(
            self,
            "nextcloud",
            name="nextcloud",
            namespace="nextcloud",
            auth="app",
            dns_type="proxied",
            max_body_size="16G",
        )
        # A device outside of the cluster, under a name of the cluster's own.
        IngressFactory(
            self,
            "nas",
            name="nas",
            namespace="reverse-proxy",
            port=5001,
            external_name="nas.lan",
            homepage_group="Infrastructure",
        )
        # A page for everybody that leaves an audit trail, with scripts of another site.
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
        # The apex of the zone: the one proxied host that the wildcard record does not cover.
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
        # Webhooks: two paths of an app, called by programs; neither on the dashboard nor watched.
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
        # A page for some: two groups of Authentik.
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
        """An app that sleeps until somebody asks for it, with the workload that Sablier wakes."""
        ingress = IngressFactory(
            self,
            "stirling-pdf",
            name="stirling-pdf",
            namespace="stirling-pdf",
            port=8080,
            sablier=Sablier(session_duration="1h", display_name="Stirling PDF"),
        )
        pod_labels = {"app": "stirling-pdf"}
        deployment = ApiObject(
            self,
            "deployment",
            api_version="apps/v1",
            kind="Deployment",
            metadata={
                "name": "stirling-pdf",
                "namespace": ingress.namespace,
                "labels": {**pod_labels, **ingress.sablier_labels},
                "annotations": {"keel.sh/policy": "never"},
            },
        )
        container = {"name": "app", "image": "docker.io/stirlingtools/stirling-pdf:1.3.2"}
        # No replicas: an apply must not undo what Sablier scaled.
        deployment.add_json_patch(
            JsonPatch.add(
                "/spec",
                {
                    "selector": {"matchLabels": pod_labels},
                    "template": {"metadata": {"labels": pod_labels}, "spec": {"containers": [container]}},
                },
            )
        )
        service = ApiObject(
            self,
            "service",
            api_version="v1",
            kind="Service",
            metadata={"name": ingress.service_name, "namespace": ingress.namespace},
        )
        service.add_json_patch(JsonPatch.add("/spec", {"selector": pod_labels, "ports": [{"port": ingress.port}]}))


if __name__ == "__main__":
    app = App()
    HomeIngresses(app, "home-ingresses")
    app.synth()
