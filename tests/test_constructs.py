"""Facts of all constructs: place, platform, namespace, errors, objects."""

from collections.abc import Callable
from typing import Any

import cdk8s
import pytest
from attrs import evolve
from cdk8s import ApiObject, App, Chart, JsonPatch
from constructs import Construct
from manifests import lock_file, new_chart, objects, one

from t3afk_constructs import (
    HOME,
    BlockClaim,
    ClusterChart,
    CronJob,
    Dns,
    ExternalSecret,
    File,
    IngressFactory,
    InputError,
    Manifest,
    NfsVolume,
    RemoteRef,
    Sablier,
    Service,
    ServicePort,
    T3AfkChart,
    T3Executor,
    WebService,
)

LAB = evolve(HOME, domain="lab.example.com", dns=Dns(external_dns=True, internal_ipv4="10.0.0.1"))
INPUTS: dict[type[Any], dict[str, Any]] = {
    NfsVolume: {"name": "demo", "nfs_server": "10.0.0.1", "nfs_path": "/srv/demo"},
    BlockClaim: {"name": "demo", "storage": "1Gi"},
    ExternalSecret: {"name": "demo", "data": {"KEY": RemoteRef("entry")}},
    T3Executor: {
        "name": "demo",
        "claim_name": "demo",
        "secret_name": "demo",
        "agent_instructions": "Work.",
        "t3_version": "1.0.0",
        "claude_cli_version": "1.0.0",
        "npm_lockfile": lock_file("1.0.0", "1.0.0"),
    },
    WebService: {"name": "demo", "image": "docker.io/library/nginx:1", "port": 80, "mounts": {"/a": File("a")}},
    CronJob: {"name": "demo", "image": "docker.io/library/nginx:1", "schedule": "@daily", "mounts": {"/a": File("a")}},
    Service: {"name": "demo", "ports": [ServicePort(80)]},
    IngressFactory: {"name": "demo", "external_name": "elsewhere.example.com", "sablier": Sablier()},
}
every = pytest.mark.parametrize("kind", INPUTS, ids=lambda kind: kind.__name__)


def make(kind: type[Any], scope: Construct, id: str = "made", **inputs: Any) -> Any:  # noqa: A002
    return kind(scope, id, **INPUTS.get(kind, INPUTS.get(kind.__base__, {})) | inputs)


def named(kind: type[Any], scope: Construct, name: str) -> Any:
    """A construct with a name and, if it mounts one, a claim of its own."""
    return make(kind, scope, name, name=name, **({"claim_name": name} if kind is T3Executor else {}))


MAIN = {
    NfsVolume: "persistent_volume",
    ExternalSecret: "external_secret",
    T3Executor: "deployment",
    WebService: "deployment",
    CronJob: "cron_job",
    Service: "service",
    BlockClaim: "persistent_volume_claim",
}


def own_objects(construct: Construct) -> list[ApiObject]:
    return [child for child in construct.node.children if isinstance(child, ApiObject)]


# --- objects


@every
def test_every_object_is_an_attribute_that_takes_a_patch_and_the_main_one_is_the_default_child(kind: type[Any]) -> None:
    found = make(kind, new_chart(platform=LAB), **({"dns_type": "internal"} if kind is IngressFactory else {}))
    assert ApiObject.of(found) is found.node.default_child is getattr(found, MAIN.get(kind, "ingress"))
    attributes = {**vars(found), **vars(found).get("own_middlewares", {})}
    handles = {name: each for name, each in attributes.items() if type(each) is Manifest and not name.startswith("_")}
    assert set(map(id, handles.values())) == set(map(id, own_objects(found))) != set()
    for name, handle in handles.items():
        handle.add_json_patch(JsonPatch.add("/metadata/finalizers", [name]))
    rendered = objects(found.chart)
    for name, handle in handles.items():
        assert one(rendered, handle.kind, handle.name)["metadata"]["finalizers"] == [name]


def test_an_object_that_is_not_rendered_is_none() -> None:
    chart = new_chart()
    assert make(T3Executor, chart, npm_lockfile=None).lockfile_config_map is None
    plain = IngressFactory(chart, "plain", name="plain")
    assert (plain.dns_endpoint, plain.external_service, plain.own_middlewares) == (None, None, {})


# --- charts


