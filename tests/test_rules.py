"""Each rule about workloads, namespaces and sizes, over plain manifests."""

import copy
import re
from typing import Any

import pytest
from attrs import evolve
from cdk8s import JsonPatch
from plain import Manifest, container, found, ingress, is_one, only, pod, service, thing, workload

from t3afk_constructs.home import HOME
from t3afk_constructs.manifests import CONTAINER_LISTS, identity
from t3afk_constructs.platform import Admission, Quota, Tier
from t3afk_constructs.rules.registry import RULES, check

CONTROLLERS = ("ReplicationController", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
POD_KINDS = ("Pod", "PodTemplate", *CONTROLLERS, "Job", "CronJob")
HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")
EXACT = evolve(HOME, exact_image_pins=True)


def namespace(tier: str | None = "4-aux", **labels: str) -> Manifest:
    labels |= {"tier": tier} if tier is not None else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ns", "labels": labels}}


def memory(limit: Any = None, request: Any = None, **more: Any) -> Manifest:
    given = {"limits": limit, "requests": request}
    return container(resources={which: {"memory": value} for which, value in given.items() if value}, **more)


# --- images


@pytest.mark.parametrize("kind", POD_KINDS)
@pytest.mark.parametrize("place", CONTAINER_LISTS)
def test_rules_read_every_container_of_every_kind_of_workload(kind: str, place: str) -> None:
    made = workload(kind, template=pod(**{place: [container(name="x", image="example.com/app:1")]}))
    assert only("trusted-registries", made).startswith(f"{kind} 'app' in namespace 'ns': container 'x': the image")
    assert found("trusted-registries", {"apiVersion": "v1", "kind": "List", "items": [thing("List", items=[made])]})
    assert not found("trusted-registries", made | {"apiVersion": "example.com/v1"})


def test_every_manifest_with_items_is_a_list_and_gives_its_kind_to_its_items() -> None:
    made = workload(template=pod(container(image="example.com/app:1")))
    bare = {key: value for key, value in made.items() if key not in ("apiVersion", "kind")}
    for listed in (
        {"apiVersion": "apps/v1", "kind": "DeploymentList", "items": [bare]},
        {"apiVersion": "v1", "kind": "ConfigMapList", "items": [made]},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "items": [made]},
    ):
        assert only("trusted-registries", listed).startswith("Deployment 'app' in namespace 'ns': container 'app'")
    hidden = thing("Secret", data={"a": "b"})
    assert found("no-secret-values", hidden)
    assert not found("no-secret-values", hidden | {"items": None})  # kubectl applies nothing
    assert found("no-secret-values", hidden | {"items": "text"})


def test_the_rules_of_admission_leave_exempt_namespaces_out() -> None:
    made = workload(template=pod(container(image="x", securityContext={"privileged": True}), hostPID=True))
    for rule in ("trusted-registries", "no-privileged", "no-host-namespaces"):
        assert found(rule, made)
        assert not found(rule, made, platform=evolve(HOME, exempt_namespaces=("ns",)))
    assert found("image-tag", made, platform=evolve(HOME, exempt_namespaces=("ns",)))


@pytest.mark.parametrize(
    ("rule", "images", "message"),
    [
        ("trusted-registries", "node:24", "write 'docker.io/library/node:24'"),
        ("trusted-registries", "grafana/grafana:1", "image_registries; write 'docker.io/grafana/grafana:1'"),
        ("trusted-registries", "example.com/grafana:1 localhost:5000/x:1 docker.io.example.com/x:1", "use a listed"),
        ("trusted-registries", "busybox:1 alpine/git:1 library/node:24 ghcr.io/a/b:1 docker.io/x:1", None),
        ("image-tag", "app localhost:5000/app", "app' has no tag"),
        ("image-tag", "app:latest a.b/c/app:latest", "has the tag 'latest'"),
        ("image-tag", "app:latest", "write a version, as in 'app:1.2.3'"),
        ("image-tag", "app:1 localhost:5000/app:1 app@sha256:00 app:latest@sha256:00", None),
        ("image-exact", "n:24 n:24.1 n:bookworm n:24-slim n:stable n:defaced", "floats"),
        ("image-exact", "n:24.1.0 n:v1.2.3-alpine n:20240131 n:2024-01-31 n:0a1b2c3 n:24@sha256:00 n n:latest", None),
    ],
)
def test_an_image_has_a_registry_and_a_version_that_the_platform_asks_for(
    rule: str, images: str, message: str | None
) -> None:
    for image in images.split():
        made = workload(template=pod(container(image=image)))
        assert is_one(found(rule, made, platform=EXACT), message)
        assert rule == "image-tag" or not found(rule, made, platform=evolve(HOME, image_registries=()))


