"""The rules about fields, list entries, selectors and mounts: what the API server refuses."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from plain import Manifest, container, found, is_one, only, pod, service, thing, workload

from t3afk_constructs.rules import schema

ROOT = Path(__file__).parent.parent
TABLE = Path(schema.__file__).with_name("fields.json").read_text(encoding="utf-8")


def test_the_table_of_fields_is_that_of_the_schemas() -> None:
    assert runpy.run_path(str(ROOT / "tools" / "generate_fields.py"))["generated"]() == TABLE, "run `make fields`"


def test_every_type_of_the_table_can_be_read() -> None:
    types = json.loads(TABLE)["types"]
    for name in types:
        for field in schema.fields_of(name).values():
            inner = field
            while inner.entry:
                inner = inner.entry
            assert inner.plain or inner.kind == "any" or inner.name in types


def deployment(**fields: Any) -> Manifest:
    return workload(template=pod(container(**fields)), selector={"matchLabels": {"app": "app"}})


C = "spec.template.spec.containers[0]"


@pytest.mark.parametrize(
    ("fields", "place", "way_out"),
    [
        ({"livenesProbe": {}}, f"{C}.livenesProbe", "write `livenessProbe`"),
        ({"enviroment": []}, f"{C}.enviroment", "write `env`"),
        ({"Image": "x"}, f"{C}.Image", "write `image`"),
        ({"env": [{"name": "A", "valu": "b"}]}, f"{C}.env[0].valu", "write `value`"),
        ({"volumes": []}, f"{C}.volumes", "it belongs beside `containers`"),
        ({"replicas": 1}, f"{C}.replicas", "it belongs beside `template`"),
        ({"mountPath": "/a"}, f"{C}.mountPath", "it belongs into `volumeMounts`"),
        ({"quux": None}, f"{C}.quux", "remove it"),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest_one(fields: Manifest, place: str, way_out: str) -> None:
    assert only("known-fields", deployment(**fields)).endswith(
        f"the field {place} is unknown to the API server; {way_out}"
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"env": [{"name": "A", "value": 1}]}, "is 1, but the API server takes a text; write the text '1'"),
        ({"env": {"A": "b"}}, "is a mapping, but the API server takes a list; write a list"),
        ({"args": "run"}, 'is "run", but the API server takes a list; write ["run"]'),
        ({"tty": "true"}, 'is "true", but the API server takes true or false'),
        ({"ports": [{"containerPort": "80"}]}, "takes a whole number; write a whole number"),
        ({"ports": [{"containerPort": 80.5}]}, "is 80.5, but the API server takes a whole number"),
        ({"ports": [{"containerPort": True}]}, "is true, but the API server takes a whole number"),
        ({"resources": {"limits": {"memory": []}}}, "is a list, but the API server takes a quantity"),
        (
            {"resources": {"limits": {"memory": "512MB"}}},
            'is "512MB", but the API server takes a quantity such as 512Mi',
        ),
        ({"readinessProbe": {"httpGet": {"port": 80.5}}}, "takes a whole number or a text"),
        ({"readinessProbe": "x" * 99}, "is a text, but the API server takes a mapping"),
        ({"ports": [{"containerPort": "${PORT}"}], "resources": {"limits": {"memory": "${MEMORY:=1Gi}"}}}, None),
        ({"ports": [{"containerPort": 80.0}], "env": [{"name": "A", "value": None}], "resources": None}, None),
        ({"readinessProbe": {"httpGet": {"port": 80.0}}, "resources": {"limits": {"cpu": 1.5, "memory": "1Gi"}}}, None),
    ],
)
def test_a_value_has_the_type_of_its_field(fields: Manifest, message: str | None) -> None:
    assert is_one(found("known-fields", deployment(**fields)), message)


def test_the_metadata_of_every_object_have_known_fields_and_text() -> None:
    for made in (thing("Middleware", "traefik.io/v1alpha1"), thing("ConfigMap"), deployment()):
        made["metadata"] = made["metadata"] | {"annotations": {"a": True}, "lables": {}}
        first, second = found("known-fields", made)
        assert first.endswith("metadata.annotations.a is true, but the API server takes a text; write the text 'true'")
        assert second.endswith("metadata.lables is unknown to the API server; write `labels`")
    assert not found("known-fields", thing("Middleware", "traefik.io/v1alpha1", spec={"lables": 1}))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (deployment(env=[{"name": "A"}, {"name": "B"}, {"name": "A"}]), f"{C}.env has two entries with name A"),
        (deployment(ports=[{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}]), "protocol TCP"),
        (deployment(ports=[{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]), None),
        (deployment(ports=[{"containerPort": n, "name": "a"} for n in (1, 2)]), "two ports with the name 'a'"),
        (deployment(volumeMounts=[{"name": "a", "mountPath": "/a"}] * 2), "two entries with mountPath /a"),
        (deployment(volumeMounts=[{"name": "a", "mountPath": f"/{each}"} for each in "ab"]), None),
        (workload(template=pod(container(), container())), "two entries with name app"),
        (workload(template=pod(initContainers=[container()])), "an init container and a container have the name 'app'"),
        (workload(template=pod(volumes=[{"name": "v"}] * 2)), "volumes has two entries with name v"),
        (workload(template=pod(container(ports=[{"containerPort": 1}]), container(name="b", ports=[{}]))), None),
        (service(protocol="TCP", name="a"), None),
        (thing("Service", spec={"ports": [{"port": 80}, {"port": 81, "name": "b"}]}), "port 80 has no name"),
        (thing("Service", spec={"ports": [{"port": n, "name": "b"} for n in (1, 2)]}), "two ports have the name 'b'"),
        (thing("Pod", spec={}) | {"metadata": {"name": "a", "finalizers": ["a/b", "a/b"]}}, "two entries with a/b"),
    ],
)
def test_the_entries_of_a_list_differ_in_their_keys(made: Manifest, message: str | None) -> None:
    assert is_one(found("unique-entries", made), message)


# --- selectors


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ({"matchLabels": {"app": "app"}}, None),
        ({"matchLabels": {"app": "other"}}, "its selector app=other does not match its pods, which have app=app"),
        ({"matchLabels": {"app": "app", "x": "y"}}, "its selector x=y does not match"),
        ({}, "it has no selector"),
        (None, "it has no selector, which a"),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["b", "app"]}]}, None),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["b", "c"]}]}, "app In (b, c)"),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["app"]}]}, "app NotIn (app)"),
        ({"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["app"]}]}, None),
        ({"matchExpressions": [{"key": "x", "operator": "Exists"}]}, "x Exists"),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, "app DoesNotExist"),
    ],
)
def test_a_workload_selects_its_own_pods(kind: str, selector: Manifest | None, message: str | None) -> None:
    assert is_one(found("workload-selector", workload(kind, selector=selector)), message)


def test_other_kinds_need_no_selector() -> None:
    for kind in ("Pod", "PodTemplate", "Job", "CronJob", "ReplicationController"):
        assert not found("workload-selector", workload(kind))
    controller = workload("ReplicationController", selector={"app": "b"})
    assert "its selector app=b does not match" in only("workload-selector", controller)
    assert "no labels" in only("workload-selector", thing("Deployment", "apps/v1", spec={"template": pod()} | SELECTS))


SELECTS = {"selector": {"matchLabels": {"app": "app"}}}


# --- mounts


def mounting(*names: str, volumes: tuple[str, ...] = (), kind: str = "Deployment", **spec: Any) -> Manifest:
    mounts = [{"name": name, "mountPath": f"/{name}"} for name in names]
    template = pod(container(volumeMounts=mounts), volumes=[{"name": name, "emptyDir": {}} for name in volumes])
    return workload(kind, template=template, **spec)


CLAIMS = {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}


@pytest.mark.parametrize(
    ("made", "missing", "unused"),
    [
        (mounting("data", volumes=("data",)), None, None),
        (
            mounting("dat", volumes=("data",)),
            "mounts at /dat the volume 'dat', which its pod lacks; write 'data'",
            "'data'",
        ),
        (mounting("x", volumes=("data",)), "name one of data, or add it to `volumes`", "remove it from `volumes`"),
        (mounting("data"), "which its pod lacks; add it to `volumes`", None),
        (mounting("data", kind="StatefulSet", **CLAIMS), None, None),
        (mounting(kind="StatefulSet", **CLAIMS), None, "remove it from `volumeClaimTemplates`"),
        (mounting("data", kind="CronJob"), "lacks; add it", None),
        (
            workload(
                template=pod(
                    container(),
                    initContainers=[container(name="i", volumeDevices=[{"name": "disk", "devicePath": "/dev/x"}])],
                    volumes=[{"name": "disk"}],
                )
            ),
            None,
            None,
        ),
    ],
)
def test_containers_mount_the_volumes_of_their_pod(made: Manifest, missing: str | None, unused: str | None) -> None:
    assert is_one(found("mounted-volumes", made), missing)
    assert is_one(found("unused-volumes", made), unused)
