"""The same executor from the L2 classes of cdk8s-plus-27, written as their documentation shows.

Plain values (scripts, environment variables, annotations) come from the library, so that both ways render the same
executor. Fields that the classes cannot render are missing here; `bench.same` lists them and adds them as JSON patches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cdk8s_plus_27 as kplus
from cdk8s import ApiObjectMetadata, Chart, Duration, Size

from bench.stacks import INSTRUCTIONS, NAMESPACE, SECRETS, stack_name
from t3afk_constructs import HOME
from t3afk_constructs.executor import executor, pod
from t3afk_constructs.imports.t3afk.io import external_secrets
from t3afk_constructs.ingress.chain import ingress_annotations, middleware_chain
from t3afk_constructs.workload.volumes import Volumes

if TYPE_CHECKING:
    from cdk8s import App

    from t3afk_constructs.workload.container import Container

_MANY = kplus.PersistentVolumeAccessMode.READ_WRITE_MANY
# The enum has no value for ALL.
_CAPABILITIES = {word.value: word for word in kplus.Capability}


def _memory(text: str) -> Size:
    return Size.gibibytes(int(text[:-2])) if text.endswith("Gi") else Size.mebibytes(int(text[:-2]))


def _cpu(text: str) -> kplus.Cpu:
    return kplus.Cpu.millis(int(text[:-1])) if text.endswith("m") else kplus.Cpu.units(int(text))


def _capabilities(words: list[str]) -> list[kplus.Capability] | None:
    return [_CAPABILITIES[word] for word in words if word in _CAPABILITIES] or None


def _container(plain: dict[str, Any], volumes: dict[str, kplus.Volume], **more: Any) -> kplus.ContainerProps:
    asked, limits = plain["resources"]["requests"], plain["resources"]["limits"]
    security = plain["securityContext"]
    capabilities = security["capabilities"]
    return kplus.ContainerProps(
        name=plain["name"],
        image=plain["image"],
        command=plain["command"],
        args=plain.get("args"),
        env_variables={entry["name"]: kplus.EnvValue.from_value(entry["value"]) for entry in plain.get("env", [])},
        resources=kplus.ContainerResources(
            cpu=kplus.CpuResources(request=_cpu(asked["cpu"])) if "cpu" in asked else None,
            memory=kplus.MemoryResources(request=_memory(asked["memory"]), limit=_memory(limits["memory"])),
        ),
        security_context=kplus.ContainerSecurityContextProps(
            user=security.get("runAsUser"),
            ensure_non_root=False,
            read_only_root_filesystem=False,
            allow_privilege_escalation=False,
            capabilities=kplus.ContainerSecutiryContextCapabilities(
                add=_capabilities(capabilities.get("add", [])), drop=_capabilities(capabilities["drop"])
            ),
        ),
        volume_mounts=[
            kplus.VolumeMount(path=mount["mountPath"], volume=volumes[mount["name"]], read_only=mount.get("readOnly"))
            for mount in plain["volumeMounts"]
        ],
        **more,
    )


def new_chart(app: App) -> Chart:
    """The chart of all executors."""
    return Chart(app, "executors", disable_resource_name_hashes=True)


def add_stack(chart: Chart, index: int) -> None:
    """Add one executor with its volume, secrets and ingress."""
    name = stack_name(index)

    def metadata(own_name: str, **more: Any) -> ApiObjectMetadata:
        return ApiObjectMetadata(name=own_name, namespace=NAMESPACE, **more)

    volume = kplus.PersistentVolume(
        chart,
        f"{name}-volume",
        metadata=ApiObjectMetadata(name=f"{name}-data"),
        storage=Size.gibibytes(30),
        access_modes=[_MANY],
        reclaim_policy=kplus.PersistentVolumeReclaimPolicy.RETAIN,
        storage_class_name=HOME.nfs.storage_class,
        volume_mode=kplus.PersistentVolumeMode.FILE_SYSTEM,
        mount_options=list(HOME.nfs.hard_mount_options),
    )
    claim = kplus.PersistentVolumeClaim(
        chart,
        f"{name}-claim",
        metadata=metadata(f"{name}-data"),
        storage=Size.gibibytes(30),
        access_modes=[_MANY],
        storage_class_name=HOME.nfs.storage_class,
        volume=volume,
    )
    external_secrets.ExternalSecret(
        chart,
        f"{name}-secrets",
        metadata=metadata(f"{name}-secrets"),
        spec=external_secrets.ExternalSecretSpec(
            refresh_interval="15m",
            secret_store_ref=external_secrets.ExternalSecretSpecSecretStoreRef(
                name=HOME.secret_store, kind=HOME.secret_store_kind
            ),
            target=external_secrets.ExternalSecretSpecTarget(name=f"{name}-secrets"),
            data=[
                external_secrets.ExternalSecretSpecData(
                    secret_key=key,
                    remote_ref=external_secrets.ExternalSecretSpecDataRemoteRef(key=remote, property=field),
                )
                for key, (remote, field) in SECRETS.items()
            ],
        ),
    )
    instructions = kplus.ConfigMap(
        chart,
        f"{name}-instructions",
        metadata=metadata(f"{name}-claudemd"),
        data={pod.INSTRUCTIONS_KEY: INSTRUCTIONS, pod.CLAUDE_SETTINGS_KEY: pod.CLAUDE_SETTINGS},
    )
    deployment = _deployment(chart, name, claim, instructions, metadata)
    service = kplus.Service(
        chart,
        f"{name}-service",
        metadata=metadata(name, labels={"app": name}),
        type=kplus.ServiceType.CLUSTER_IP,
        selector=deployment,
        ports=[kplus.ServicePort(port=pod.T3_PORT, target_port=pod.T3_PORT)],
    )
    host = f"{name}.{HOME.domain}"
    kplus.Ingress(
        chart,
        f"{name}-ingress",
        metadata=metadata(name, annotations=_annotations(name, host)),
        class_name=HOME.ingress_class,
        rules=[
            kplus.IngressRule(
                host=host,
                path="/",
                path_type=kplus.HttpIngressPathType.IMPLEMENTATION_SPECIFIC,
                backend=kplus.IngressBackend.from_service(service, port=pod.T3_PORT),
            )
        ],
        tls=[
            kplus.IngressTls(
                hosts=[host], secret=kplus.Secret.from_secret_name(chart, f"{name}-tls", HOME.tls_secret_name)
            )
        ],
    )


def _deployment(chart: Chart, name: str, claim: Any, instructions: Any, metadata: Any) -> kplus.Deployment:
    volumes = {
        "data": kplus.Volume.from_persistent_volume_claim(chart, f"{name}-v-data", claim, name="data"),
        "agent-claudemd": kplus.Volume.from_config_map(
            chart, f"{name}-v-instructions", instructions, name="agent-claudemd"
        ),
        "claude-settings": kplus.Volume.from_config_map(
            chart,
            f"{name}-v-settings",
            instructions,
            name="claude-settings",
            items={pod.CLAUDE_SETTINGS_KEY: kplus.PathMapping(path=pod.CLAUDE_SETTINGS_KEY)},
        ),
    }
    fix = _plain(pod.fix_permissions_container("docker.io/library/busybox:1.37", claim_name=name))
    image = "docker.io/library/node:24"
    install = _plain(
        pod.install_container(
            image,
            claim_name=name,
            t3_version=executor.T3_VERSION,
            claude_cli_version="2.0.1",
            npm_registry=None,
            npm_token=None,
            lockfile=None,
        )
    )
    resources = executor.DEFAULT_RESOURCES
    environment = pod.t3_environment(
        git_user_name="issue-implementer (AFK)",
        git_user_email=f"afk-agent@{HOME.domain}",
        git_hosts=HOME.git_hosts,
        token_files=False,
        continue_turns=False,
        self_updates=False,
    ) | pod.default_environment(
        heap=pod.heap(resources), self_updates=False, vendor_telemetry=False, telemetry=None, workload={}
    )
    t3 = _plain(
        pod.t3_container(
            image,
            claim_name=name,
            config_map_name=f"{name}-claudemd",
            secret_name=f"{name}-secrets",
            env=environment,
            resources=resources,
            token_keys=[],
        )
    )
    secret = kplus.Secret.from_secret_name(chart, f"{name}-env", f"{name}-secrets")
    deployment = kplus.Deployment(
        chart,
        f"{name}-deployment",
        metadata=metadata(name, labels={"app": name}, annotations={"keel.sh/policy": "never"}),
        pod_metadata=ApiObjectMetadata(labels={"app": name}),
        replicas=1,
        strategy=kplus.DeploymentStrategy.recreate(),
        select=False,
        termination_grace_period=Duration.seconds(20 + 2 * pod.agents(resources)),
        automount_service_account_token=False,
        security_context=kplus.PodSecurityContextProps(
            user=1000,
            group=1000,
            fs_group=1000,
            fs_group_change_policy=kplus.FsGroupChangePolicy.ON_ROOT_MISMATCH,
            ensure_non_root=False,
        ),
        volumes=list(volumes.values()),
        init_containers=[_container(fix, volumes), _container(install, volumes)],
        containers=[
            _container(
                t3,
                volumes,
                ports=[kplus.ContainerPort(number=pod.T3_PORT)],
                env_from=[kplus.EnvFrom(None, None, secret)],
                startup=_probe(t3["startupProbe"]),
                liveness=_probe(t3["livenessProbe"]),
                readiness=_probe(t3["readinessProbe"]),
                lifecycle=kplus.ContainerLifecycle(
                    pre_stop=kplus.Handler.from_command(t3["lifecycle"]["preStop"]["exec"]["command"])
                ),
            )
        ],
    )
    deployment.select(kplus.LabelSelector.of(labels={"app": name}))
    return deployment


def _plain(container: Container) -> dict[str, Any]:
    return container.rendered(Volumes("files"))


def _probe(plain: dict[str, Any]) -> kplus.Probe:
    return kplus.Probe.from_http_get(
        plain["httpGet"]["path"],
        port=pod.T3_PORT,
        period_seconds=Duration.seconds(plain["periodSeconds"]),
        timeout_seconds=Duration.seconds(plain["timeoutSeconds"]),
        failure_threshold=plain.get("failureThreshold"),
    )


def _annotations(name: str, host: str) -> dict[str, str]:
    chain = middleware_chain(
        platform=HOME,
        namespace=NAMESPACE,
        name=name,
        auth="required",
        service_name=name,
    )
    return ingress_annotations(
        platform=HOME,
        name=name,
        host=host,
        chain=chain,
        auth="required",
        allowed_groups=HOME.default_allowed_groups,
        dns_type="proxied",
        external_monitor=True,
        external_monitor_name=None,
        homepage_enabled=True,
        homepage_group="Other",
        extra_annotations=None,
    )