def test_the_first_image_may_be_the_latest_one_where_the_cluster_moves_it() -> None:
    made = workload(template=pod(container(name="a", image="app:latest"), container(name="b", image="app:latest")))
    moved = {identity(made): ("/spec/template/spec/containers/a/image",)}
    left = [each.message for each in check([made], HOME, initial=moved) if each.rule == "image-tag"]
    assert [message.partition(":")[0] for message in left] == ["container 'b'"]


# --- privileges


def with_security(**context: Any) -> Manifest:
    return pod(container(securityContext=context))


@pytest.mark.parametrize(
    ("rule", "template", "message"),
    [
        ("no-privileged", with_security(privileged=True), "container 'app' is privileged"),
        ("no-privileged", with_security(privileged=False), None),
        *(("no-host-namespaces", pod(**{field: True}), f"sets {field}") for field in HOST_FIELDS),
        ("no-host-namespaces", pod(**dict.fromkeys(HOST_FIELDS, False)), None),
        ("no-sys-admin", with_security(capabilities={"add": ["SYS_ADMIN"]}), "capability SYS_ADMIN"),
        ("no-sys-admin", with_security(capabilities={"add": ["CHOWN", "CAP_SYS_ADMIN"]}), "capability CAP_SYS_ADMIN"),
        ("no-sys-admin", with_security(capabilities={"add": ["all"]}), "capability all"),
        ("no-sys-admin", with_security(capabilities={"add": ["CHOWN"], "drop": ["ALL"]}), None),
        ("no-cpu-limits", pod(container(resources={"limits": {"cpu": "1"}})), "container 'app' limits CPU"),
        ("no-cpu-limits", pod(resources={"limits": {"cpu": "1"}}), "the pod limits CPU"),
        ("no-cpu-limits", pod(container(resources={"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}})), None),
    ],
)
def test_a_pod_has_few_privileges_and_no_cpu_limit(rule: str, template: Manifest, message: str | None) -> None:
    assert is_one(found(rule, workload(template=template)), message)


# --- memory and CPU


@pytest.mark.parametrize(
    ("tier", "most"), [("0-core", 8), ("1-cluster", 8), ("2-gpu", 16), ("3-edge", 8), ("4-aux", 4)]
)
def test_the_tier_limits_the_memory_of_a_container(tier: str, most: int) -> None:
    over, fits = (workload(template=pod(memory(f"{most * 1024 + more}Mi"))) for more in (1, 0))
    message = only("limit-range", namespace(tier), over)
    assert f"has limits.memory {most * 1024 + 1}Mi, but tier {tier} allows {most}Gi for a container" in message
    init = workload(template=pod(initContainers=[memory(None, most * 1024**3 + 1, name="init")]))
    assert "container 'init' has requests.memory" in only("limit-range", namespace(tier), init)
    assert not found("limit-range", namespace(tier), fits)
    assert not found("limit-range", over)  # the Namespace is another stack's
    own_limits = "resource-governance/custom-limitrange"
    assert not found("limit-range", namespace(tier, **{own_limits: "true"}), over)
    assert found("limit-range", namespace(tier, **{own_limits: "yes"}), over)


@pytest.mark.parametrize(
    ("tier", "limit"),
    [("0-core", 256), ("1-cluster", 256), ("2-gpu", 1024), ("3-edge", 256), ("4-aux", 256), (None, 192)],
)
def test_a_request_fits_the_limit_that_the_tier_gives_a_container_without_one(tier: str | None, limit: int) -> None:
    space, fits, over = (
        namespace(tier),
        *(workload(template=pod(memory(request=f"{limit + more}Mi"))) for more in (0, 1)),
    )
    which = f"tier {tier}" if tier else "a Namespace without a tier"
    message = only("limit-range", space, over)
    given = "1Gi" if limit == 1024 else f"{limit}Mi"
    assert f"has requests.memory {limit + 1}Mi and no limits.memory, so {which} gives it the limit {given}" in message
    assert not found("limit-range", space, fits)
    assert not found("limit-range", space, workload(template=pod(memory("2Gi", "2Gi"))))
    assert not found("limit-range", namespace(tier, **{"resource-governance/custom-limitrange": "true"}), over)


def test_a_limit_range_gives_its_maximum_as_the_limit_if_it_names_no_other() -> None:
    platform = evolve(HOME, tiers=(Tier(name="t", max_container_memory="2Gi", quota=Quota(limits_memory="3Gi")),))
    assert not found("resource-quota", namespace("t"), workload(), platform=platform)
    message = only("resource-quota", namespace("t"), workload(replicas=2), platform=platform)
    assert "need limits.memory 4096Mi" in message


@pytest.mark.parametrize(
    ("tier", "pods", "cpu", "asked", "limit"),
    [
        ("0-core", 100, 80, 32, 256),
        ("1-cluster", 30, 40, 16, 128),
        ("2-gpu", 40, 40, 12, 32),
        ("3-edge", 30, 80, 32, 128),
        ("4-aux", 20, 40, 48, 64),
    ],
)
def test_each_tier_has_a_quota_that_counts_what_its_limit_range_gives(
    tier: str, pods: int, cpu: int, asked: int, limit: int
) -> None:
    parts = {"it has": pods, "requests.cpu": cpu, "requests.memory": asked, "limits.memory": limit}
    for part, most in parts.items():
        fits, over = (found("resource-quota", namespace(tier), workload(replicas=most + more)) for more in (0, 1))
        assert not any(part in message for message in fits)
        assert any(part in message for message in over)


def with_resources(*containers: Manifest, **own: Any) -> Manifest:
    return pod(*containers, **({"resources": own} if own else {}))


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (pod(memory("1Gi", "1Gi")), None),
        (pod(memory("1Gi", "1025Mi")), "container 'app' requests more memory than its limit"),
        (pod(initContainers=[memory("1Gi", "2Gi", name="init")]), "container 'init' requests more memory"),
        (pod(container(resources={"limits": {"cpu": "1"}, "requests": {"cpu": "1001m"}})), "requests more cpu"),
        (with_resources(memory("1Gi"), limits={"memory": "1Gi"}), None),
        (
            with_resources(memory("2Gi", "1Gi"), limits={"memory": "1Gi"}),
            "container 'app' has a higher limit of memory than",
        ),
        (
            with_resources(memory(None, "2Gi"), requests={"memory": "1Gi"}),
            "its containers together request more memory",
        ),
        (
            with_resources(memory(None, "1Gi"), requests={"memory": "2Gi"}, limits={"memory": "1Gi"}),
            "the pod requests more memory than its limit",
        ),
        (
            pod(initContainers=[memory("2Gi", name="init")], resources={"limits": {"memory": "1Gi"}}),
            "the pod requests more memory than its limit",
        ),
    ],
)
def test_a_request_fits_its_limit_and_the_pod(template: Manifest, message: str | None) -> None:
    assert is_one(found("request-within-limit", workload(template=template), platform=None), message)


def over_quota(*objects: Manifest, most: str | None = None, labels: Any = None, **quota: Any) -> list[str]:
    """The findings in a namespace whose tier has this quota."""
    platform = evolve(HOME, tiers=(Tier(name="t", max_container_memory=most, quota=Quota(**quota)),))
    return found("resource-quota", namespace("t", **labels or {}), *objects, platform=platform)


def test_the_quota_counts_memory_and_cpu_of_all_pods() -> None:
    pods = [
        workload(name="a", template=pod(memory("3Gi")), replicas=2),
        workload(name="b", template=pod(memory("2Gi"))),
    ]
    assert not over_quota(*pods, limits_memory="8Gi")
    pods.append(workload("Pod", "c", pod(memory("1Mi"))))
    (message,) = over_quota(*pods, limits_memory="8Gi")
    assert "Namespace 'ns': its pods (Deployment 'a', Deployment 'b', Pod 'c')" in message
    assert "need limits.memory 8193Mi, but the quota of tier t is 8Gi" in message
    assert not over_quota(*pods, limits_memory="8Gi", labels={"resource-governance/custom-quota": "true"})
    pods = [workload(template=pod(container(resources={"requests": {"cpu": "700m"}})), replicas=3)]
    assert "requests.cpu 2.1, but the quota of tier 4-aux is 2" in only("resource-quota", namespace(), *pods)


GIVEN = {"requests": {"memory": "3Gi"}, "limits": {"memory": "4Gi"}}


@pytest.mark.parametrize(
    ("template", "requests", "limits"),
    [
        (pod(memory("2Gi")), 2, 2),  # the limit is the default request
        (pod(memory("2Gi", "1Gi"), memory("1Gi")), 2, 3),
        (pod(memory("1Gi"), initContainers=[memory("3Gi"), memory("2Gi")]), 3, 3),
        (pod(memory("2Gi"), initContainers=[memory("1Gi", restartPolicy="Always"), memory("1Gi")]), 3, 3),
        (pod(memory("1Gi"), initContainers=[memory("1Gi", restartPolicy="Always"), memory("4Gi")]), 5, 5),
        (pod(memory("1Gi"), initContainers=[memory("4Gi"), memory("1Gi", restartPolicy="Always")]), 4, 4),
        (pod(memory("1Gi"), resources=GIVEN), 3, 4),
        (pod(memory(None, "1Gi"), resources={"limits": {"memory": "4Gi"}}), 1, 4),
        (pod(container(), resources={"limits": {"memory": "4Gi"}}), 4, 4),
    ],
)
def test_the_quota_counts_a_pod_as_kubernetes_does(template: Manifest, requests: int, limits: int) -> None:
    made = workload(template=template)
    assert not over_quota(made, requests_memory=f"{requests}Gi", limits_memory=f"{limits}Gi")
    assert over_quota(made, requests_memory=f"{requests * 1024 - 1}Mi")
    assert over_quota(made, limits_memory=f"{limits * 1024 - 1}Mi")


def test_a_quota_on_memory_refuses_a_container_without_any() -> None:
    (message,) = over_quota(workload(), limits_memory="3Gi")
    assert "container 'app' has no limits.memory, so the namespace's quota refuses the pod" in message
    (message,) = over_quota(workload(), requests_memory="3Gi")
    assert "has no requests.memory" in message
    (message,) = over_quota(workload(), requests_cpu="3")
    assert "has no requests.cpu" in message
    assert not over_quota(workload(template=with_resources(limits={"memory": "1Gi"})), requests_memory="3Gi")
    # A LimitRange, of the tier or of the namespace, may have a default.
    assert not over_quota(workload(), limits_memory="3Gi", most="2Gi")
    assert not over_quota(workload(), limits_memory="3Gi", labels={"resource-governance/custom-limitrange": "true"})


@pytest.mark.parametrize(
    ("kind", "spec", "pods"),
    [
        ("Deployment", {"replicas": 0}, 0),
        ("StatefulSet", {"replicas": 3}, 3),
        ("DaemonSet", {}, 1),
        ("Job", {"parallelism": 3}, 3),
        ("Job", {"parallelism": 3, "completions": 2}, 2),
        ("CronJob", {"parallelism": 2}, 2),
        ("PodTemplate", {}, 0),
    ],
)
def test_the_quota_counts_the_pods_of_each_kind(kind: str, spec: Manifest, pods: int) -> None:
    for most in range(1, 5):
        messages = over_quota(workload(kind, **spec), workload("Pod", "one-more"), pods=most)
        assert is_one(messages, f"it has {pods + 1} pods (" if pods + 1 > most else None)


# --- fields of admission


@pytest.mark.parametrize("kind", POD_KINDS)
def test_a_field_that_admission_sets_is_an_error_until_the_patch_in_the_message_removes_it(kind: str) -> None:
    keel = dict.fromkeys(("keel.sh/pollSchedule", "keel.sh/trigger", "keel.sh/update-time"), "x")
    metadata = {"name": "app", "labels": {"tier": "x"}, "annotations": {"keel.sh/policy": "never"} | keel}
    init = [container(name="x"), container(name="init", imagePullPolicy="Always")]
    template = pod(initContainers=init, dnsConfig={}, priorityClassName="x", priority=1)
    made = workload(kind, template=template | {"metadata": metadata}) | {"metadata": metadata}
    messages = found("as-admitted", made)
    fields = ["`imagePullPolicy` of container 'init'"]
    fields += [f"the pod's `{field}`" for field in ("dnsConfig", "priorityClassName", "priority")]
    for whose in ("the pod's",) if kind == "Pod" else ("the", "the pod's"):
        fields += [f"{whose} label `tier`", *(f"{whose} annotation `{name}`" for name in keel)]
    for field, message in zip(fields, messages, strict=True):
        assert f"it sets {field}, but an admission controller sets that" in message
        (pointer,) = re.findall(r"remove it with JsonPatch\.remove\('(.+)'\)$", message)
        made = JsonPatch.apply(made, JsonPatch.remove(pointer))
    assert not found("as-admitted", made)


def with_metadata(template: Manifest, **metadata: Manifest) -> Manifest:
    return template | {"metadata": {"labels": {"app": "app"}} | metadata}


NDOTS = {"name": "ndots", "value": "2"}
GPU = {"requests": {"nvidia.com/gpu": 1}}
KEEL = {"keel.sh/pollSchedule": "@every 1h", "keel.sh/trigger": "poll"}


@pytest.mark.parametrize(
    ("template", "severity"),
    [
        (pod(container(imagePullPolicy="IfNotPresent")), None),
        (pod(container(imagePullPolicy="Always")), "error"),
        (pod(container(image="app:latest", imagePullPolicy="Always")), None),
        (pod(container(image="app", imagePullPolicy="Always")), None),
        (pod(container(image="app", imagePullPolicy="IfNotPresent")), "error"),
        (pod(container(image="app@sha256:00", imagePullPolicy="IfNotPresent")), None),
        (pod(initContainers=[container(imagePullPolicy="IfNotPresent")]), None),
        (pod(initContainers=[container(imagePullPolicy="Always")]), "warning"),  # the policy reads `containers` alone
        (pod(dnsConfig={"options": [NDOTS]}), None),
        (pod(dnsConfig={"options": [{"name": "edns0"}, NDOTS], "searches": ["a.example"]}), None),
        (pod(dnsConfig={"options": [NDOTS | {"value": "5"}]}), "warning"),
        (pod(dnsConfig={"options": [{"name": "edns0"}]}), "error"),
        (pod(dnsConfig={"nameservers": ["10.0.0.1"]}), "warning"),
        (pod(priorityClassName="tier-4-aux"), None),
        (pod(priorityClassName="tier-0-core"), "warning"),
        (pod(priority=200000), "error"),
        (pod(container(resources=GPU), priorityClassName="gpu-workload"), None),
        (pod(container(resources=GPU), priorityClassName="tier-4-aux"), "error"),
        (with_metadata(pod(), labels={"tier": "4-aux"}), None),
        (with_metadata(pod(), labels={"tier": "3-edge"}), "warning"),
        (with_metadata(pod(), annotations=KEEL), None),
        (with_metadata(pod(), annotations=KEEL | {"keel.sh/trigger": "x"}), "warning"),
        (with_metadata(pod(), annotations={"keel.sh/update-time": "x"}), "error"),
        (with_metadata(pod(), annotations={"keel.sh/match-tag": "true"}), "error"),
    ],
)
def test_the_value_of_admission_is_none_and_another_one_is_an_error_if_admission_overwrites_it(
    template: Manifest, severity: str | None
) -> None:
    (rule,) = [each for each in RULES if each.name == "as-admitted"]
    made = workload(template=template)
    findings = check([namespace("4-aux"), made], HOME, [rule])
    assert [each.severity for each in findings] == ([severity] if severity else [])
    assert not check([made], evolve(HOME, admission=Admission()), [rule])


def test_in_a_namespace_of_another_stack_a_pod_may_have_the_class_of_any_tier() -> None:
    for fits in ("tier-0-core", "tier-4-aux"):
        assert not found("as-admitted", workload(template=pod(priorityClassName=fits)))
    assert "'tier-3-edge' or 'tier-4-aux'" in only("as-admitted", workload(template=pod(priorityClassName="x")))
    free = pod(priorityClassName="x") | {"metadata": {"labels": {"tier": "x"}}}
    assert not found("as-admitted", namespace(None), workload(template=free))  # admission writes nothing there


# --- namespaces


@pytest.mark.parametrize(
    ("tier", "cause"), [(None, "has no label `tier`"), ("5-none", "unknown tier '5-none'"), ("", "''")]
)
def test_a_namespace_needs_a_tier_of_the_platform(tier: str | None, cause: str) -> None:
    message = only("known-tier", namespace(tier))
    assert cause in message
    assert "set it to one of 0-core, 1-cluster, 2-gpu, 3-edge, 4-aux" in message
    assert not found("known-tier", namespace(tier), platform=evolve(HOME, tiers=()))
    assert not found("known-tier", namespace("0-core"))


@pytest.mark.parametrize(
    ("api_version", "kind", "in_namespace"),
    [
        ("v1", "Namespace", False),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", False),
        ("traefik.io/v1alpha1", "Middleware", True),
        ("example.com/v1", "ConfigMap", None),
    ],
)
def test_namespaced_objects_have_a_namespace_and_cluster_scoped_ones_have_none(
    api_version: str, kind: str, in_namespace: bool | None
) -> None:
    with_namespace = thing(kind, api_version)
    without = with_namespace | {"metadata": {"name": "app"}}
    refused, missing = found("no-namespace-in-cluster", with_namespace), found("namespace-given", without)
    assert is_one(refused, f"a {kind} is cluster-scoped" if in_namespace is False else None)
    assert is_one(missing, "it has no namespace" if in_namespace else None)
    assert not found("no-namespace-in-cluster", without)
    assert not found("namespace-given", with_namespace)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (thing("Ingress", "networking.k8s.io/v1beta1"), True),
        (thing("Ingress", "networking.k8s.io/v1", "other"), False),
        (thing("Ingress", "networking.k8s.io/v1") | {"metadata": {"name": "app", "namespace": "other"}}, False),
        (thing("Ingress", "example.com/v1"), False),
        (thing("NetworkPolicy", "networking.k8s.io/v1"), False),
    ],
)
def test_the_app_renders_one_object_of_a_name_namespace_group_and_kind(other: Manifest, same: bool) -> None:
    messages = found("unique-objects", thing("Ingress", "networking.k8s.io/v1"), thing("Secret"), other)
    assert is_one(messages, "Ingress 'app' in namespace 'ns': the app renders it more than once" if same else None)


