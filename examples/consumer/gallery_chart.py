"""The library's constructs, used together with cdk8s-plus and with this project's own bindings of custom resources."""

import cdk8s_plus_27 as kplus
from cdk8s import ApiObjectMetadata, Size
from cluster import GARDEN
from constructs import Construct
from imports.io.external_secrets import (
    ExternalSecret,
    ExternalSecretSpec,
    ExternalSecretSpecDataFrom,
    ExternalSecretSpecDataFromExtract,
    ExternalSecretSpecRefreshPolicy,
    ExternalSecretSpecSecretStoreRef,
    ExternalSecretSpecSecretStoreRefKind,
    ExternalSecretSpecTarget,
)
from imports.io.traefik import Middleware, MiddlewareSpec, MiddlewareSpecRateLimit

import t3afk_constructs as t3afk

NAMESPACE = "gallery"
PORT = 8080


class GalleryChart(t3afk.ClusterChart):
    """Pictures on an NFS export, served by a Deployment and a Service of cdk8s-plus."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "gallery", platform=GARDEN, namespace=NAMESPACE)
        t3afk.Manifest(
            self,
            "namespace",
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": {"tier": "lawn"}}},
        )
        pictures = t3afk.NfsVolume(
            self,
            "pictures",
            name="gallery-pictures",
            nfs_path="/exports/pictures",
            storage="200Gi",
            access_modes=["ReadOnlyMany"],
        )
        service = self._serve(pictures)
        slow_down = Middleware(
            self,
            "slow-down",
            metadata=ApiObjectMetadata(name="slow-down"),
            spec=MiddlewareSpec(rate_limit=MiddlewareSpecRateLimit(average=5, burst=50, period="1s")),
        )
        t3afk.IngressFactory(
            self,
            "ingress",
            name="gallery",
            service=service,
            host="pictures",
            auth="app",
            dns_type="internal",
            anti_ai_scraping=False,
            skip_default_rate_limit=True,
            extra_middlewares=[f"{NAMESPACE}-{slow_down.name}@kubernetescrd"],
        )
        self._secrets()

    def _serve(self, pictures: t3afk.NfsVolume) -> kplus.Service:
        deployment = kplus.Deployment(self, "server", metadata=ApiObjectMetadata(name="gallery"), replicas=1)
        container = deployment.add_container(
            image="registry.garden.example/gallery:4.2.0",
            port_number=PORT,
            resources=kplus.ContainerResources(
                memory=kplus.MemoryResources(request=Size.mebibytes(128), limit=Size.mebibytes(256))
            ),
        )
        container.mount("/pictures", pictures.volume, read_only=True)
        t3afk.leave_to_admission(deployment)
        return deployment.expose_via_service(name="gallery", ports=[kplus.ServicePort(port=PORT)])

    def _secrets(self) -> None:
        password = t3afk.RemoteRef("gallery/login", property="password")
        t3afk.ExternalSecret(self, "login", name="gallery-login", data={"PASSWORD": password})
        # The same kind, by this project's own bindings.
        ExternalSecret(
            self,
            "api-keys",
            metadata=ApiObjectMetadata(name="gallery-api-keys"),
            spec=ExternalSecretSpec(
                refresh_policy=ExternalSecretSpecRefreshPolicy.ON_CHANGE,
                secret_store_ref=ExternalSecretSpecSecretStoreRef(
                    name=GARDEN.secret_store, kind=ExternalSecretSpecSecretStoreRefKind.SECRET_STORE
                ),
                target=ExternalSecretSpecTarget(name="gallery-api-keys"),
                data_from=[
                    ExternalSecretSpecDataFrom(
                        extract=ExternalSecretSpecDataFromExtract(key="gallery/api-keys", version="3")
                    )
                ],
            ),
        )
