"""Random inputs: each call of a construct either raises our error or makes objects that Kubernetes takes."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import pytest
import yaml
from attrs import evolve
from cdk8s import App, Chart, Yaml
from constructs import Construct
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import t3afk_constructs
from t3afk_constructs import HOME, CollisionError, ExternalSecret, IngressFactory, InputError, NfsVolume, T3Executor
from t3afk_constructs.guardrails import check
from t3afk_constructs.platform import Dns
from t3afk_constructs.sablier import Sablier
from t3afk_constructs.t3_containers import Resources

if TYPE_CHECKING:
    from collections.abc import Callable

CONSTRUCTS: tuple[type[Construct], ...] = (NfsVolume, ExternalSecret, IngressFactory, T3Executor)
KUBERNETES = "1.34"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """As kubectl reads: `<<` and `=` are text where they are a value."""


for _tag in ("merge", "value"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", yaml.SafeLoader.construct_yaml_str)


_MEGABYTE = "m" * 1_000_000
NASTY = (
    *(
        "",
        " ",
        "\n",
        "a\nb",
        "a\r\nb\n",
        "\t",
        "'",
        '"',
        "'\"`",
        "\\",
        "$(HOME)",
        "$$(X)",
        "${X}",
        "`id`",
        "$(touch /x)",
    ),
    *("- a", "a: b", "# c", "{a: b}", "[a", "&a", "*a", "!t", "%d", "@", "|", ">", "~", "null", "yes", "0x1f", "1e3"),
    *("---\na", "...", "<<", "=", "\U0001f600", "é", "\u202eabc", "\0", "a\0b", "\x1b[31m", "\x7f", "\x85", "\u2028"),
    *("\ufffe", "\ufeff", "\ud800", "\udfff a", "../..", "/", "//", "a/b", "a,b", "A", "-a", "a-", "a" * 64, "a" * 254),
    *("__proto__", "constructor", "${Token[TOKEN.1]}", "a.b", "1", "65536", "10Gi", _MEGABYTE, f"/{_MEGABYTE}"),
    *(0, -1, 1, 65536, 2**31, 2**63, 2**70, 1.5, float("nan"), float("inf"), True, False, None, b"bytes", object()),
    *([], [None], ["a", "a"], [[]], {}, {"a": None}, {"": ""}, {None: None}, {"__proto__": "x"}, {"a": "b"}, (), set()),
)
_text = st.one_of(
    st.sampled_from([value for value in NASTY if isinstance(value, str)]),
    st.text(max_size=40),
    st.text(alphabet="ab01-._/ :'\"$({\n\\", max_size=20),
)
_carried = st.text(alphabet="ab 1\t\n-._/:'\"$({#\\é\U0001f600\x1b", max_size=30)
_line = st.text(alphabet="ab 01-._/:'\"$({#é\U0001f600", min_size=1, max_size=20).filter(str.strip)
_label = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
_labels_joined = st.lists(_label, min_size=1, max_size=3).map(".".join)
_variable = st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True)
_quantity = st.builds("{}{}".format, st.integers(1, 999), st.sampled_from(["", "k", "M", "Mi", "Gi", "m"]))
_duration = st.builds("{}{}".format, st.integers(1, 99), st.sampled_from(["s", "m", "h", "ms"]))
_path = st.lists(st.text(alphabet="aB0 .-_'\"$", min_size=1, max_size=6), max_size=3).map(
    lambda parts: "/" + "/".join(parts)
)
_image = st.builds("docker.io/library/{}:{}".format, _label, st.integers(1, 99))
_flag = st.booleans()
_version = st.sampled_from(["0.0.27", "latest", "1.2.3-rc.1"])

_PLATFORMS = (
    HOME,
    evolve(HOME, dns=evolve(HOME.dns, external_dns=True, wildcard=False), exact_image_pins=True),
    evolve(HOME, dns=Dns(), shared_middlewares=(), tiers=(), homepage_groups={}),
)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _sablier() -> st.SearchStrategy[Any]:
    return st.builds(
        Sablier,
        group=_maybe(_label),
        session_duration=_duration,
        strategy=st.sampled_from(["dynamic", "blocking"]),
        display_name=_maybe(_line.filter(str.isprintable)),
        theme=_label,
        refresh_frequency=_duration,
        blocking_timeout=_duration,
    )


# What an input of that name may well be. Where one name means two things, `Construct.input` comes first.
STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "platform": st.sampled_from(_PLATFORMS),
    "name": _label,
    "namespace": _label,
    # NfsVolume
    "nfs_server": _labels_joined | st.ip_addresses().map(str),
    "nfs_path": _path,
    "storage": _quantity,
    "access_modes": st.lists(
        st.sampled_from(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"]), min_size=1, max_size=3, unique=True
    ),
    "storage_class": _maybe(_labels_joined),
    "driver": _maybe(_labels_joined),
    "mount_options": _maybe(st.sampled_from(["soft", "hard"]) | st.lists(_label, max_size=3, unique=True)),
    # ExternalSecret
    "data": st.lists(
        st.tuples(_variable, _line, _maybe(_line)), min_size=1, max_size=4, unique_by=lambda entry: entry[0]
    ),
    "target_name": _maybe(_labels_joined),
    "refresh_interval": _duration | st.just("0"),
    "api_version": st.sampled_from(["v1", "v1beta1"]),
    # IngressFactory
    "service_name": _maybe(_label | st.just("anubis-app")),
    "port": st.integers(1, 65535),
    "host": _maybe(_label | st.just("*")),
    "root_domain": _maybe(_labels_joined),
    "full_host": _maybe(_labels_joined),
    "tls_secret_name": _maybe(_labels_joined),
    "ingress_path": st.lists(_path, min_size=1, max_size=3),
    "auth": st.sampled_from(["required", "app", "public", "none"]),
    "allowed_groups": _maybe(st.lists(_line.filter(lambda line: "," not in line), max_size=3)),
    "dns_type": st.sampled_from(["proxied", "non-proxied", "internal", "none"]),
    "max_body_size": _maybe(st.from_regex(r"[0-9]{1,4}[kmgKMG]?", fullmatch=True)),
    "custom_content_security_policy": _maybe(_line),
    "extra_annotations": _maybe(st.dictionaries(_labels_joined, _carried, max_size=3)),
    "extra_middlewares": st.lists(_maybe(_label.map(lambda name: f"traefik-{name}@kubernetescrd")), max_size=3),
    "skip_default_rate_limit": _flag,
    "anti_ai_scraping": _maybe(_flag),
    "allow_local_access_only": _flag,
    "sablier": _maybe(_sablier()),
    "external_monitor": _maybe(_flag),
    "external_monitor_name": _maybe(_line),
    "homepage_enabled": _flag,
    "homepage_group": _maybe(_line),
    "external_name": _maybe(_labels_joined),
    # T3Executor
    "claim_name": _labels_joined,
    "secret_name": _labels_joined,
    "agent_instructions": _carried.filter(str.strip),
    "config_map_name": _maybe(_labels_joined),
    "t3_version": _version,
    "claude_cli_version": _version,
    "image": _image,
    "fix_permissions_image": _image,
    "fix_permissions": _flag,
    "resources": st.builds(Resources, cpu=_quantity, memory=st.just("1Gi"), memory_limit=st.just("2Gi")),
    "parked": _flag,
    "env": _maybe(st.dictionaries(_variable, _carried, max_size=3)),
    "git_hosts": _maybe(st.dictionaries(_labels_joined, _variable, max_size=3)),
    "git_user_name": _line,
    "git_user_email": _maybe(_line),
    "token_files": _flag,
    "npm_registry": _maybe(_labels_joined.map(lambda host: f"https://{host}")),
    "npm_token_key": _maybe(_variable),
    "npm_lockfile": st.none(),
}


def inputs_of(construct: type[Construct]) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(construct.__init__).parameters
    return {name: p for name, p in parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}


@st.composite
def _calls(draw: st.DrawFn, construct: type[Construct]) -> tuple[str, dict[str, Any]]:
    """An id and inputs: likely ones, of which none, one or two are replaced by whatever."""
    parameters = inputs_of(construct)
    chosen = {
        name: draw(STRATEGIES[name])
        for name, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty or draw(_flag)
    }
    for name in draw(st.lists(st.sampled_from(sorted(parameters)), max_size=2)) if draw(_flag) else ():
        chosen[name] = draw(st.sampled_from(NASTY) | _text | st.lists(_text, max_size=2))
    return draw(st.just("made") | st.sampled_from(NASTY) if draw(st.integers(0, 9)) == 0 else st.just("made")), chosen


@cache
def _built_in(api_version: str) -> bool:
    group = api_version.rpartition("/")[0]
    return "." not in group or (group.endswith(".k8s.io") and not group.startswith("externaldns"))


def _refused(construct: type[Construct], scope: Construct, id: Any, chosen: dict[str, Any]) -> Exception | None:  # noqa: A002
    """Our own error, if it was raised. Any other is a failure."""
    try:
        construct(scope, id, **chosen)
    except (InputError, CollisionError) as error:
        return error
    return None


def _made(construct: type[Construct], id: Any, chosen: dict[str, Any]) -> list[dict[str, Any]] | None:  # noqa: A002
    """The objects as kubectl reads them, or None where our error was raised: with path, input and value in it."""
    chart = Chart(App(), "fuzz")
    error = _refused(construct, chart, id, chosen)
    if isinstance(error, InputError):
        assert error.path == "-" or error.path.startswith("fuzz")
        assert error.input in {"id", *inputs_of(construct)}
        assert error.path == "-" or str(error).startswith(f"{construct.__name__} '{error.path}': {error.input} ")
        assert error.value is (id if error.input == "id" else chosen.get(error.input, error.value))
        assert len(str(error)) < 1000
        assert str(error).encode()
    if error:
        return None
    objects = chart.to_json()
    assert objects
    refused = {"config-size", "annotation-size"}  # what only all inputs together tell
    if refused & {finding.rule for finding in check(objects, HOME)}:
        return None
    read = list(yaml.load_all(Yaml.stringify(*objects), _Loader))
    assert read == objects
    return read


def _fuzz(construct: type[Construct], examine: Callable[[list[dict[str, Any]]], None], **profile: Any) -> None:
    outcomes = {"made": 0, "refused": 0}

    @settings(
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **({"derandomize": True, "phases": [Phase.generate, Phase.shrink]} | profile),
    )
    @given(_calls(construct))
    def one(call: tuple[str, dict[str, Any]]) -> None:
        objects = _made(construct, *call)
        outcomes["refused" if objects is None else "made"] += 1
        if objects is not None:
            examine(objects)

    one()
    assert min(outcomes.values()) >= 3, f"the strategies are lopsided: {outcomes}"


def _takes(objects: list[dict[str, Any]]) -> None:
    for found in objects:
        if _built_in(found["apiVersion"]):
            kubernetes_validate.validate(found, KUBERNETES, strict=True)


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_random_inputs_are_refused_or_make_valid_objects(construct: type[Construct]) -> None:
    _fuzz(construct, _takes, max_examples=30)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # a megabyte of text is among the inputs
@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_many_random_inputs_are_refused_or_make_valid_objects(construct: type[Construct]) -> None:
    _fuzz(construct, _takes, max_examples=500, derandomize=True)


@pytest.mark.cluster
@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_the_api_server_takes_what_random_inputs_make(construct: type[Construct]) -> None:
    from lightkube import Client  # noqa: PLC0415 (only with a cluster)

    def dry_run(objects: list[dict[str, Any]]) -> None:
        for found in objects:
            if found["apiVersion"] == "external-secrets.io/v1beta1":  # served by old operators only
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


def test_every_input_has_a_strategy() -> None:
    known = {name for construct in CONSTRUCTS for name in inputs_of(construct)}
    assert known == set(STRATEGIES)


def test_every_construct_of_the_library_is_fuzzed() -> None:
    public = (getattr(t3afk_constructs, name) for name in t3afk_constructs.__all__)
    made = {thing for thing in public if isinstance(thing, type) and issubclass(thing, Construct)}
    assert {thing for thing in made if not issubclass(thing, Chart)} == set(CONSTRUCTS)


FINE: dict[str, Any] = {
    "name": "app",
    "namespace": "ns",
    "nfs_server": "nas",
    "nfs_path": "/x",
    "data": [("A", "b", None)],
    "claim_name": "c",
    "secret_name": "s",
    "agent_instructions": "be good",
}


@pytest.mark.parametrize("construct", CONSTRUCTS)
@pytest.mark.parametrize("all_of_them", [pytest.param(True, marks=pytest.mark.slow), False])
def test_an_odd_value_in_an_input_is_refused_or_rendered(construct: type[Construct], all_of_them: bool) -> None:
    names = sorted(inputs_of(construct))
    base = {name: value for name, value in FINE.items() if name in names}
    for index, value in enumerate(NASTY):
        chart = Chart(App(), "fuzz")
        for name in names if all_of_them else [names[index % len(names)]]:
            error = _refused(construct, chart, f"c-{name}", base | {"name": f"n-{len(name)}", name: value})
            assert not isinstance(error, InputError) or error.input in names
        if chart.node.children:
            assert chart.to_json()


@pytest.mark.parametrize("construct", CONSTRUCTS)
@pytest.mark.parametrize(
    ("id", "complaint"),
    [
        ("", "is empty"),
        (None, "is not text"),
        (3, "is not text"),
        ("\0", "cannot be printed"),
        ("\ud800", "cannot be printed"),
        ("__proto__", "JavaScript"),
    ],
)
def test_a_wrong_id_is_our_error(construct: type[Construct], id: Any, complaint: str) -> None:  # noqa: A002
    with pytest.raises(InputError, match=f"{construct.__name__} 'fuzz': id .*{complaint}"):
        construct(Chart(App(), "fuzz"), id, **dict.fromkeys(inputs_of(construct)))


@pytest.mark.parametrize("construct", CONSTRUCTS)
@pytest.mark.parametrize("scope", [None, "chart", Chart])
def test_a_wrong_scope_is_our_error(construct: type[Construct], scope: Any) -> None:
    with pytest.raises(InputError, match=r"scope .* is not a construct"):
        construct(scope, "x", **dict.fromkeys(inputs_of(construct)))


def test_an_id_that_is_taken_is_our_error() -> None:
    chart = Chart(App(), "fuzz")
    NfsVolume(chart, "data", name="a", namespace="ns", nfs_server="nas", nfs_path="/a")
    with pytest.raises(InputError, match="id 'data' is the id of another child"):
        NfsVolume(chart, "data", name="b", namespace="ns", nfs_server="nas", nfs_path="/b")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are listed by Linux only")
def test_no_node_process_is_left_behind_by_an_error(tmp_path: Path) -> None:
    program = """
        import os
        from cdk8s import App, Chart
        from t3afk_constructs import NfsVolume
        chart = Chart(App(), "x")
        print(open(f"/proc/self/task/{os.getpid()}/children").read(), flush=True)
        NfsVolume(chart, "v", name="A", namespace="ns", nfs_server="nas", nfs_path="/a")
    """
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "InputError: NfsVolume 'x/v': name 'A'" in done.stderr
    assert "jsii.errors" not in done.stderr
    children = done.stdout.split()
    assert children
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