# --- single writer


def executor(**spec: Any) -> Manifest:
    serves = container(command=["bash", "-c", 'exec "$@"', "start"], args=["t3", "serve", "--port", "3773"])
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    return workload(template=pod(serves, volumes=volumes), name="t3", **{"strategy": {"type": "Recreate"}} | spec)


def volume(name: str, server: str = "nas", path: str = "/data", *, in_tree: bool = False) -> list[Manifest]:
    csi = {"driver": "nfs.csi.k8s.io", "volumeAttributes": {"server": server, "share": path}}
    source = {"nfs": {"server": server, "path": path}} if in_tree else {"csi": csi}
    made = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": source}
    return [made, thing("PersistentVolumeClaim", name=name, spec={"volumeName": name})]


def running(kind: str, command: str, **spec: Any) -> Manifest:
    return workload(kind, template=pod(container(command=["sh", "-c", command])), **spec)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (executor(), None),
        (executor(replicas=0), None),
        (executor(replicas=2), "it has 2 replicas"),
        (executor(strategy={"type": "RollingUpdate"}), "use strategy Recreate"),
        (running("DaemonSet", "/data/bin/t3 serve"), "a DaemonSet may run two T3s"),
        (running("Job", "a\nt3  serve;"), "a Job may run two T3s"),
        (running("StatefulSet", "exec t3 serve --x", replicas=3), "it has 3 replicas"),
        (running("StatefulSet", "echo not3 serve 1; t3 serves", replicas=3), None),
    ],
)
def test_an_executor_must_have_one_pod_at_a_time(made: Manifest, message: str | None) -> None:
    assert is_one(found("single-writer", made, *volume("data"), workload(name="other")), message)


