"""The stacks of a home cluster from the library: web apps with volumes, secrets, Ingresses and jobs, one chart each.

The numbers are those of a real cluster of 150 stacks. `bench.cluster_l2` makes the same objects.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from cdk8s import App

_STACKS = 150
# Objects or features of 150 stacks. Each stack has one namespace.
DEPLOYMENTS, SERVICES, INGRESSES = 181, 213, 175
NFS_VOLUMES, BLOCK_CLAIMS, SECRETS, JOBS, CONFIG_MAPS = 79, 63, 125, 109, 111
WHOLE_SECRETS, SCALED, BUFFERED = 67, 24, 20
COMMANDS, INIT_CONTAINERS, SIDECARS, PULL_SECRETS, PLACED = 57, 23, 20, 42, 14
LIVENESS, TCP, EXEC = 76, 40, 10

PORT = 8080
TIERS = ("1-cluster", "2-gpu", "3-edge", "4-aux")
CONFIG = """\
server:
  listen: 0.0.0.0:8080
  base_url: https://NAME.example.com
logging:
  level: info
  format: json
features:
  registration: false
  uploads: true
"""
NODES = {"kubernetes.io/arch": "amd64"}
TOLERATIONS = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


def share(total: int, index: int) -> int:
    """How many of the things that 150 stacks have are in one stack: as even as whole numbers allow."""
    return (index + 1) * total // _STACKS - index * total // _STACKS


@frozen
class Stack:
    """The plain values of one stack, for all ways to render it. All names have the same length."""

    index: int

    @property
    def name(self) -> str:
        """The name of the stack, its namespace and its first app."""
        return f"stack{self.index:04}"

    @cached_property
    def apps(self) -> list[str]:
        """The names of the Deployments and their Services."""
        return [self.name, f"{self.name}-b"][: self.count(DEPLOYMENTS)]

    @property
    def hosts(self) -> list[tuple[str, str]]:
        """The names of the Ingresses, each with the app behind it."""
        return [(name, self.apps[-1]) for name in (self.name, f"{self.name}-x")[: self.count(INGRESSES)]]

    def count(self, total: int) -> int:
        """How many things of 150 stacks are in this one."""
        return share(total, self.index)

    def has(self, total: int) -> bool:
        """Whether one of the things of 150 stacks is in this one."""
        return self.count(total) > 0

    @property
    def tier(self) -> str:
        """The tier of the namespace."""
        return TIERS[self.index % len(TIERS)]

    def image(self, app: str) -> str:
        """The image of an app."""
        return f"ghcr.io/example/{app}:1.{self.index}.0"

    def values(self, app: str) -> dict[str, str]:
        """The environment of an app that is no secret."""
        return {
            "TZ": "Europe/London",
            "BASE_URL": f"https://{app}.viktorbarzin.me",
            "LISTEN": f"0.0.0.0:{PORT}",
            "DATA_DIR": "/data",
        }

    def secret_places(self) -> dict[str, tuple[str, str]]:
        """The keys of the Secret, each with its entry and property in the store."""
        return {key: (f"stacks/{self.name}", key.lower()) for key in ("DB_PASSWORD", "API_TOKEN", "SESSION_KEY")}

    def config(self) -> str:
        """The configuration file of the first app."""
        return CONFIG.replace("NAME", self.name)

    @property
    def probe(self) -> str:
        """How the kubelet asks the first app: `http`, `tcp` or `exec`."""
        return "exec" if self.has(EXEC) else "tcp" if self.has(TCP) else "http"

    @property
    def command(self) -> list[str]:
        """The first app's command; empty for the image's."""
        return ["/usr/local/bin/server", "--config", "/etc/app/config.yaml"] if self.has(COMMANDS) else []

    @property
    def schedule(self) -> tuple[str, str]:
        """The minute and the hour of the job."""
        return str(self.index % 60), str(self.index % 24)


def add_stack(app: App, index: int) -> None:
    """Add one stack in a chart of its own."""
    from t3afk_constructs import (  # noqa: PLC0415
        HOME,
        BlockClaim,
        ClusterChart,
        CronJob,
        ExternalSecret,
        IngressFactory,
        Namespace,
        NfsVolume,
        RemoteRef,
        Resources,
        Service,
        ServicePort,
        WebService,
    )

    stack = Stack(index)
    chart = ClusterChart(app, stack.name, platform=HOME, namespace=stack.name)
    Namespace(chart, "namespace", tier=stack.tier, keel=True, istio_injection=False)
    mounts: dict[str, Any] = {}
    if stack.has(NFS_VOLUMES):
        path = f"/srv/nfs/{stack.name}"
        mounts["/media"] = NfsVolume(chart, "media", name=f"{stack.name}-media", nfs_path=path, storage="10Gi")
    if stack.has(BLOCK_CLAIMS):
        mounts["/data"] = BlockClaim(chart, "data", name=f"{stack.name}-data", storage="1Gi", storage_limit="5Gi")
    secrets = None
    if stack.has(SECRETS):
        data = {key: RemoteRef(entry, property=field) for key, (entry, field) in stack.secret_places().items()}
        secrets = ExternalSecret(chart, "secrets", name=f"{stack.name}-secrets", data=data)
    services = {
        name: WebService(
            chart,
            name,
            name=name,
            image=stack.image(name),
            port=PORT,
            service_port=80,
            **(_first_app(stack, mounts, secrets) if name == stack.name else {}),
            env={**stack.values(name), **({"DB_PASSWORD": secrets.key("DB_PASSWORD")} if secrets else {})},
            resources=Resources(cpu="10m", memory="64Mi", memory_limit="256Mi"),
        )
        for name in stack.apps
    }
    for number in range(stack.count(SERVICES - DEPLOYMENTS)):
        name, port = f"{stack.name}-udp-{number}", ServicePort(5000 + number, protocol="UDP")
        Service(chart, name, name=name, type="LoadBalancer", ports=[port], selector={"app": stack.name})
    for name, behind in stack.hosts:
        IngressFactory(
            chart,
            f"{name}-ingress",
            name=name,
            service=services[behind],
            dns_type="proxied",
            max_body_size="100m" if stack.has(BUFFERED) else None,
        )
    if stack.has(JOBS):
        minute, hour = stack.schedule
        CronJob(
            chart,
            "backup",
            name=f"{stack.name}-backup",
            schedule=f"{minute} {hour} * * *",
            image="docker.io/library/alpine:3.22",
            command=["/bin/sh", "-c", "set -eu; tar -czf /media/backup.tar.gz /etc/hostname"],
            env={"TZ": "Europe/London"},
            env_from=[secrets] if secrets and stack.has(WHOLE_SECRETS) else [],
            mounts={"/media": mounts["/media"]} if "/media" in mounts else {},
            resources=Resources(cpu="10m", memory="32Mi", memory_limit="128Mi"),
            backoff_limit=3,
            ttl_seconds_after_finished=3600,
        )


def _first_app(stack: Stack, mounts: dict[str, Any], secrets: Any) -> dict[str, Any]:
    """The inputs of a stack's first app: volumes, probes and rarer fields."""
    from t3afk_constructs import Container, EmptyDir, ExecProbe, File, HttpProbe, Pod, Sablier, TcpProbe  # noqa: PLC0415

    files = {"/etc/app/config.yaml": File(stack.config())} if stack.has(CONFIG_MAPS) else {}
    probe: Any = {"http": HttpProbe("/healthz"), "tcp": TcpProbe(), "exec": ExecProbe(["/bin/true"])}[stack.probe]
    cache = EmptyDir()
    busybox = "docker.io/library/busybox:1.37"
    prepare = Container(name="prepare", image=busybox, command=["mkdir", "-p", "/cache/a"], mounts={"/cache": cache})
    proxy = Container(name="proxy", image=busybox, command=["sleep", "infinity"], ports=[9000])
    return {
        "command": stack.command,
        "env_from": [secrets] if secrets and stack.has(WHOLE_SECRETS) else [],
        "mounts": {**mounts, **({"/cache": cache} if stack.has(INIT_CONTAINERS) else {}), **files},
        "readiness": probe,
        "liveness": probe if stack.has(LIVENESS) else None,
        "scale_to_zero": Sablier() if stack.has(SCALED) else None,
        "pod": Pod(
            image_pull_secrets=["ghcr-credentials"] if stack.has(PULL_SECRETS) else [],
            init_containers=[prepare] if stack.has(INIT_CONTAINERS) else [],
            sidecars=[proxy] if stack.has(SIDECARS) else [],
            node_selector=NODES if stack.has(PLACED) else {},
            tolerations=TOLERATIONS if stack.has(PLACED) else [],
        ),
    }
