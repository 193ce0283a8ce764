"""The stacks of `bench.cluster` from the L2 classes of cdk8s-plus-27, and from imported classes for custom resources.

It is written as their documentation shows. Annotations and plain texts come from the library, so that both ways render
the same stacks. `bench.cluster_same` lists the fields in which they differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cdk8s_plus_27 as kplus
from cdk8s import ApiObjectMetadata, Chart, Cron, Duration, Size

from bench.cluster import (
    BLOCK_CLAIMS,
    BUFFERED,
    CONFIG_MAPS,
    DEPLOYMENTS,
    INIT_CONTAINERS,
    JOBS,
    LIVENESS,
    NFS_VOLUMES,
    PORT,
    PULL_SECRETS,
    SCALED,
    SECRETS,
    SERVICES,
    SIDECARS,
    WHOLE_SECRETS,
    Stack,
)
from t3afk_constructs import HOME, Sablier
from t3afk_constructs.imports.t3afk.io import external_secrets, traefik
from t3afk_constructs.ingress.chain import ingress_annotations, middleware_chain, own_middlewares
from t3afk_constructs.rules.sablier import workload_labels

if TYPE_CHECKING:
    from cdk8s import App

_KEEL = {"keel.sh/policy": "never"}
_MANY = kplus.PersistentVolumeAccessMode.READ_WRITE_MANY
_ONCE = kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE
_OPEN = kplus.ContainerSecurityContextProps(
    ensure_non_root=False, read_only_root_filesystem=False, allow_privilege_escalation=True
)


def add_stack(app: App, index: int) -> None:
    """Add one stack in a chart of its own."""
    stack = Stack(index)
    _Stack(Chart(app, stack.name, disable_resource_name_hashes=True), stack).add()


def _resources(memory: int, limit: int) -> kplus.ContainerResources:
    return kplus.ContainerResources(
        cpu=kplus.CpuResources(request=kplus.Cpu.millis(10)),
        memory=kplus.MemoryResources(request=Size.mebibytes(memory), limit=Size.mebibytes(limit)),
    )


class _Stack:
    def __init__(self, chart: Chart, stack: Stack) -> None:
        self.chart, self.stack = chart, stack
        self.secret: Any = None
        self.volumes: dict[str, kplus.Volume] = {}

    def metadata(self, name: str, **more: Any) -> ApiObjectMetadata:
        return ApiObjectMetadata(name=name, namespace=self.stack.name, **more)

    def add(self) -> None:
        stack, chart = self.stack, self.chart
        labels = {"tier": stack.tier, "keel.sh/enrolled": "true", "istio-injection": "disabled"}
        kplus.Namespace(chart, "namespace", metadata=ApiObjectMetadata(name=stack.name, labels=labels))
        if stack.has(NFS_VOLUMES):
            self.add_nfs_volume()
        if stack.has(BLOCK_CLAIMS):
            self.add_block_claim()
        if stack.has(SECRETS):
            self.add_secret()
        deployments = {name: self.add_app(name) for name in stack.apps}
        services = {
            name: kplus.Service(
                chart,
                f"{name}-service",
                metadata=self.metadata(name, labels={"app": name}),
                type=kplus.ServiceType.CLUSTER_IP,
                selector=deployment,
                ports=[kplus.ServicePort(port=80, target_port=PORT)],
            )
            for name, deployment in deployments.items()
        }
        for number in range(stack.count(SERVICES - DEPLOYMENTS)):
            name, port = f"{stack.name}-udp-{number}", 5000 + number
            kplus.Service(
                chart,
                name,
                metadata=self.metadata(name),
                type=kplus.ServiceType.LOAD_BALANCER,
                selector=deployments[stack.name],
                ports=[kplus.ServicePort(port=port, target_port=port, protocol=kplus.Protocol.UDP)],
            )
        for name, behind in stack.hosts:
            self.add_ingress(name, behind, services[behind])
        if stack.has(JOBS):
            self.add_job()

    def add_nfs_volume(self) -> None:
        name = f"{self.stack.name}-media"
        volume = kplus.PersistentVolume(
            self.chart,
            "media-volume",
            metadata=ApiObjectMetadata(name=name),
            storage=Size.gibibytes(10),
            access_modes=[_MANY],
            reclaim_policy=kplus.PersistentVolumeReclaimPolicy.RETAIN,
            storage_class_name=HOME.nfs.storage_class,
            volume_mode=kplus.PersistentVolumeMode.FILE_SYSTEM,
            mount_options=list(HOME.nfs.mount_options),
        )
        claim = kplus.PersistentVolumeClaim(
            self.chart,
            "media",
            metadata=self.metadata(name),
            storage=Size.gibibytes(10),
            access_modes=[_MANY],
            storage_class_name=HOME.nfs.storage_class,
            volume=volume,
        )
        self.add_volume("/media", name, claim)

    def add_block_claim(self) -> None:
        name = f"{self.stack.name}-data"
        resizer = {"threshold": "10%", "increase": "100%", "storage_limit": "5Gi"}
        claim = kplus.PersistentVolumeClaim(
            self.chart,
            "data",
            metadata=self.metadata(name, annotations={f"resize.topolvm.io/{k}": v for k, v in resizer.items()}),
            storage=Size.gibibytes(1),
            access_modes=[_ONCE],
            storage_class_name="proxmox-lvm",
        )
        self.add_volume("/data", name, claim)

    def add_volume(self, path: str, name: str, claim: Any) -> None:
        self.volumes[path] = kplus.Volume.from_persistent_volume_claim(self.chart, f"v-{name}", claim, name=name)

    def add_secret(self) -> None:
        name = f"{self.stack.name}-secrets"
        external_secrets.ExternalSecret(
            self.chart,
            "secrets",
            metadata=self.metadata(name),
            spec=external_secrets.ExternalSecretSpec(
                refresh_interval="15m",
                secret_store_ref=external_secrets.ExternalSecretSpecSecretStoreRef(
                    name=HOME.secret_store, kind=HOME.secret_store_kind
                ),
                target=external_secrets.ExternalSecretSpecTarget(name=name),
                data=[
                    external_secrets.ExternalSecretSpecData(
                        secret_key=key,
                        remote_ref=external_secrets.ExternalSecretSpecDataRemoteRef(key=entry, property=field),
                    )
                    for key, (entry, field) in self.stack.secret_places().items()
                ],
            ),
        )
        self.secret = kplus.Secret.from_secret_name(self.chart, "secret", name)

    def whole_secret(self) -> list[kplus.EnvFrom]:
        return [kplus.EnvFrom(None, None, self.secret)] if self.secret and self.stack.has(WHOLE_SECRETS) else []

    def add_app(self, name: str) -> kplus.Deployment:
        stack, first = self.stack, name == self.stack.name
        env = {key: kplus.EnvValue.from_value(value) for key, value in stack.values(name).items()}
        if self.secret:
            value = kplus.SecretValue(secret=self.secret, key="DB_PASSWORD")
            env["DB_PASSWORD"] = kplus.EnvValue.from_secret_value(value)
        more: dict[str, Any] = self.first_container() if first else {}
        container = kplus.ContainerProps(
            name=name,
            image=stack.image(name),
            ports=[kplus.ContainerPort(number=PORT)],
            env_variables=env,
            resources=_resources(64, 256),
            security_context=_OPEN,
            **more,
        )
        scaled = first and stack.has(SCALED)
        keeps_data = first and any(path in self.volumes for path in ("/data", "/media"))
        pod = self.first_pod() if first else {}
        deployment = kplus.Deployment(
            self.chart,
            f"{name}-deployment",
            metadata=self.metadata(
                name, labels={"app": name, **(workload_labels(name) if scaled else {})}, annotations=_KEEL
            ),
            pod_metadata=ApiObjectMetadata(labels={"app": name}),
            replicas=1,
            strategy=kplus.DeploymentStrategy.recreate() if keeps_data else kplus.DeploymentStrategy.rolling_update(),
            select=False,
            automount_service_account_token=False,
            security_context=kplus.PodSecurityContextProps(ensure_non_root=False),
            containers=[container, *pod.pop("sidecars", [])],
            **pod,
        )
        deployment.select(kplus.LabelSelector.of(labels={"app": name}))
        return deployment

    def first_container(self) -> dict[str, Any]:
        stack, chart = self.stack, self.chart
        mounts = [kplus.VolumeMount(path=path, volume=volume) for path, volume in self.volumes.items()]
        if stack.has(INIT_CONTAINERS):
            cache = self.volumes["/cache"] = kplus.Volume.from_empty_dir(chart, "v-cache", "cache")
            mounts.append(kplus.VolumeMount(path="/cache", volume=cache))
        if stack.has(CONFIG_MAPS):
            files = kplus.ConfigMap(
                chart,
                "files",
                metadata=self.metadata(f"{stack.name}-files"),
                data={"config.yaml": stack.config()},
            )
            path = "etc/app/config.yaml"
            items = {"config.yaml": kplus.PathMapping(path=path)}
            volume = kplus.Volume.from_config_map(chart, "v-files", files, name="files", items=items)
            mounts.append(kplus.VolumeMount(path=f"/{path}", volume=volume, sub_path=path, read_only=True))
        probes: dict[str, Any] = {
            "http": lambda: kplus.Probe.from_http_get("/healthz", port=PORT),
            "tcp": lambda: kplus.Probe.from_tcp_socket(port=PORT),
            "exec": lambda: kplus.Probe.from_command(["/bin/true"]),
        }
        return {
            "command": stack.command or None,
            "env_from": self.whole_secret(),
            "volume_mounts": mounts,
            "readiness": probes[stack.probe](),
            "liveness": probes[stack.probe]() if stack.has(LIVENESS) else None,
        }

    def first_pod(self) -> dict[str, Any]:
        stack = self.stack
        busybox: Any = {"image": "docker.io/library/busybox:1.37", "security_context": _OPEN, "resources": {}}
        found: dict[str, Any] = {}
        if stack.has(INIT_CONTAINERS):
            mounts = [kplus.VolumeMount(path="/cache", volume=self.volumes.pop("/cache"))]
            command = ["mkdir", "-p", "/cache/a"]
            found["init_containers"] = [
                kplus.ContainerProps(name="prepare", command=command, volume_mounts=mounts, **busybox)
            ]
        if stack.has(SIDECARS):
            ports = [kplus.ContainerPort(number=9000)]
            found["sidecars"] = [
                kplus.ContainerProps(name="proxy", command=["sleep", "infinity"], ports=ports, **busybox)
            ]
        if stack.has(PULL_SECRETS):
            found["docker_registry_auth"] = kplus.Secret.from_secret_name(self.chart, "pull", "ghcr-credentials")
        return found

    def add_ingress(self, name: str, behind: str, service: kplus.Service) -> None:
        stack = self.stack
        host = f"{name}.{HOME.domain}"
        own = own_middlewares(
            name,
            platform=HOME,
            sablier=Sablier().resolved(behind) if stack.has(SCALED) and behind == stack.name else None,
            policy=None,
            max_body_size="100m" if stack.has(BUFFERED) else None,
        )
        for prefix, spec in own.items():
            body = spec.get("buffering", {}).get("maxRequestBodyBytes")
            traefik.Middleware(
                self.chart,
                f"{name}-{prefix}",
                metadata=self.metadata(f"{prefix}-{name}"),
                spec=traefik.MiddlewareSpec(
                    plugin=spec.get("plugin"),
                    buffering=traefik.MiddlewareSpecBuffering(max_request_body_bytes=body) if body else None,
                ),
            )
        chain = middleware_chain(
            platform=HOME, namespace=stack.name, name=name, auth="required", service_name=behind, own=own
        )
        annotations = ingress_annotations(
            platform=HOME,
            name=name,
            host=host,
            chain=chain,
            auth="required",
            allowed_groups=HOME.default_allowed_groups,
            dns_type="proxied",
            external_monitor=True,
        )
        kplus.Ingress(
            self.chart,
            f"{name}-ingress",
            metadata=self.metadata(name, annotations=annotations),
            class_name=HOME.ingress_class,
            rules=[
                kplus.IngressRule(
                    host=host,
                    path="/",
                    path_type=kplus.HttpIngressPathType.IMPLEMENTATION_SPECIFIC,
                    backend=kplus.IngressBackend.from_service(service, port=80),
                )
            ],
            tls=[
                kplus.IngressTls(
                    hosts=[host],
                    secret=kplus.Secret.from_secret_name(self.chart, f"{name}-tls", HOME.tls_secret_name),
                )
            ],
        )

    def add_job(self) -> None:
        stack = self.stack
        name = f"{stack.name}-backup"
        minute, hour = stack.schedule
        media = self.volumes.get("/media")
        kplus.CronJob(
            self.chart,
            "backup",
            metadata=self.metadata(name, labels={"app": name}, annotations=_KEEL),
            pod_metadata=ApiObjectMetadata(labels={"app": name}),
            schedule=Cron(minute=minute, hour=hour),
            concurrency_policy=kplus.ConcurrencyPolicy.FORBID,
            restart_policy=kplus.RestartPolicy.ON_FAILURE,
            select=False,
            backoff_limit=3,
            ttl_after_finished=Duration.hours(1),
            automount_service_account_token=False,
            security_context=kplus.PodSecurityContextProps(ensure_non_root=False),
            containers=[
                kplus.ContainerProps(
                    name=name,
                    image="docker.io/library/alpine:3.22",
                    command=["/bin/sh", "-c", "set -eu; tar -czf /media/backup.tar.gz /etc/hostname"],
                    env_variables={"TZ": kplus.EnvValue.from_value("Europe/London")},
                    env_from=self.whole_secret(),
                    volume_mounts=[kplus.VolumeMount(path="/media", volume=media)] if media else [],
                    resources=_resources(32, 128),
                    security_context=_OPEN,
                )
            ],
        )
