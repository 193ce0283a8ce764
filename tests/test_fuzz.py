"""Random inputs: each call of a construct raises our error, or renders objects that Kubernetes accepts."""

import inspect
import re
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import cdk8s_plus_27 as kplus
import kubernetes_validate
import pytest
import yaml
from attrs import evolve
from cdk8s import ApiObjectMetadata, App, Chart
from constructs import Construct
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from manifests import lock_file, new_chart
from test_workload import POD
from test_workload import SCRATCH as POD_VOLUME

import t3afk_constructs
from t3afk_constructs import (
    HOME,
    Claim,
    ConfigMapFiles,
    ConfigMapKey,
    ConfigMapRef,
    Dns,
    EmptyDir,
    ExecProbe,
    FieldRef,
    File,
    Files,
    HostPath,
    HttpProbe,
    InputError,
    Mount,
    NfsExport,
    Pod,
    RemoteRef,
    Resources,
    Sablier,
    SecretFiles,
    SecretKey,
    SecretRef,
    ServicePort,
    TcpProbe,
    block_claim,
    external_secret,
    formats,
    namespace,
    quantities,
)
from t3afk_constructs.cluster_chart import ChartNamespace, ChartPlatform
from t3afk_constructs.executor import executor
from t3afk_constructs.ingress import backend
from t3afk_constructs.ingress import formats as ingress
from t3afk_constructs.nfs_volume import MountOptions
from t3afk_constructs.platform import GitHosts
from t3afk_constructs.workload import (
    container,
    cron_job,
    environment,
    mounts,
    pod,
    probes,
    schedule,
    service,
    web_service,
)
from t3afk_constructs.yaml_text import yaml_text

PUBLIC = [getattr(t3afk_constructs, name) for name in t3afk_constructs.__all__]
CONSTRUCTS = [each for each in PUBLIC if isinstance(each, type) and issubclass(each, Construct)]
CONSTRUCTS = [each for each in CONSTRUCTS if not issubclass(each, Chart) and each is not t3afk_constructs.Manifest]
pytestmark = pytest.mark.program

