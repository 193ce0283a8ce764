"""What every construct has of its objects, however they are made."""

from collections.abc import Callable
from functools import partial
from typing import Any

import cdk8s
import jsii
import pytest
from attrs import evolve
from cdk8s import ApiObject, App, Chart, IResolver, JsonPatch, ResolutionContext
from constructs import Construct
from manifests import lock_file, new_chart, objects, one

from t3afk_constructs import (
    HOME,
    CollisionError,
    Dns,
    ExternalSecret,
    IngressFactory,
    InputError,
    NfsVolume,
    Sablier,
    T3AfkChart,
    T3Executor,
)

volume = partial(NfsVolume, id="data", name="demo", namespace="apps", nfs_server="10.0.0.1", nfs_path="/srv/demo")
secret = partial(ExternalSecret, id="secret", name="demo", namespace="apps", data=[("KEY", "entry", None)])
executor = partial(
    T3Executor,
    id="executor",
    name="demo",
    namespace="apps",
    claim_name="demo",
    secret_name="demo",
    agent_instructions="Work.",
    t3_version="1.0.0",
    claude_cli_version="1.0.0",
    npm_lockfile=lock_file("1.0.0", "1.0.0"),
)
ingress = partial(
    IngressFactory,
    id="ingress",
    name="demo",
    namespace="apps",
    dns_type="internal",
    external_name="elsewhere.example.com",
    sablier=Sablier(),
    platform=evolve(HOME, dns=Dns(external_dns=True, internal_ipv4="10.0.0.1")),
)


@pytest.mark.parametrize(
    ("make", "handles"),
    [
        (volume, {"persistent_volume": "PersistentVolume", "persistent_volume_claim": "PersistentVolumeClaim"}),
        (secret, {"external_secret": "ExternalSecret"}),
        (
            executor,
            {
                "config_map": "ConfigMap",
                "lockfile_config_map": "ConfigMap",
                "deployment": "Deployment",
                "service": "Service",
            },
        ),
        (ingress, {"ingress": "Ingress", "dns_endpoint": "DNSEndpoint", "external_service": "Service"}),
        (T3AfkChart, {"namespace_object": "Namespace"}),
    ],
)
def test_every_object_is_an_attribute_that_takes_a_patch(make: Callable[[Chart], Any], handles: dict[str, str]) -> None:
    made = make(new_chart())
    for handle, kind in handles.items():
        found = getattr(made, handle)
        assert type(found) is ApiObject
        assert found.node.path == getattr(made, handle).node.path
        found.add_json_patch(JsonPatch.add("/metadata/finalizers", [handle]))
        rendered = one(objects(Chart.of(made)), kind, found.name)
        assert rendered["metadata"]["finalizers"] == [handle]


@pytest.mark.parametrize("make", [volume, secret, executor, ingress])
def test_the_default_child_is_the_one_of_that_id(make: Callable[[Chart], Any]) -> None:
    made = make(new_chart())
    assert ApiObject.of(made).node.path == f"{made.node.path}/Resource"


def test_own_middlewares_are_named_by_what_stands_before_the_ingress_s_name() -> None:
    (middleware,) = ingress(new_chart()).own_middlewares.items()
    assert (middleware[0], middleware[1].kind, middleware[1].name) == ("sablier", "Middleware", "sablier-demo")


def test_what_is_not_rendered_is_none() -> None:
    assert executor(new_chart(), npm_lockfile=None).lockfile_config_map is None
    plain = ingress(new_chart(), dns_type="none", external_name=None, sablier=None)
    assert (plain.dns_endpoint, plain.external_service, plain.own_middlewares) == (None, None, {})


def test_a_patch_reaches_fields_of_a_custom_resource_that_the_library_does_not_know() -> None:
    made = secret(new_chart())
    made.external_secret.add_json_patch(
        JsonPatch.replace("/apiVersion", "external-secrets.io/v2"), JsonPatch.add("/spec/later", {"a": 1})
    )
    (rendered,) = objects(Chart.of(made))
    assert rendered["apiVersion"] == "external-secrets.io/v2"
    assert rendered["spec"]["later"] == {"a": 1}


@pytest.mark.parametrize("text", ['"', "\\", "\\n", "\u00e9\U0001f600", "{}", "${A}\n$(B)\n", "</script>", "'\"'"])
def test_text_that_other_notations_use_arrives_as_written(text: str) -> None:
    chart = new_chart()
    executor(chart, agent_instructions=text)
    assert one(objects(chart), "ConfigMap", "demo-claudemd")["data"] == {"CLAUDE.md": text}


def test_two_objects_of_one_construct_with_one_name_are_refused_and_nothing_is_made() -> None:
    chart = new_chart()
    with pytest.raises(
        CollisionError, match=r"made twice: by 'test/executor/Instructions' and by 'test/executor/Lockfile'"
    ):
        executor(chart, config_map_name="demo-npm-lockfile")
    assert chart.node.children == []
    executor(chart)


def test_objects_collide_below_any_construct_of_one_tree() -> None:
    deployment = executor(new_chart()).deployment
    volume(deployment)
    with pytest.raises(CollisionError, match="by 'test/executor/Resource/data/Resource' and by 'test/executor/Resou"):
        volume(deployment, id="again")
    app = cdk8s.Testing.app()
    secret(Chart(app, "one"))
    with pytest.raises(CollisionError, match="by 'one/secret/Resource' and by 'two/secret/Resource'"):
        secret(Chart(app, "two"))


