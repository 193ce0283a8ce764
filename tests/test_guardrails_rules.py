"""Each rule, over plain manifests: what it finds, and what it lets pass."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from attrs import evolve
from cdk8s import JsonPatch

from t3afk_constructs.guardrails import RULES, check
from t3afk_constructs.guardrails.images import tag
from t3afk_constructs.home import HOME
from t3afk_constructs.platform import Quota, Tier

Manifest = dict[str, Any]


def container(**fields: Any) -> Manifest:
    return {"name": "app", "image": "docker.io/library/app:1.2.3"} | fields


def pod(*containers: Manifest, **fields: Any) -> Manifest:
    return {"containers": list(containers or (container(),))} | fields


def workload(kind: str = "Deployment", name: str = "app", template: Manifest | None = None, **spec: Any) -> Manifest:
    template = template or pod()
    if "spec" not in template:
        template = {"metadata": {"labels": {"app": name}}, "spec": template}
    versions = {"Job": "batch/v1", "CronJob": "batch/v1", "Pod": "v1", "PodTemplate": "v1"}
    manifest = {
        "apiVersion": versions.get(kind, "apps/v1"),
        "kind": kind,
        "metadata": {"name": name, "namespace": "ns"},
    }
    if kind == "Pod":
        return manifest | {"spec": template["spec"]}
    if kind == "PodTemplate":
        return manifest | {"template": template}
    if kind == "CronJob":
        return manifest | {"spec": {"jobTemplate": {"spec": {"template": template, **spec}}}}
    return manifest | {"spec": {"template": template, **spec}}


def namespace(tier: str | None = "4-aux", **labels: str) -> Manifest:
    labels |= {"tier": tier} if tier is not None else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ns", "labels": labels}}


def thing(kind: str, api_version: str = "v1", name: str = "app", **fields: Any) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "ns"}} | fields


def memory(limit: str | None = None, request: str | None = None, **more: Any) -> Manifest:
    resources = {
        **({"limits": {"memory": limit}} if limit else {}),
        **({"requests": {"memory": request}} if request else {}),
    }
    return container(resources=resources, **more)


def found(rule: str, *manifests: Manifest, platform: Any = HOME) -> list[str]:
    return [f"{f.identity}: {f.message}" for f in check(manifests, platform) if f.rule == rule]


def one(rule: str, *manifests: Manifest, platform: Any = HOME) -> str:
    messages = found(rule, *manifests, platform=platform)
    assert len(messages) == 1, messages
    return messages[0]


POD_KINDS = ["Pod", "PodTemplate", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"]


# --- images


@pytest.mark.parametrize("kind", POD_KINDS)
@pytest.mark.parametrize("place", ["containers", "initContainers", "ephemeralContainers"])
def test_an_image_of_an_unknown_registry_is_found_in_every_kind_of_pod(kind: str, place: str) -> None:
    spec = pod() | {place: [container(name="x", image="evil.example.com/app:1")]}
    assert re.search("container 'x'.*no trusted registry", one("trusted-registries", workload(kind, template=spec)))


@pytest.mark.parametrize(
    ("image", "way_out"),
    [
        ("node:24", "write 'docker.io/library/node:24'"),
        ("grafana/grafana:1", "write 'docker.io/grafana/grafana:1'"),
        ("example.com/grafana:1", "take one from a listed registry"),
        ("localhost:5000/x:1", "take one from a listed registry"),
        ("docker.io.example.com/x:1", "take one from a listed registry"),
    ],
)
def test_an_untrusted_image_names_its_way_out(image: str, way_out: str) -> None:
    assert way_out in one("trusted-registries", workload(template=pod(container(image=image))))


@pytest.mark.parametrize("image", ["busybox:1", "alpine/git:1", "library/node:24", "ghcr.io/a/b:1", "docker.io/x:1"])
def test_an_image_that_a_pattern_matches_is_trusted(image: str) -> None:
    assert not found("trusted-registries", workload(template=pod(container(image=image))))


def test_a_platform_without_registries_trusts_all() -> None:
    evil = workload(template=pod(container(image="evil.example.com/app:1")))
    assert not found("trusted-registries", evil, platform=evolve(HOME, image_registries=()))


@pytest.mark.parametrize("image", ["app", "localhost:5000/app", "app:latest", "a.b/c/app:latest"])
def test_an_image_without_a_version_is_found(image: str) -> None:
    assert "as in" in one("image-tag", workload(template=pod(container(image=image))))


@pytest.mark.parametrize("image", ["app:1", "app@sha256:" + "a" * 64, "localhost:5000/app:1", "app:latest@sha256:00"])
def test_an_image_with_a_tag_or_digest_has_a_version(image: str) -> None:
    assert not found("image-tag", workload(template=pod(container(image=image))))


def test_a_digest_is_no_tag_and_a_port_is_none() -> None:
    assert tag("a@sha256:0") is None
    assert tag("h:5000/a") is None
    assert tag("h:5000/a:1@sha256:0") == "1"


EXACT = evolve(HOME, exact_image_pins=True)


@pytest.mark.parametrize("image", ["node:24", "node:24.1", "node:bookworm", "node:24-slim", "node:stable"])
def test_a_floating_tag_is_found_where_the_platform_asks(image: str) -> None:
    floats = workload(template=pod(container(image=image)))
    assert "floats" in one("image-exact", floats, platform=EXACT)
    assert not found("image-exact", floats)


@pytest.mark.parametrize(
    "image", ["node:24.1.0", "n:v1.2.3-alpine", "n:20240131", "n:2024-01-31", "n:0a1b2c3", "n:24@sha256:" + "a" * 64]
)
def test_a_full_version_date_commit_or_digest_is_exact(image: str) -> None:
    assert not found("image-exact", workload(template=pod(container(image=image))), platform=EXACT)


# --- what a pod may do


@pytest.mark.parametrize("kind", POD_KINDS)
def test_a_privileged_container_is_found(kind: str) -> None:
    spec = pod(container(securityContext={"privileged": True}))
    assert "is privileged" in one("no-privileged", workload(kind, template=spec))


@pytest.mark.parametrize("field", ["hostNetwork", "hostPID", "hostIPC"])
@pytest.mark.parametrize("shared", [True, False])
def test_a_shared_namespace_of_the_node_is_found(field: str, shared: bool) -> None:
    messages = found("no-host-namespaces", workload(template=pod(**{field: shared})))
    assert [field in message for message in messages] == [True] * shared


@pytest.mark.parametrize(("capability", "refused"), [("SYS_ADMIN", 1), ("CAP_SYS_ADMIN", 1), ("ALL", 1), ("CHOWN", 0)])
def test_the_capability_sys_admin_is_found(capability: str, refused: int) -> None:
    spec = pod(container(securityContext={"capabilities": {"add": [capability]}}))
    assert len(found("no-sys-admin", workload(template=spec))) == refused


def test_dropping_all_capabilities_is_fine() -> None:
    spec = pod(container(securityContext={"capabilities": {"drop": ["ALL"]}}))
    assert not found("no-sys-admin", workload(template=spec))


# --- resources


def test_a_cpu_limit_of_a_container_or_pod_is_found() -> None:
    limit = {"limits": {"cpu": "1", "memory": "1Gi"}}
    assert "container 'app' limits CPU" in one("no-cpu-limits", workload(template=pod(container(resources=limit))))
    assert "the pod limits CPU" in one("no-cpu-limits", workload(template=pod(resources=limit)))
    assert not found("no-cpu-limits", workload(template=pod(container(resources={"requests": {"cpu": "1"}}))))


@pytest.mark.parametrize(
    ("tier", "most"), [("0-core", 8), ("1-cluster", 8), ("2-gpu", 16), ("3-edge", 8), ("4-aux", 4)]
)
@pytest.mark.parametrize("over", [True, False])
@pytest.mark.parametrize("exempt", [True, False])
def test_each_tier_limits_the_memory_of_one_container(tier: str, most: int, over: bool, exempt: bool) -> None:
    labels = {"resource-governance/custom-limitrange": "true"} if exempt else {}
    used = f"{most * 1024 + over}Mi"
    messages = found("limit-range", namespace(tier, **labels), workload(template=pod(memory(used))))
    assert len(messages) == (over and not exempt)
    for message in messages:
        assert f"limits.memory {used}, and tier {tier} allows {most}Gi" in message


def test_an_exemption_is_the_word_true() -> None:
    labels = {"resource-governance/custom-limitrange": "yes"}
    assert found("limit-range", namespace("4-aux", **labels), workload(template=pod(memory("5Gi"))))


def test_a_request_and_an_init_container_count_as_well() -> None:
    assert "requests.memory 5Gi" in one("limit-range", namespace(), workload(template=pod(memory(None, "5Gi"))))
    greedy = pod(initContainers=[memory("5Gi", name="init")])
    assert "container 'init'" in one("limit-range", namespace(), workload(template=greedy))


def test_a_namespace_that_is_not_rendered_has_no_known_limits() -> None:
    assert not found("limit-range", workload(template=pod(memory("100Gi"))))
    assert not found("resource-quota", workload(template=pod(memory("100Gi")), replicas=100))


def quota_platform(most: str | None = None, **quota: Any) -> Any:
    return evolve(HOME, tiers=(Tier(name="t", max_container_memory=most, quota=Quota(**quota)),))


def test_the_memory_of_all_pods_together_stays_below_the_quota() -> None:
    tier = quota_platform(limits_memory="8Gi")
    two = [workload(name="a", template=pod(memory("3Gi")), replicas=2), workload(name="b", template=pod(memory("2Gi")))]
    assert not found("resource-quota", namespace("t"), *two, platform=tier)
    two.append(workload("Pod", name="c", template=pod(memory("1Mi"))))
    message = one("resource-quota", namespace("t"), *two, platform=tier)
    assert "Namespace 'ns': its pods (Deployment 'a', Deployment 'b', Pod 'c')" in message
    assert "limits.memory 8193Mi, and the quota of tier t is 8Gi" in message
    exempt = namespace("t", **{"resource-governance/custom-quota": "true"})
    assert not found("resource-quota", exempt, *two, platform=tier)


@pytest.mark.parametrize(
    ("template", "demand"),
    [
        (pod(memory("1Gi"), memory("1Gi")), 2),
        (pod(memory("1Gi"), initContainers=[memory("3Gi"), memory("2Gi")]), 3),
        (pod(memory("2Gi"), initContainers=[memory("1Gi", restartPolicy="Always"), memory("1Gi")]), 3),
        (pod(memory("1Gi"), initContainers=[memory("1Gi", restartPolicy="Always"), memory("4Gi")]), 5),
        (pod(memory("1Gi"), initContainers=[memory("4Gi"), memory("1Gi", restartPolicy="Always")]), 4),
    ],
)
def test_init_containers_and_sidecars_count_as_kubernetes_counts_them(template: Manifest, demand: int) -> None:
    for cap, over in ((demand, 0), (demand - 1, 1)):
        platform = quota_platform(limits_memory=f"{cap}Gi")
        assert len(found("resource-quota", namespace("t"), workload(template=template), platform=platform)) == over


@pytest.mark.parametrize("memory_limit", ["5.0001Gi", "+6Gi", "6.Gi", "6000000000000000000n", "6e9", 6000000000])
def test_a_quantity_is_read_in_every_notation_that_the_api_server_takes(memory_limit: Any) -> None:
    made = workload(template=pod(memory(memory_limit)))
    assert found("limit-range", namespace(), made)
    assert found("resource-quota", namespace("t"), made, platform=quota_platform(limits_memory="5Gi"))


@pytest.mark.parametrize(
    ("own", "containers", "requests", "limits"),
    [
        ({"requests": {"memory": "3Gi"}, "limits": {"memory": "4Gi"}}, memory("1Gi"), 3, 4),
        ({"limits": {"memory": "4Gi"}}, memory(None, "1Gi"), 1, 4),
        ({"limits": {"memory": "4Gi"}}, container(), 4, 4),
        ({"requests": {"memory": "3Gi"}, "limits": {"memory": "4Gi"}}, container(), 3, 4),
    ],
)
def test_what_a_pod_asks_for_as_a_whole_counts_instead_of_its_containers(
    own: Manifest, containers: Manifest, requests: int, limits: int
) -> None:
    objects = (namespace("t"), workload(template=pod(containers, resources=own)))
    fits = quota_platform(requests_memory=f"{requests}Gi", limits_memory=f"{limits}Gi")
    assert not found("resource-quota", *objects, platform=fits)
    assert found("resource-quota", *objects, platform=quota_platform(requests_memory=f"{requests * 1024 - 1}Mi"))
    assert found("resource-quota", *objects, platform=quota_platform(limits_memory=f"{limits * 1024 - 1}Mi"))


def test_a_limit_is_also_the_request_where_none_is_given() -> None:
    platform = quota_platform(requests_memory="1Gi")
    assert "requests.memory 2048Mi" in one(
        "resource-quota", namespace("t"), workload(template=pod(memory("2Gi"))), platform=platform
    )
    assert not found("resource-quota", namespace("t"), workload(template=pod(memory("2Gi", "1Gi"))), platform=platform)


def test_a_pod_without_memory_is_refused_by_a_quota_on_it() -> None:
    platform = quota_platform(limits_memory="3Gi")
    assert "container 'app' has no limits.memory" in one(
        "resource-quota", namespace("t"), workload(), platform=platform
    )
    # A LimitRange, the tier's or the namespace's own, may fill it in.
    assert not found("resource-quota", namespace("t"), workload(), platform=quota_platform("2Gi", limits_memory="3Gi"))
    exempt = namespace("t", **{"resource-governance/custom-limitrange": "true"})
    assert not found("resource-quota", exempt, workload(), platform=platform)


@pytest.mark.parametrize(
    ("kind", "spec", "pods"),
    [
        ("Deployment", {}, 1),
        ("Deployment", {"replicas": 0}, 0),
        ("StatefulSet", {"replicas": 3}, 3),
        ("DaemonSet", {}, 1),
        ("Job", {"parallelism": 3}, 3),
        ("Job", {"parallelism": 3, "completions": 2}, 2),
        ("CronJob", {"parallelism": 2}, 2),
        ("Pod", {}, 1),
        ("PodTemplate", {}, 0),
    ],
)
def test_the_pods_of_each_kind_are_counted(kind: str, spec: Manifest, pods: int) -> None:
    for cap in range(1, 4):
        over = found("resource-quota", namespace("t"), workload(kind, **spec), platform=quota_platform(pods=cap))
        assert len(over) == (pods > cap)
        assert all(f"it has {pods} pods (" in message for message in over)


def test_cpu_requests_are_added_up() -> None:
    spec = pod(container(resources={"requests": {"cpu": "700m"}}))
    assert "requests.cpu 2.1, and the quota of tier 4-aux is 2" in one(
        "resource-quota", namespace(), workload(template=spec, replicas=3)
    )


# --- as admitted


@pytest.mark.parametrize("kind", POD_KINDS)
def test_a_pull_policy_is_the_clusters(kind: str) -> None:
    spec = pod(initContainers=[container(name="x", imagePullPolicy="Always")])
    assert "`imagePullPolicy` of container 'x'" in one("as-admitted", workload(kind, template=spec))


@pytest.mark.parametrize("kind", POD_KINDS)
def test_the_patch_that_the_message_names_takes_away_what_admission_sets(kind: str) -> None:
    spec = pod(container(), container(name="x", imagePullPolicy="Always"), priority=1)
    manifest = workload(kind, template={"metadata": {"annotations": {"keel.sh/trigger": "poll"}}, "spec": spec})
    manifest["metadata"]["labels"] = {"tier": "4-aux"}
    messages = found("as-admitted", manifest)
    assert len(messages) == (3 if kind == "Pod" else 4)
    for message in messages:
        (pointer,) = re.findall(r"JsonPatch\.remove\('(.+)'\)", message)
        manifest = JsonPatch.apply(manifest, JsonPatch.remove(pointer))
    assert not found("as-admitted", manifest)


@pytest.mark.parametrize("field", ["dnsConfig", "priorityClassName", "priority"])
def test_fields_of_the_pod_that_admission_sets_are_the_clusters(field: str) -> None:
    assert f"the pod's `{field}`" in one("as-admitted", workload(template=pod(**{field: "x"})))


@pytest.mark.parametrize(
    ("where", "key"),
    [
        ("labels", "tier"),
        ("annotations", "keel.sh/pollSchedule"),
        ("annotations", "keel.sh/trigger"),
        ("annotations", "keel.sh/update-time"),
    ],
)
@pytest.mark.parametrize("of_pod", [True, False])
def test_labels_and_annotations_that_admission_sets_are_the_clusters(where: str, key: str, of_pod: bool) -> None:
    manifest = workload()
    place = manifest["spec"]["template"] if of_pod else manifest
    place["metadata"][where] = {key: "x", "keel.sh/policy": "never"}
    message = one("as-admitted", manifest)
    assert f"{where[:-1]} `{key}`" in message
    assert ("the pod's" in message) == of_pod


# --- namespaces


@pytest.mark.parametrize("tier", [None, "5-none", ""])
def test_a_namespace_needs_a_tier_of_the_platform(tier: str | None) -> None:
    assert "write one of 0-core, 1-cluster, 2-gpu, 3-edge, 4-aux" in one("known-tier", namespace(tier))
    assert not found("known-tier", namespace(tier), platform=evolve(HOME, tiers=()))


@pytest.mark.parametrize("tier", [tier.name for tier in HOME.tiers])
def test_the_tiers_of_the_platform_are_known(tier: str) -> None:
    assert not found("known-tier", namespace(tier))


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [("v1", "Namespace"), ("v1", "PersistentVolume"), ("rbac.authorization.k8s.io/v1", "ClusterRole")],
)
def test_an_object_of_the_cluster_has_no_namespace(api_version: str, kind: str) -> None:
    assert f"a {kind} belongs to the cluster" in one("no-namespace-in-cluster", thing(kind, api_version))
    bare = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}
    assert not found("no-namespace-in-cluster", bare)
    assert not found("namespace-given", bare)


def test_an_object_of_a_namespace_names_it() -> None:
    bare = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    assert "names no namespace" in one("namespace-given", bare)
    assert not found("namespace-given", thing("ConfigMap"))
    assert not found("namespace-given", bare | {"apiVersion": "example.com/v1"})


def test_an_object_that_is_rendered_twice_is_found_whatever_its_version() -> None:
    one_and_the_same = thing("Ingress", "networking.k8s.io/v1"), thing("Ingress", "networking.k8s.io/v1beta1")
    assert "Ingress 'app' in namespace 'ns': it is rendered more than once" in one("unique-objects", *one_and_the_same)
    assert not found("unique-objects", thing("Ingress", "a.example/v1"), thing("Ingress", "b.example/v1"))


# --- one writer


def executor(name: str = "t3", claim: str = "data", **spec: Any) -> Manifest:
    serves = container(command=["bash", "-c", 'exec "$@"', "start"], args=["t3", "serve", "--port", "3773"])
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]
    return workload(
        "Deployment", name, pod(serves, volumes=volumes), **({"strategy": {"type": "Recreate"}, "replicas": 1} | spec)
    )


def volume(name: str, server: str = "nas", path: str = "/data", *, in_tree: bool = False) -> list[Manifest]:
    source = (
        {"nfs": {"server": server, "path": path}}
        if in_tree
        else {"csi": {"driver": "nfs.csi.k8s.io", "volumeAttributes": {"server": server, "share": path}}}
    )
    pv = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": source}
    return [pv, thing("PersistentVolumeClaim", name=name, spec={"volumeName": name})]


def test_one_executor_on_a_volume_of_its_own_is_fine() -> None:
    assert not found("single-writer", executor(), *volume("data"), workload(name="other"))
    assert not found("single-writer", executor(replicas=0), *volume("data"))


def test_an_executor_has_one_replica_at_most() -> None:
    assert "it has 2 replicas" in one("single-writer", executor(replicas=2))


@pytest.mark.parametrize("strategy", [{}, {"type": "RollingUpdate"}])
def test_an_executor_is_recreated(strategy: Manifest) -> None:
    assert "write strategy Recreate" in one("single-writer", executor(strategy=strategy))


@pytest.mark.parametrize("kind", ["DaemonSet", "ReplicaSet", "Job"])
def test_an_executor_is_no_kind_that_runs_many(kind: str) -> None:
    serves = container(command=["/data/bin/t3", "serve"])
    assert f"a {kind} may run two" in one("single-writer", workload(kind, template=pod(serves)))


def test_a_script_that_starts_the_server_makes_an_executor() -> None:
    script = container(command=["bash", "-c", "set -e\nexec t3 serve --mode web"])
    assert "it has 3 replicas" in "".join(found("single-writer", workload(template=pod(script), replicas=3)))
    other = container(command=["bash", "-c", "echo not3 serve; t3 serves"])
    assert not found("single-writer", workload(template=pod(other), replicas=3))


def test_nothing_else_mounts_an_executors_claim() -> None:
    volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]
    backup = workload("CronJob", "backup", pod(volumes=volumes))
    message = one("single-writer", executor(), backup, *volume("data"))
    assert "Deployment 't3' in namespace 'ns': CronJob 'backup' in namespace 'ns' mounts the same volume" in message


@pytest.mark.parametrize("in_tree", [True, False])
def test_nothing_else_mounts_an_executors_export_under_another_name(in_tree: bool) -> None:
    volumes = [*volume("data"), *volume("again", "NAS", "/data/", in_tree=in_tree)]
    messages = found("single-writer", executor("a"), executor("b", "again"), *volumes)
    assert [re.search("Deployment '.' in namespace 'ns' mounts", m) is not None for m in messages] == [True, True]
    assert not found("single-writer", executor("a"), executor("b", "again"), *volume("data"), *volume("again", "nas2"))


def test_an_export_that_a_pod_mounts_without_a_claim_counts() -> None:
    volumes = [{"name": "d", "nfs": {"server": "nas", "path": "/data"}}]
    assert "Pod 'x'" in one("single-writer", executor(), workload("Pod", "x", pod(volumes=volumes)), *volume("data"))


# --- references


def ingress(service: str = "app", **port: Any) -> Manifest:
    backend = {"service": {"name": service, "port": port}}
    rules = [{"http": {"paths": [{"path": "/", "backend": backend}, {"path": "/x", "backend": backend}]}}]
    return thing("Ingress", "networking.k8s.io/v1", spec={"rules": rules})


def service(name: str = "app", selector: Manifest | None = None, **port: Any) -> Manifest:
    return thing("Service", name=name, spec={"selector": selector or {}, "ports": [{"port": 80} | port]})


def test_an_ingress_names_a_port_that_its_service_has() -> None:
    assert "port 81 of the Service 'app', which has 80" in one("ingress-port", ingress(number=81), service())
    assert "port web of the Service" in one("ingress-port", ingress(name="web"), service(name="app"))
    assert not found("ingress-port", ingress(number=80), service())
    assert not found(
        "ingress-port", ingress(name="web"), thing("Service", spec={"ports": [{"port": 1, "name": "web"}]})
    )


def test_a_service_that_is_not_rendered_may_be_another_stacks() -> None:
    assert not found("ingress-port", ingress(number=81))
    assert not found("ingress-service", ingress(number=81))


def test_a_service_that_is_not_among_those_rendered_is_a_warning() -> None:
    assert "(other) none has that name" in one("ingress-service", ingress(number=80), service("other"))


def test_a_selector_that_matches_no_workload_is_found() -> None:
    assert "selector app=other matches none" in one("service-selector", service(selector={"app": "other"}), workload())
    assert not found("service-selector", service(selector={"app": "app"}), workload())
    assert not found("service-selector", service(selector={"app": "other"}))
    assert not found("service-selector", service(), workload())


def test_a_named_target_port_is_a_port_of_the_pods() -> None:
    web = workload(template=pod(container(ports=[{"name": "web", "containerPort": 80}])))
    lost = service(selector={"app": "app"}, targetPort="http")
    assert "targetPort 'http'" in one("service-target-port", lost, web)
    assert not found("service-target-port", service(selector={"app": "app"}, targetPort="web"), web)
    assert not found("service-target-port", service(selector={"app": "app"}, targetPort=99), web)


# --- sizes


@pytest.mark.parametrize(("kind", "key"), [("ConfigMap", "data"), ("Secret", "stringData")])
def test_a_config_map_or_secret_holds_one_mebibyte(kind: str, key: str) -> None:
    full = {"a": "é" * (256 * 1024), "b": "x" * (512 * 1024)}
    assert not found("config-size", thing(kind, **{key: full}))
    assert "holds 1048577 bytes" in one("config-size", thing(kind, **{key: full | {"c": "x"}}))


@pytest.mark.parametrize(("kind", "key"), [("ConfigMap", "binaryData"), ("Secret", "data")])
def test_binary_data_counts_decoded(kind: str, key: str) -> None:
    assert not found("config-size", thing(kind, **{key: {"a": "AAAA" * (1024 * 1024 // 3)}}))
    assert found("config-size", thing(kind, **{key: {"a": "AAAA" * (1024 * 1024 // 3 + 1)}}))


def test_annotations_hold_a_quarter_of_a_mebibyte() -> None:
    manifest = thing("ConfigMap")
    manifest["metadata"]["annotations"] = {"k": "x" * (256 * 1024 - 1)}
    assert not found("annotation-size", manifest)
    manifest["metadata"]["annotations"]["k"] += "x"
    assert "262145 bytes" in one("annotation-size", manifest)


@pytest.mark.parametrize("character", ["\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\ufffe", "\uffff", "\0"])
def test_a_character_that_breaks_the_manifest_is_found(character: str) -> None:
    manifest = thing("ConfigMap", data={"a.txt": f"a{character}b"})
    assert re.search(r"the text at data\.a\.txt has .* which YAML does not carry", one("plain-text", manifest))


def test_other_odd_text_is_let_pass() -> None:
    odd = "tab\t bell\a, escape\x1b, emoji \U0001f600, quotes '\"`, $(X) $$, soft\xadhyphen \xa0, \ufeff, - # : {}\r\n"
    assert not found("plain-text", thing("ConfigMap", data={"a": odd}))


# --- all of them


def test_a_list_is_looked_into() -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [workload(template=pod(hostPID=True))]}
    assert one("no-host-namespaces", listed)


def test_every_rule_is_broken_by_a_test_of_this_file() -> None:
    with open(__file__, encoding="utf-8") as file:  # noqa: PTH123
        text = file.read()
    elsewhere = {"no-secret-values"}  # test_guardrails_secrets.py
    missing = [rule.name for rule in RULES if f'"{rule.name}"' not in text and rule.name not in elsewhere]
    assert not missing


def _mangled(value: Any) -> list[Any]:
    """The value with each of its parts in turn replaced by something of another type."""
    found: list[Any] = [None, 7, "text", [], {}, [None], {"x": None}]
    if isinstance(value, dict):
        for key, entry in value.items():
            found += [value | {key: odd} for odd in _mangled(entry)]
    if isinstance(value, list):
        for index, entry in enumerate(value):
            found += [[*value[:index], odd, *value[index + 1 :]] for odd in _mangled(entry)]
    return found


MANIFESTS = [
    executor(),
    namespace(),
    ingress(number=1),
    service(selector={"app": "t3"}),
    *volume("data"),
    workload("CronJob", template=pod(memory("1Gi"), initContainers=[memory("1Gi")])),
    thing("Secret", data={"a": "b"}),
]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["kind"])
def test_no_rule_trips_over_a_manifest_of_another_shape(manifest: Manifest) -> None:
    mangled = _mangled(copy.deepcopy(manifest))
    assert mangled
    for odd in mangled:
        check([odd, *MANIFESTS], HOME)