@every
def test_platform_and_namespace_come_from_the_chart_or_from_the_inputs(kind: type[Any]) -> None:
    app = App()
    given = {"platform": LAB, "namespace": "ns"}
    other = {"platform": HOME, "namespace": "other"}
    by_node: Any = cdk8s.Testing.chart()
    every_one = [
        make(kind, ClusterChart(app, "of-chart", **given)),
        make(kind, Construct(ClusterChart(ClusterChart(app, "home", **other), "below", **given), "construct")),
        make(kind, Chart(app, "stock", namespace="ns"), platform=LAB),
        make(kind, Chart(app, "alone"), **given),
        make(kind, ClusterChart(app, "over", **other), **given),
        make(kind, Chart(ClusterChart(app, "outer", platform=LAB, namespace="other"), "inner", namespace="ns")),
        make(kind, by_node, **given),
    ]
    first = [each.to_json() for each in own_objects(every_one[0])]
    assert {each["metadata"].get("namespace", "cluster") for each in first} <= {"ns", "cluster"}
    for found in every_one:
        assert (found.platform, found.namespace) == (LAB, "ns")
        assert found.chart.node.path == Chart.of(found).node.path
        assert [each.to_json() for each in own_objects(found)] == first


PLATFORM = "platform None is missing: put the construct into a ClusterChart(…, platform=…), or pass platform= itself"
NAMESPACE = "namespace None is missing: give the chart a namespace, or pass namespace= itself"
BAD_NAME = "namespace None is the chart's 'Bad_Name', which breaks the rule: it must be a DNS label"


@every
@pytest.mark.parametrize(
    ("new", "complaints"),
    [
        (lambda app: Chart(app, "test"), [PLATFORM, NAMESPACE]),
        (lambda app: Chart(app, "test", namespace="ns"), [PLATFORM]),
        (lambda app: ClusterChart(app, "test", platform=LAB), [NAMESPACE]),
        (lambda app: ClusterChart(new_chart(app), "b", platform=LAB), [NAMESPACE]),
        (lambda app: Chart(app, "test", namespace="Bad_Name"), [PLATFORM, BAD_NAME]),
    ],
)
def test_a_missing_platform_or_a_wrong_namespace_of_the_chart_is_refused_with_a_way_out(
    kind: type[Any], new: Callable[[App], Chart], complaints: list[str]
) -> None:
    with pytest.raises(InputError, match=r"(platform|namespace) None is (missing|the chart's)") as caught:
        make(kind, new(App()))
    wrong = sorted(map(str, caught.value.wrong), reverse=True)
    assert [text[: len(complaint)] for text, complaint in zip(wrong, complaints, strict=True)] == complaints


@pytest.mark.parametrize("kind", [*INPUTS, ClusterChart], ids=lambda kind: kind.__name__)
def test_a_wrong_scope_is_refused_and_left_empty(kind: type[Any]) -> None:
    with pytest.raises(InputError, match="scope None is not a construct; pass the chart"):
        make(kind, None, platform=LAB)
    if kind is not ClusterChart:
        app = App()
        with pytest.raises(InputError, match=r"'made': scope <cdk8s.App> is not in a chart; pass a chart, or"):
            make(kind, app, platform=LAB, namespace="ns")
        assert app.node.children == []


@every
def test_two_instances_live_in_one_chart(kind: type[Any]) -> None:
    chart = new_chart()
    first, second = (named(kind, chart, name) for name in ("first", "second"))
    assert len(objects(chart)) == len(own_objects(first)) + len(own_objects(second))
    with pytest.raises(InputError, match=r"'test/first': id 'first' is already the id of a sibling; choose another id"):
        named(kind, chart, "first")
    make(kind, chart, "again", name="first")
    with pytest.raises(RuntimeError, match=r"test/first/.* and test/again/.*: the app renders it more than once"):
        objects(chart)


# --- errors


WRONG: dict[type[Any], dict[str, Any]] = {
    WebService: {"name": "9", "image": "nginx", "port": "80"},
    CronJob: {"name": "A", "image": "nginx", "schedule": "daily"},
    Service: {"name": "9", "ports": [], "selector": []},
    NfsVolume: {"name": "X", "nfs_path": "srv", "access_modes": ["all"]},
    BlockClaim: {"name": "X", "storage": "big", "threshold": "0%"},
    ExternalSecret: {"name": "X", "data": {"KEY": "entry"}, "refresh_interval": "soon"},
    T3Executor: {"name": "X", "image": "node", "parked": "no"},
    IngressFactory: {"name": "X", "auth": "maybe", "extra_middlewares": "none"},
}