KUBERNETES = "1.34"
# Rules that only all inputs of a call, or two objects of it, can break. They apply at synth.
AT_SYNTH = {
    *("annotation-size", "config-size", "known-fields", "misread-text", "mounted-volumes", "non-root-user"),
    *("request-within-limit", "service-target-port", "unique-entries", "unique-objects", "workload-selector"),
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """As kubectl: a value `<<` or `=` is text."""


for _tag in ("merge", "value"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", yaml.SafeLoader.construct_yaml_str)


_MEGABYTE = "m" * 1_000_000
# fmt: off
ODD = (
    "", " ", "\n", "a\nb", "a\r\nb\n", "\t", "'", '"', "'\"`", "\\", "$(HOME)", "$$(X)", "${X}", "`id`", "$(touch /x)",
    "- a", "a: b", "# c", "{a: b}", "[a", "&a", "*a", "!t", "%d", "@", "|", ">", "~", "null", "yes", "0x1f", "1e3",
    "0o7", "---\na", "...", "<<", "=", "\U0001f600", "é", "\u202eabc", "\0", "a\0b", "\x1b[31m", "\x7f", "\x85",
    "\u2028", "\ufffe", "\ufeff", "\ud800", "\udfff a", "../..", "/", "//", "a/b", "a,b", "A", "-a", "a-", "a" * 64,
    "a" * 254, "__proto__", "constructor", "${Token[TOKEN.1]}", "a.b", "1", "65536", "10Gi", _MEGABYTE, f"/{_MEGABYTE}",
    0, -1, 1, 65536, 2**31, 2**63, 2**70, 1.5, float("nan"), float("inf"), True, False, None, b"bytes", object(),
    [], [None], ["a", "a"], [[]], {}, {"a": None}, {"": ""}, {None: None}, {"__proto__": "x"}, {"a": "b"}, (), set(),
)
# fmt: on
_text = st.one_of(
    st.sampled_from([value for value in ODD if isinstance(value, str)]),
    st.text(max_size=40),
    st.text(alphabet="ab01-._/ :'\"$({\n\\", max_size=20),
)
_carried = st.text(alphabet="ab 1\t\n-._/:'\"$({#\\é\U0001f600\x1b", max_size=30)
_line = st.text(alphabet="ab 01-._/:'\"$({#é\U0001f600", min_size=1, max_size=20).filter(str.strip)
_label = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
_labels = st.lists(_label, min_size=1, max_size=3).map(".".join)
_variable = st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True)
_path = st.lists(st.text(alphabet="aB0 .-_'\"$", min_size=1, max_size=6), max_size=3).map(lambda p: f"/{'/'.join(p)}")
_duration = st.builds("{}{}".format, st.integers(1, 99), st.sampled_from(["s", "m", "h", "ms"]))
_PLACE = st.builds(RemoteRef, _line, property=st.none() | _line, decoding_strategy=st.sampled_from([None, "Auto"]))
_SERVICE = kplus.Service(
    Chart(App(), "other"), "service", metadata=ApiObjectMetadata(name="other"), ports=[kplus.ServicePort(port=8080)]
)
_VALUE = _carried | st.sampled_from(
    [SecretKey("a", "b", optional=True), ConfigMapKey("a", "b"), FieldRef("spec.nodeName")]
)
_FILES = st.dictionaries(st.sampled_from(["a", "b.yml", "C"]), _carried, min_size=1)
_SOURCE = st.one_of(
    st.builds(File, _carried, mode=st.none() | st.integers(0, 0o777)),
    st.builds(Files, _FILES),
    st.sampled_from(
        [Claim("a"), Claim("a.b"), Mount(Claim("a"), sub_path="x", read_only=True), EmptyDir(), POD_VOLUME]
    ),
    st.sampled_from([SecretFiles("a", items={"b": "c/d"}), ConfigMapFiles("a", mode=0), HostPath("/a", type="File")]),
    st.just(NfsExport("nas", "/a")),
)
_PORTS = st.lists(
    st.builds(
        ServicePort,
        st.integers(1, 9),
        name=_label.filter(lambda n: n != "http"),
        target_port=st.none() | st.just("web"),
    ),
    min_size=1,
    max_size=2,
    unique_by=(lambda port: port.port, lambda port: port.name),
)
# Values that the rule of a type is likely to accept.
LIKELY: dict[Any, st.SearchStrategy[Any]] = {
    ChartNamespace: st.none() | _label,
    ChartPlatform: st.sampled_from(
        [
            None,
            evolve(HOME, dns=evolve(HOME.dns, external_dns=True, wildcard=False), exact_image_pins=True),
            evolve(HOME, dns=Dns(), shared_middlewares=(), tiers=(), homepage_groups={}),
        ]
    ),
    Resources: st.sampled_from(
        [executor.DEFAULT_RESOURCES, Resources(cpu="500m", memory="1.5Gi", memory_limit="3000M")]
    ),
    Sablier: st.builds(
        Sablier,
        group=st.none() | _label,
        session_duration=_duration,
        strategy=st.sampled_from(["dynamic", "blocking"]),
        display_name=st.none() | _line,
        theme=_label,
    ),
    backend.ServiceInput: st.just(_SERVICE),
    formats.DnsLabel: _label,
    formats.DnsSubdomain: _labels,
    formats.ServiceName: _label | st.just("anubis-app"),
    formats.Host: _labels | st.ip_addresses().map(str),
    formats.HostName: _labels,
    formats.AbsolutePath: _path,
    formats.AccessModes: st.lists(
        st.sampled_from(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"]), min_size=1, max_size=3, unique=True
    ),
    formats.Duration: _duration,
    formats.Image: st.builds("docker.io/library/{}:{}".format, _label, st.integers(1, 99)),
    formats.Line: _line,
    formats.Port: st.integers(1, 65535),
    formats.ConfigKey: _variable,
    formats.EnvironmentName: _variable,
    quantities.Size: st.builds("{}{}".format, st.integers(1, 999), st.sampled_from(["", "k", "M", "Mi", "Gi"])),
    MountOptions: st.sampled_from(["soft", "hard"]) | st.lists(_label, max_size=3, unique=True),
    external_secret.Data: st.dictionaries(_variable, _PLACE, min_size=1, max_size=4),
    external_secret.Extract: st.lists(_line | _PLACE, min_size=1, max_size=2, unique_by=str),
    external_secret.Template: st.dictionaries(_variable, _carried.filter(lambda text: "{{" not in text), max_size=2),
    external_secret.Labels: st.dictionaries(_label, _label, max_size=2),
    external_secret.Annotations: st.dictionaries(_labels, _label, max_size=2),
    executor.Version: st.sampled_from(["0.0.27", "latest", "0.0.27", "latest", "1.2.3-rc.1"]),
    executor.Registry: _labels.map(lambda host: f"https://{host}"),
    executor.Endpoint: _labels.map(lambda host: f"http://{host}:4318"),
    executor.Instructions: _carried.filter(str.strip),
    executor.Lockfile: st.just(lock_file("0.0.27", "0.0.27")),
    executor.Environment: st.dictionaries(_variable, _carried, max_size=3),
    GitHosts: st.dictionaries(_labels, _variable, max_size=3),
    ingress.BodySize: st.from_regex(r"[0-9]{1,4}[kmgKMG]?", fullmatch=True),
    ingress.IngressPaths: st.lists(_path, min_size=1, max_size=3),
    ingress.IngressHost: _labels,
    ingress.FirstLabel: _label,
    ingress.Middlewares: st.lists(st.none() | _label.map("traefik-{}@kubernetescrd".format), max_size=3),
    ingress.Groups: st.lists(_line.filter(lambda line: "," not in line), max_size=3),
    ingress.ExternalName: _labels,
    block_claim.Share: st.sampled_from(["10%", "100%", "2Gi"]),
    namespace.NamespaceName: st.none() | _label,
    namespace.OtherLabels: st.dictionaries(_labels, _label, max_size=2),
    formats.LabelValue: st.sampled_from(["4-aux", "0-core", "none"]),
    cron_job.CronJobName: _label,
    formats.Count: st.integers(0, 9),
    formats.PositiveCount: st.integers(1, 9),
    schedule.Schedule: st.sampled_from(["0 2 * * *", "@daily", "*/15 0-6 1,15 jan-mar mon", "@every 1h"]),
    schedule.TimeZone: st.sampled_from(["UTC", "Europe/London"]),
    container.Words: st.lists(_carried, max_size=3),
    container.Fields: st.sampled_from([{"runAsUser": 1000}, {"preStop": {"sleep": {"seconds": 1}}}, {}]),
    environment.Environment: st.dictionaries(_variable, _VALUE, max_size=3),
    environment.EnvironmentSources: st.lists(st.sampled_from([SecretRef("a"), ConfigMapRef("a.b")]), max_size=2),
    mounts.Mounts: st.dictionaries(_path.filter(lambda path: ":" not in path and path != "/"), _SOURCE, max_size=4),
    probes.Probe: st.sampled_from([HttpProbe("/a b?c"), TcpProbe(), ExecProbe(["a", "a"], period_seconds=3)]),
    formats.Labels: st.dictionaries(_labels, _label, max_size=2),
    formats.Annotations: st.dictionaries(_labels, _carried, max_size=2),
    pod.Pod: st.sampled_from([Pod(), POD]),
    web_service.ExtraPorts: _PORTS | st.just([]),
    service.ServicePorts: _PORTS,
    formats.Ipv4Address: st.ip_addresses(v=4).map(str),
    ingress.ExtraAnnotations: st.dictionaries(_labels, _carried, max_size=3),
}


def likely(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type that its rule is likely to accept."""
    if hint in LIKELY:
        return LIKELY[hint]
    if get_origin(hint) in (Union, types.UnionType):
        return st.one_of(*map(likely, get_args(hint)))
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if hint is types.NoneType:
        return st.none()
    assert hint is bool, f"{hint} has no strategy; add one to LIKELY"
    return st.booleans()


def inputs_of(construct: type[Construct]) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(construct.__init__).parameters
    return {name: each for name, each in parameters.items() if each.kind is each.KEYWORD_ONLY}


@st.composite
def _calls(draw: st.DrawFn, construct: type[Construct]) -> tuple[Any, dict[str, Any]]:
    """An id and inputs: likely ones, and in every second call up to two of any kind."""
    parameters = inputs_of(construct)
    chosen = {
        name: draw(likely(parameter.annotation))
        for name, parameter in parameters.items()
        if name == "name" or parameter.default is inspect.Parameter.empty or draw(st.booleans())
    }
    for name in draw(st.lists(st.sampled_from(sorted(parameters)), max_size=2)) if draw(st.booleans()) else ():
        chosen[name] = draw(st.sampled_from(ODD) | _text | st.lists(_text, max_size=2))
    return draw(st.sampled_from(ODD) if draw(st.integers(0, 9)) == 7 else st.just("made")), chosen


def _refused(construct: type[Construct], scope: Construct, id: Any, chosen: Mapping[str, Any]) -> InputError | None:  # noqa: A002
    """Our error, if the call raises it. Any other error fails the test."""
    try:
        construct(scope, id, **chosen)
    except InputError as error:
        return error
    return None


def _rendered(chart: Chart) -> list[dict[str, Any]] | None:
    """The chart's objects, which kubectl reads unchanged, or None if they break a rule that only synth can check."""
    try:
        objects = list(chart.to_json())
    except RuntimeError as error:
        rules = set(re.findall(r"\[([a-z-]+)\]$", str(error), re.MULTILINE))
        if rules and rules <= AT_SYNTH:
            return None
        raise
    assert list(yaml.load_all(yaml_text(objects), _Loader)) == objects
    return objects


def _made(construct: type[Construct], id: Any, chosen: Mapping[str, Any]) -> list[dict[str, Any]] | None:  # noqa: A002
    """The objects, or None if the call or the synth was refused."""
    chart = new_chart()
    if error := _refused(construct, chart, id, chosen):
        assert chart.node.children == []
        assert error.path
        assert error.path.startswith("test")
        assert str(error).startswith(f"{construct.__name__} '{error.path}': ")
        assert len(str(error)) < 1000 * len(error.wrong)
        assert str(error).encode()
        for name, value, _ in error.wrong:
            assert value is (id if name == "id" else value if chosen.get(name) is None else chosen[name])
            assert name in {"id", *inputs_of(construct)}
            assert f"{name} " in str(error)
        return None
    objects = _rendered(chart)
    assert objects != []
    return objects


@cache
def _built_in(api_version: str) -> bool:
    group = api_version.rpartition("/")[0]
    return "." not in group or (group.endswith(".k8s.io") and not group.startswith("externaldns"))


def _validate(objects: list[dict[str, Any]]) -> None:
    for found in objects:
        if _built_in(found["apiVersion"]):
            kubernetes_validate.validate(found, KUBERNETES, strict=True)


def _fuzz(construct: type[Construct], examine: Callable[[list[dict[str, Any]]], None], **profile: Any) -> None:
    outcomes = {"made": 0, "refused": 0}

    @settings(
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **({"derandomize": True, "phases": [Phase.generate, Phase.shrink]} | profile),
    )
    @given(_calls(construct))
    def one(call: tuple[Any, dict[str, Any]]) -> None:
        objects = _made(construct, *call)
        outcomes["refused" if objects is None else "made"] += 1
        if objects is not None:
            examine(objects)

    one()
    assert min(outcomes.values()) >= 3, f"the strategies give too few of one outcome: {outcomes}"


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_random_inputs_are_refused_or_render_valid_objects(construct: type[Construct]) -> None:
    _fuzz(construct, _validate, max_examples=30)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a megabyte of text
@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_many_random_inputs_are_refused_or_render_valid_objects(construct: type[Construct]) -> None:
    _fuzz(construct, _validate, max_examples=250)


@pytest.mark.cluster
@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_api_server_accepts_what_random_inputs_render(construct: type[Construct]) -> None:
    from lightkube import Client  # noqa: PLC0415 (only with a cluster)

    def dry_run(objects: list[dict[str, Any]]) -> None:
        for found in objects:
            if found["apiVersion"] == "external-secrets.io/v1beta1":  # old operators alone have it
                continue
            group, kind, metadata = found["apiVersion"], found["kind"].lower(), found["metadata"]
            namespace = "/namespaces/default" if "namespace" in metadata else ""
            if namespace:
                found = found | {"metadata": metadata | {"namespace": "default"}}  # noqa: PLW2901
            plural = {"ingress": "ingresses"}.get(kind, f"{kind}s")
            path = f"/{'apis' if '/' in group else 'api'}/{group}{namespace}/{plural}"
            answer = http.post(path, params={"dryRun": "All", "fieldValidation": "Strict"}, json=found)
            assert answer.status_code in (201, 409), answer.text[:500]

    with Client()._client._client as http:  # noqa: SLF001 (requests of any kind)
        _fuzz(construct, dry_run, max_examples=150)


LEAST: dict[str, Any] = {
    "image": "docker.io/library/nginx:1",
    "schedule": "@daily",
    "storage": "1Gi",
    "ports": [ServicePort(80)],
    "nfs_server": "nas",
    "nfs_path": "/x",
    "data": {"A": RemoteRef("b")},
    "secret_name": "s",
    "agent_instructions": "be good",
}


@pytest.mark.parametrize("construct", CONSTRUCTS)
@pytest.mark.parametrize("every_input", [pytest.param(True, marks=pytest.mark.slow), False])
def test_odd_value_of_an_input_is_refused_or_rendered(construct: type[Construct], *, every_input: bool) -> None:
    names = sorted(inputs_of(construct))
    for index, value in enumerate(ODD):
        chart = new_chart()
        for number, name in enumerate(names if every_input else [names[index % len(names)]]):
            least = LEAST | {"name": f"n{number}", "claim_name": f"c{number}", name: value}
            error = _refused(construct, chart, name, {each: least[each] for each in least if each in names})
            assert error is None or {wrong.name for wrong in error.wrong} <= set(names)
        if chart.node.children:
            _rendered(chart)