def test_a_name_that_a_patch_has_changed_is_free_again() -> None:
    chart = new_chart()
    volume(chart).persistent_volume.add_json_patch(JsonPatch.replace("/metadata/name", "other"))
    with pytest.raises(CollisionError, match="PersistentVolumeClaim 'demo'"):
        volume(chart, id="more")
    assert chart.node.try_find_child("more") is None
    volume(chart, id="elsewhere", namespace="elsewhere")


@jsii.implements(IResolver)
class Mirror:
    """What a cluster without access to the outside would have."""

    def resolve(self, context: ResolutionContext) -> None:
        """Take images from elsewhere."""
        if context.key[-1:] == ["image"] and not context.value.startswith("mirror.example.com/"):
            context.replace_value(f"mirror.example.com/{context.value}")


def test_an_app_s_resolvers_see_what_is_rendered_and_patches_come_after_them() -> None:
    chart = Chart(App(resolvers=[Mirror()]), "test")
    images = "/spec/template/spec/initContainers/0/image"
    executor(chart).deployment.add_json_patch(JsonPatch.replace(images, "docker.io/library/busybox:1.36"))
    spec = one(objects(chart), "Deployment", "demo")["spec"]["template"]["spec"]
    assert [container["image"] for container in (*spec["initContainers"], *spec["containers"])] == [
        "docker.io/library/busybox:1.36",
        "mirror.example.com/docker.io/library/node:24",
        "mirror.example.com/docker.io/library/node:24",
    ]


@jsii.implements(IResolver)
class Nothing:
    """Takes storage classes away, and renames everything."""

    def resolve(self, context: ResolutionContext) -> None:
        """Replace what is meant."""
        if context.key == ["spec", "storageClassName"]:
            context.replace_value(None)
        if context.key == ["metadata", "name"] and not context.value.startswith("dev-"):
            context.replace_value(f"dev-{context.value}")


def test_what_a_resolver_takes_away_is_not_rendered_and_a_name_that_it_changes_is_still_taken() -> None:
    chart = Chart(App(resolvers=[Nothing()]), "test")
    volume(chart)
    claim = one(objects(chart), "PersistentVolumeClaim", "dev-demo")
    assert claim["spec"].keys() == {"accessModes", "resources", "volumeName"}
    with pytest.raises(CollisionError, match="PersistentVolume 'demo'"):
        volume(chart, id="more")


@pytest.mark.parametrize("path", ["/spec/nothing/here", "/metadata"])
def test_a_patch_that_breaks_an_object_leaves_its_name_taken(path: str) -> None:
    chart = new_chart()
    volume(chart).persistent_volume.add_json_patch(JsonPatch.remove(path))
    with pytest.raises(CollisionError, match="PersistentVolume 'demo'"):
        volume(chart, id="more")


def test_a_patch_of_what_is_not_there_names_the_object() -> None:
    chart = new_chart()
    volume(chart).persistent_volume.add_json_patch(JsonPatch.remove("/spec/nothing/here"))
    with pytest.raises(RuntimeError, match="Failed serializing construct at path 'test/data/Resource'"):
        objects(chart)


def test_rendering_twice_gives_the_same() -> None:
    chart = new_chart()
    made = executor(chart)
    made.deployment.add_json_patch(JsonPatch.add("/spec/template/spec/containers/-", {"name": "more"}))
    first = objects(chart)
    assert len(one(first, "Deployment", "demo")["spec"]["template"]["spec"]["containers"]) == 2
    assert objects(chart) == first


def test_an_object_that_was_removed_is_free_again() -> None:
    made = volume(new_chart())
    made.node.try_remove_child("Claim")
    made.node.try_remove_child("Resource")
    volume(Chart.of(made), id="again")
    with pytest.raises(RuntimeError, match="No child with id: 'Claim'"):
        _ = made.persistent_volume_claim


@pytest.mark.parametrize("make", [volume, secret, executor, ingress])
def test_outside_of_a_chart_nothing_is_made(make: Callable[..., Any]) -> None:
    app = App()
    with pytest.raises(InputError, match=r"scope <cdk8s.App .* is in no chart; pass a chart"):
        make(app)
    assert app.node.children == []


def test_a_slash_in_an_id_is_two_dashes_in_paths() -> None:
    chart = new_chart()
    assert volume(chart, id="a/b").node.path == "test/a--b"
    with pytest.raises(InputError, match="is the id of another child"):
        volume(chart, id="a--b")
    with pytest.raises(CollisionError, match="by 'test/a--b/Resource' and by 'test/c--d/Resource'"):
        volume(chart, id="c/d")
    with pytest.raises(InputError, match="'test/e--f': storage"):
        volume(chart, id="e/f", storage="x")


@pytest.mark.parametrize("name", ["NoChart", "Collision: ", "IdTaken"])
def test_a_taken_id_is_refused_whoever_made_the_other_child(name: str) -> None:
    chart = Chart(App(), name)
    Construct(chart, "data")
    with pytest.raises(InputError, match=f"NfsVolume '{name}/data': id 'data' is the id of another child"):
        volume(chart)
    below = volume(chart, id="other").persistent_volume
    secret(below)
    with pytest.raises(InputError, match="id 'secret' is the id of another child"):
        secret(below)


def test_a_second_stack_of_one_id_is_refused() -> None:
    app = App()
    T3AfkChart(app)
    with pytest.raises(InputError, match="T3AfkChart 't3-afk': id 't3-afk' is the id of another child"):
        T3AfkChart(app)
