"""The cluster of this project."""

from t3afk_constructs import Admission, Dns, Nfs, Platform, Tier

GARDEN = Platform(
    domain="garden.example",
    tls_secret_name="garden-certificate",
    secret_store="bao",
    secret_store_kind="SecretStore",
    nfs=Nfs(
        storage_class="nfs-shed",
        driver="nfs.shed.example",
        server="shed.garden.example",
        mount_options=("nfsvers=4.2", "hard", "timeo=600"),
    ),
    tiers=(Tier(name="bed", max_container_memory="6Gi"), Tier(name="lawn")),
    dns=Dns(internal_ipv4="10.20.30.40"),
    ingress_class="traefik-garden",
    traefik_namespace="edge",
    shared_middlewares=("retry", "error-pages", "csp-headers", "rate-limit", "authentik-forward-auth"),
    strict_middlewares=True,
    image_registries=("docker.io/*", "registry.garden.example/*"),
    exact_image_pins=True,
    admission=Admission(image_pull_policy=True),
    default_allowed_groups=("gardeners",),
    git_hosts={"git.garden.example": "GARDEN_TOKEN"},
)