@pytest.mark.parametrize("claim", ["data", "csi", "nfs", "other", None])
def test_no_other_pod_mounts_the_volume_of_an_executor(claim: str | None) -> None:
    volumes = [*volume("data"), *volume("csi", "NAS", "/data/"), *volume("nfs", "NAS", "/data/", in_tree=True)]
    mount = {"persistentVolumeClaim": {"claimName": claim}} if claim else {"nfs": {"server": "nas", "path": "/data"}}
    backup = workload("CronJob", "backup", pod(volumes=[{"name": "d"} | mount]))
    messages = found("single-writer", executor(), backup, *volumes, *volume("other", "nas2"))
    part = "Deployment 't3' in namespace 'ns': CronJob 'backup' in namespace 'ns' mounts the same volume"
    assert is_one(messages, None if claim == "other" else part)


# --- sizes and text


MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("kind", "plain", "encoded"), [("ConfigMap", "data", "binaryData"), ("Secret", "stringData", "data")]
)
def test_a_config_map_or_secret_has_one_mebibyte_at_most_and_base64_counts_decoded(
    kind: str, plain: str, encoded: str
) -> None:
    full = {plain: {"a": "é" * (MEBIBYTE // 4)}, encoded: {"b": "AAAA" * (MEBIBYTE // 6)}}
    left = MEBIBYTE // 2 - MEBIBYTE // 6 * 3
    assert not found("config-size", thing(kind, **full | {plain: full[plain] | {"c": "x" * left}}))
    over = thing(kind, **full | {plain: full[plain] | {"c": "x" * (left + 1)}})
    assert f"it has 1048577 bytes, but a {kind} holds 1048576" in only("config-size", over)


def test_annotations_have_256_kibibytes_at_most() -> None:
    made = thing("ConfigMap")
    made["metadata"]["annotations"] = {"k": "x" * (MEBIBYTE // 4 - 1)}
    assert not found("annotation-size", made)
    made["metadata"]["annotations"]["k"] += "x"
    assert "262145 bytes" in only("annotation-size", made)


def test_text_that_kubectl_misreads_from_cdk8s_is_an_error() -> None:
    odd = "tab\t bell\a, escape\x1b, emoji \U0001f600, quotes '\"`, $(X) $$, soft\xadhyphen \xa0, \ufeff, - # : {}\r\n"
    made = thing("ConfigMap", data={"a.txt": "0B11", "b": odd})
    assert re.search(r"the text at data\.a\.txt is not what kubectl reads, .* call synth", only("misread-text", made))


@pytest.mark.parametrize("character", ["\x7f", "\x80", "\x85", "\x9f", "\ufffe", "\uffff"])
def test_a_character_that_a_server_side_apply_refuses_or_changes_is_an_error(character: str) -> None:
    made = thing("ConfigMap", data={"a.txt": f"a{character}b", "b": "\x1b\0\u2028\ufeff"})
    message = f"the text at data.a.txt contains U+{ord(character):04X}, which a server-side apply refuses or changes"
    assert message in found("plain-text", made)[0]


def test_half_of_a_surrogate_pair_is_an_error() -> None:
    made = thing("ConfigMap", data={"a": "\U0001f600", "\udfff": "b"})
    assert "the text at data.(key) contains half of a surrogate pair" in only("plain-text", made)


# --- manifests of any shape


def _mangled(value: Any) -> list[Any]:
    """The value with each of its parts in turn replaced by a value of another type."""
    made: list[Any] = [None, 7, "text", [], {}, [None], {"x": None}]
    if isinstance(value, dict):
        for key, entry in value.items():
            made += [value | {key: odd} for odd in _mangled(entry)]
    if isinstance(value, list):
        for index, entry in enumerate(value):
            made += [[*value[:index], odd, *value[index + 1 :]] for odd in _mangled(entry)]
    return made


MANIFESTS = [
    executor(),
    namespace(),
    ingress(annotations={"traefik.ingress.kubernetes.io/router.middlewares": "ns-sablier@kubernetescrd"}),
    service(selector={"app": "t3"}),
    thing("Middleware", "traefik.io/v1alpha1", "sablier", spec={"plugin": {"sablier": {"group": "t3"}}}),
    *volume("data"),
    workload("CronJob", template=pod(memory("1Gi"), initContainers=[memory("1Gi")])),
    thing("Secret", data={"a": "b"}),
]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["kind"])
def test_rules_accept_a_manifest_of_any_shape(manifest: Manifest) -> None:
    for odd in _mangled(copy.deepcopy(manifest)):
        check([odd, *MANIFESTS], HOME)
    check(MANIFESTS, None)