@every
def test_all_wrong_inputs_come_at_once_and_leave_nothing_behind(kind: type[Any]) -> None:
    chart = new_chart()
    wrong = WRONG[kind] | {"namespace": "Bad_Name", "platform": "home"}
    with pytest.raises(InputError, match=f"^{kind.__name__} 'test/made': 5 wrong inputs\n  ") as caught:
        make(kind, chart, **wrong)
    assert {each.name: each.value for each in caught.value.wrong} == wrong
    assert caught.value.path == "test/made"
    assert str(caught.value).splitlines()[1:] == [f"  {each}" for each in caught.value.wrong]
    assert chart.node.children == []


@every
@pytest.mark.parametrize("error", [OSError, RuntimeError, InputError])
def test_a_constructor_that_fails_late_leaves_nothing_behind(
    kind: type[Any], error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = new_chart()
    keep = named(kind, chart, "keep")
    fails = InputError("X", None, [("late", 1, "late")]) if error is InputError else error("late")

    def fail(_: Manifest, scope: Construct, *_rest: object, **_more: object) -> None:
        ApiObject(scope, "Resource", api_version="v1", kind="Thing")
        raise fails

    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "__init__", fail)
        with pytest.raises(error, match="late"):
            make(kind, chart)
    assert chart.node.children == [keep]
    make(kind, chart)
    assert len(objects(chart)) == 2 * len(own_objects(keep))


@pytest.mark.parametrize(
    ("id", "message"),
    [
        (None, "'test': id None is not text; choose a word such as 'data'"),
        ("", "'test': id '' is empty"),
        ("a\nb", r"'test': id 'a\\nb' .* contains a character that does not print"),
        ("x" * 256, "has 256 characters; choose a word such as 'data', of at most 255"),
        ("constructor", "is a reserved JavaScript property name; choose another id"),
        ("taken", "'test/taken': id 'taken' is already the id of a sibling"),
        ("a/b", "'test/a--b': id 'a/b' is already the id of a sibling"),
    ],
)
def test_a_wrong_id_is_refused(id: Any, message: str) -> None:  # noqa: A002
    chart = new_chart()
    Construct(chart, "taken")
    assert make(NfsVolume, chart, "a/b").node.path == "test/a--b"
    with pytest.raises(InputError, match=message):
        make(NfsVolume, chart, id)
    assert len(chart.node.children) == 2


@pytest.mark.parametrize("inputs", [{"labels": {"a b": "c"}}, {"labels": {"a": "b c"}}, {"namespace": "A_B"}])
def test_a_wrong_input_of_a_chart_is_refused(inputs: dict[str, Any]) -> None:
    app = App()
    with pytest.raises(InputError, match="ClusterChart 'test': 2 wrong inputs") as caught:
        ClusterChart(app, "test", platform="home", **inputs)
    assert [each.name for each in caught.value.wrong] == ["platform", *inputs]
    assert app.node.children == []
    ClusterChart(app, "test", platform=LAB)
    with pytest.raises(InputError, match="ClusterChart 'test': id 'test' is already the id of a sibling"):
        ClusterChart(app, "test", platform=LAB)


# --- subclasses


def plain_subclass(kind: type[Any]) -> type[Any]:
    return type("Mine", (kind,), {"team": "a"})


def subclass_with_init(kind: type[Any]) -> type[Any]:
    class Mine(kind):
        def __init__(self, scope: Construct, id: str, *, name: str, team: str = "a", **inputs: Any) -> None:  # noqa: A002
            super().__init__(scope, id, name=name, **inputs)
            self.team = team

    return Mine


@every
@pytest.mark.parametrize("subclass", [plain_subclass, subclass_with_init])
def test_a_subclass_works_and_errors_name_it(kind: type[Any], subclass: Callable[[type[Any]], type[Any]]) -> None:
    mine = subclass(kind)
    chart = new_chart()
    found = make(mine, chart)
    assert (found.team, found.namespace) == ("a", "apps")
    assert objects(chart) == objects(make(kind, new_chart()).chart)
    with pytest.raises(InputError, match=r"^Mine 'test/other': name 'X' "):
        make(mine, chart, "other", name="X")
    with pytest.raises(InputError, match=r"^Mine 'test/made': id 'made' is already the id of a sibling"):
        make(mine, chart)
    assert chart.node.children == [found]


def test_a_subclass_of_a_chart_works_and_errors_name_it() -> None:
    class Mine(T3AfkChart):
        pass

    app = App()
    with pytest.raises(InputError, match=r"^Mine 't3-afk': parked 'no' is not a boolean; use True or False"):
        Mine(app, platform=HOME, parked="no")
    chart = Mine(app, platform=HOME)
    assert objects(chart) == objects(T3AfkChart(App(), platform=HOME))
    assert chart.node.find_child("namespace").node.children == [chart.namespace_object]
