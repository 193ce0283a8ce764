"""`Manifest`: an object of Kubernetes as it is written."""

from typing import Any

import jsii
import pytest
from cdk8s import ApiObject, App, Chart, IResolver, JsonPatch, ResolutionContext
from constructs import Construct
from manifests import new_chart, objects

from t3afk_constructs import InputError, Manifest


def made(scope: Construct, manifest: dict[str, Any] | None = None, id: str = "object", **fields: Any) -> Manifest:  # noqa: A002
    return Manifest(scope, id, {"apiVersion": "v1", "kind": "ConfigMap"} | (manifest or {}) | fields)


def rendered(chart: Chart) -> dict[str, Any]:
    (found,) = objects(chart)
    return found


UNUSUAL = ['"', "\\n", "\u00e9\U0001f600", "${A}\n$(B)\n", "</script>", "'\"'", "null", "0x1F", "on", "- a", "# a"]


def test_every_field_and_unusual_text_arrive_as_written() -> None:
    chart = new_chart()
    given = {"kind": "Hook", "metadata": {"name": "a", "annotations": {"b": "c"}}, "immutable": True}
    given |= {"apiVersion": "example.com/v1", "webhooks": [{"rules": []}]}
    given["data"] = {text: f"key {text}" for text in UNUSUAL}
    before = repr(given)
    made(chart, given)
    assert repr(given) == before
    metadata = given["metadata"] | {"namespace": "apps"}
    assert rendered(chart) == given | {"metadata": metadata}


def test_a_manifest_is_an_api_object() -> None:
    chart = new_chart()
    parent = Construct(chart, "parent")
    found = made(parent, id="Resource")
    assert isinstance(found, ApiObject)
    assert ApiObject.of(parent) is found
    assert (found.api_version, found.kind, found.chart) == ("v1", "ConfigMap", chart)
    assert found.name == rendered(chart)["metadata"]["name"] == found.metadata.name != ""
    found.metadata.add_label("later", "yes")
    assert rendered(chart)["metadata"]["labels"] == {"later": "yes"}


CUSTOM = {"apiVersion": "example.com/v1", "kind": "Thing"}


@pytest.mark.parametrize("labels", [None, {"team": "a"}])
@pytest.mark.parametrize("chart_namespace", [None, "apps"])
@pytest.mark.parametrize(
    ("manifest", "namespace"),
    [
        ({}, "chart's"),
        ({"metadata": {"namespace": "own"}}, "own"),
        ({"kind": "PersistentVolume"}, None),
        ({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "a"}}, None),
        (CUSTOM, "chart's"),
        (CUSTOM | {"metadata": {"namespace": None}}, None),
    ],
)
def test_the_chart_gives_its_namespace_to_namespaced_objects_and_its_labels_to_all(
    manifest: dict[str, Any], namespace: str | None, chart_namespace: str | None, labels: dict[str, str] | None
) -> None:
    chart = new_chart(namespace=chart_namespace, labels=labels)
    made(chart, manifest)
    metadata = rendered(chart)["metadata"]
    assert metadata.get("namespace") == (chart_namespace if namespace == "chart's" else namespace)
    assert metadata.get("labels") == labels
    assert metadata.get("namespace", "none")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "Out of range float values"),
        (float("inf"), "Out of range float values"),
        (b"bytes", "bytes is not JSON serializable"),
        ({"a"}, "set is not JSON serializable"),
    ],
)
def test_a_value_that_json_does_not_have_is_refused(value: object, message: str) -> None:
    chart = new_chart()
    with pytest.raises((ValueError, TypeError), match=message):
        made(chart, data={"value": value})
    assert chart.node.children == []


def test_patches_of_any_field_apply_in_their_order() -> None:
    chart = new_chart()
    found = made(chart, data={"a": "1"})
    found.add_json_patch(JsonPatch.replace("/data/a", "2"), JsonPatch.add("/spec", {"list": ["x"]}))
    found.add_json_patch(JsonPatch.add("/spec/list/-", "y"), JsonPatch.replace("/kind", "Other"))
    first = rendered(chart)
    assert (first["kind"], first["data"], first["spec"]) == ("Other", {"a": "2"}, {"list": ["x", "y"]})
    assert rendered(chart) == first
    found.add_json_patch(JsonPatch.remove("/spec/nothing/here"))
    with pytest.raises(RuntimeError, match="Failed serializing construct at path 'test/object'"):
        objects(chart)


@jsii.implements(IResolver)
class Resolver:
    """Replaces images and names, and removes storage classes."""

    def resolve(self, context: ResolutionContext) -> None:
        """Replace a value."""
        if context.key == ["spec", "storageClassName"]:
            context.replace_value(None)
        new = {"image": "mirror", "name": "dev"}.get(str(context.key[-1:] and context.key[-1]))
        if new and context.value != new:  # cdk8s resolves the new value as well
            context.replace_value(new)


def test_resolvers_see_every_field_and_patches_come_after_them() -> None:
    chart = new_chart(App(resolvers=[Resolver()]))
    spec = {"storageClassName": "x", "containers": [{"image": "a"}, {"image": "b"}]}
    made(chart, kind="Widget", apiVersion="example.com/v1", spec=spec).add_json_patch(
        JsonPatch.replace("/spec/containers/1/image", "patched")
    )
    found = rendered(chart)
    assert found["spec"] == {"containers": [{"image": "mirror"}, {"image": "patched"}]}
    assert found["metadata"]["name"] == "dev"
    made(chart, id="equal", kind="Widget", apiVersion="example.com/v1")
    with pytest.raises(RuntimeError, match="test/object and test/equal: Widget 'dev' in namespace 'apps'"):
        objects(chart)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"kind": "ConfigMap"}, "has no apiVersion"),
        ({"apiVersion": "v1", "kind": ""}, "has no kind"),
        ({"apiVersion": "v1", "kind": "Namespace", "metadata": "a"}, "has metadata that is not a mapping"),
        ([], "is not a mapping"),
    ],
)
def test_an_incomplete_manifest_is_refused_and_leaves_nothing_behind(manifest: Any, message: str) -> None:
    chart = new_chart()
    with pytest.raises(InputError, match=f"Manifest 'test/a': manifest .*{message}"):
        Manifest(chart, "a", manifest)
    assert chart.node.children == []


def test_a_wrong_scope_or_id_is_refused_and_leaves_nothing_behind() -> None:
    chart = new_chart()
    keep = made(chart, id="taken")
    plain = {"apiVersion": "v1", "kind": "ConfigMap"}
    wrong: list[tuple[Any, Any, str]] = [
        (None, "a", r"Manifest '-': scope None is not a construct; pass the chart"),
        (chart, None, r"Manifest 'test': id None is not text"),
        (chart, "taken", r"Manifest 'test/taken': id 'taken' is already the id of a sibling; choose another id"),
    ]
    for scope, id, message in wrong:  # noqa: A001
        with pytest.raises(InputError, match=message):
            Manifest(scope, id, plain)
    assert chart.node.children == [keep]
