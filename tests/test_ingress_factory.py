import inspect
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import cdk8s_plus_27 as kplus
import kube
import pytest
import yaml
from attrs import evolve
from cdk8s import ApiObjectMetadata, App, Chart
from manifests import new_chart, objects, one, render

from t3afk_constructs import (
    HOME,
    Dns,
    IngressFactory,
    InputError,
    Manifest,
    Nfs,
    Platform,
    Sablier,
    SynthError,
    T3Executor,
    synth,
)
from t3afk_constructs.traefik import PRIORITY

EXAMPLE = Path(__file__).parents[1] / "examples" / "home_ingresses.py"
STRICT = evolve(HOME, strict_middlewares=True)
CLASHING = evolve(HOME, traefik_namespace="a-sablier", shared_middlewares=("x402",))
ADDRESSES = {"public_ipv4": "192.0.2.1", "public_ipv6": "2001:db8::1"}
OTHER = Platform(
    domain="example.org",
    tls_secret_name="wildcard",
    secret_store="store",
    nfs=Nfs(storage_class="nfs"),
    dns=Dns(external_dns=True, **ADDRESSES, cloudflare_proxied_property="cloudflare/proxied"),
    ingress_class="edge",
    traefik_namespace="edge",
    shared_middlewares=("*",),
    sablier_url="http://sablier.edge:1",
    default_allowed_groups=("staff",),
)


def make(**inputs: Any) -> IngressFactory:
    return IngressFactory(new_chart(), "web", **{"name": "demo"} | inputs)


def plus_service(*ports: int, name: str = "backend") -> Callable[[Chart], kplus.Service]:
    """How a chart gets a Service of cdk8s-plus."""
    listed = [kplus.ServicePort(port=port, name=f"port-{port}") for port in ports]
    return lambda chart: kplus.Service(chart, "backend", metadata=ApiObjectMetadata(name=name), ports=listed)


def executor(chart: Chart) -> T3Executor:
    inputs = {"claim_name": "data", "secret_name": "tokens", "agent_instructions": "Work.\n"}
    return T3Executor(chart, "executor", name="backend", **inputs)


SIGNATURE = inspect.signature(IngressFactory.__init__).parameters
WAITING = {"display_name": "Demo", "theme": "hacker-terminal", "refresh_frequency": "2s", "blocking_timeout": "90s"}
ALL_INPUTS: dict[str, Any] = {
    "name": "demo",
    "namespace": "apps",
    "service": plus_service(9090, 8080, name="anubis-demo")(new_chart()),
    "service_name": "anubis-demo",
    "port": 8080,
    "host": "unused",
    "root_domain": "unused.example.org",
    "full_host": "*.demo.example.net",
    "tls_secret_name": "own-tls",
    "ingress_path": ("/", "/api"),
    "auth": "required",
    "allowed_groups": ("A", "B team"),
    "dns_type": "non-proxied",
    "max_body_size": "3G",
    "custom_content_security_policy": "default-src 'self'",
    "extra_annotations": {"example.com/note": "yes: it is", PRIORITY: "1"},
    "extra_middlewares": ("edge-x402@kubernetescrd",),
    "skip_default_rate_limit": True,
    "anti_ai_scraping": True,
    "allow_local_access_only": True,
    "sablier": Sablier(group="demos", session_duration="30m", strategy="blocking", **WAITING),
    "external_monitor": True,
    "external_monitor_name": "Demo app",
    "homepage_enabled": True,
    "homepage_group": "Demos",
    "external_name": "demo.example.com",
    "platform": OTHER,
}


def test_minimal_inputs_match_the_golden_file(golden: Any) -> None:
    golden("ingress-minimal", render(make().chart))


def test_all_inputs_match_the_golden_file_and_read_back_as_given(golden: Any) -> None:
    assert [*SIGNATURE] == ["self", "scope", "id", *ALL_INPUTS]
    ingress = make(**ALL_INPUTS)
    golden("ingress-all-inputs", render(ingress.chart))
    assert {name: getattr(ingress, name) for name in ALL_INPUTS} == ALL_INPUTS


def test_the_ten_call_sites_pass_guard_without_a_warning_and_match_the_golden_file(golden: Any, tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, EXAMPLE], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout + run.stderr == ""
    golden("home-ingresses", (tmp_path / "dist/home-ingresses.k8s.yaml").read_text())


def test_every_input_reads_back_with_its_default_resolved() -> None:
    ingress = make(sablier=Sablier(), dns_type="proxied")
    resolved = {
        **dict.fromkeys(["name", "service_name", "host"], "demo"),
        "namespace": "apps",
        "port": 80,
        "root_domain": "viktorbarzin.me",
        "full_host": "demo.viktorbarzin.me",
        "tls_secret_name": "tls-secret",
        "allowed_groups": ("Home Server Admins",),
        "dns_type": "proxied",
        "extra_annotations": {},
        "anti_ai_scraping": False,
        "sablier": Sablier(group="demo", display_name="demo"),
        "external_monitor": True,
        "homepage_group": "Other",
        "platform": HOME,
    }
    for name in ALL_INPUTS:
        assert getattr(ingress, name) == resolved.get(name, SIGNATURE[name].default), name


def test_another_platform_renders_no_fact_of_the_home_cluster() -> None:
    rendered = render(make(platform=OTHER, dns_type="non-proxied", sablier=Sablier(), anti_ai_scraping=True).chart)
    assert "example.org" in rendered
    facts = [HOME.domain, HOME.tls_secret_name, "traefik-", "Home Server", HOME.sablier_url, str(HOME.dns.public_ipv4)]
    assert [fact for fact in facts if fact in rendered] == []


def test_the_chain_names_the_rendered_middlewares() -> None:
    ingress = make(sablier=Sablier(), custom_content_security_policy="default-src 'self'", max_body_size="0")
    rendered = [o["metadata"] for o in objects(ingress.chart) if o["kind"] == "Middleware"]
    assert len(rendered) == len(ingress.own_middlewares) == 3
    names = {f"{metadata['namespace']}-{metadata['name']}@kubernetescrd" for metadata in rendered}
    assert names == {entry for entry in ingress.middlewares if entry.startswith("apps-")}


@pytest.mark.parametrize(
    ("make_service", "inputs", "port"),
    [
        (plus_service(8080), {"service_name": "backend", "port": 8080}, 8080),
        (plus_service(9090, 8080), {}, 9090),
        (plus_service(9090, 8080), {"port": 8080}, 8080),
        (executor, {}, 3773),
        (lambda chart: executor(chart).service_handle, {}, 3773),
        (lambda chart: IngressFactory(chart, "other", name="other", service_name="backend", port=81), {}, 81),
        # It gets the namespace of the kubeconfig, which may be the Ingress's.
        (lambda _: plus_service(8080)(Chart(App(), "without-namespace")), {}, 8080),
    ],
)
def test_service_names_the_backend_and_its_first_port(make_service: Any, inputs: dict[str, Any], port: int) -> None:
    chart = new_chart()
    service = make_service(chart)
    ingress = IngressFactory(chart, "web", name="demo", service=service, **inputs)
    (path,) = one(objects(chart), "Ingress", "demo")["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": "backend", "port": {"number": port}}
    assert (ingress.service, ingress.service_name, ingress.port) == (service, "backend", port)


@pytest.mark.parametrize(
    ("make_service", "inputs", "message"),
    [
        (plus_service(9090, 8080), {"port": 80}, "port 80 is not a port of the Service 'backend'; use 9090 or 8080"),
        (executor, {"port": 80}, "port 80 is not a port of the Service 'backend'; use 3773"),
        (plus_service(), {}, "service <cdk8s_plus_27.Service> has no port; pass port= to 'backend', or add a por"),
        (plus_service(), {"port": 80}, "service <cdk8s_plus_27.Service> has no port"),
        (plus_service(80), {"namespace": "other"}, "service .* is in the namespace 'apps', but the Ingress is in 'oth"),
        (executor, {"namespace": "other"}, "service .* is in the namespace 'apps', but the Ingress is in 'other'"),
        (plus_service(80), {"service_name": "demo"}, "'demo' is not the name of the given service, which is 'backend'"),
        (lambda _: "backend", {}, "service 'backend' is not a Service; .* or its name as service_name"),
        (lambda chart: executor(chart).service, {}, "service <.*Manifest> is not a Service; pass a WebService, Serv"),
        (lambda _: SimpleNamespace(service_name="a b", namespace="apps", service_ports="80"), {}, "is not a Service"),
    ],
)
def test_a_service_that_the_ingress_cannot_reach_is_refused(
    make_service: Any, inputs: dict[str, Any], message: str
) -> None:
    chart = new_chart()
    with pytest.raises(InputError, match=f"IngressFactory 'test/web': .*{message}"):
        IngressFactory(chart, "web", name="demo", service=make_service(chart), **inputs)


def test_a_default_service_of_anubis_gets_no_real_address() -> None:
    assert "traefik-real-ip@kubernetescrd" not in make(name="anubis-demo").middlewares


@pytest.mark.parametrize("value", ["", "a\n", object()])
def test_no_input_takes_the_empty_text_a_line_break_or_an_object(value: object) -> None:
    with pytest.raises(InputError, match="27 wrong inputs") as caught:
        make(**dict.fromkeys(ALL_INPUTS, value))
    assert {wrong.name for wrong in caught.value.wrong} == ALL_INPUTS.keys()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("name", "home_assistant", "breaks the rule: it must be a DNS subdomain"),
        ("name", "a.b", "is the default of service_name, which breaks the rule: it must be a Service's name"),
        ("namespace", "a.b", "breaks the rule: it must be a DNS label"),
        ("service_name", "9a", "breaks the rule: it must be a Service's name"),
        ("port", 0, "must be a port: a number from 1 to 65535"),
        ("host", "a" * 64, "has the label .* of 64 characters; DNS accepts at most 63"),
        ("full_host", "a.*.example.com", "breaks the rule"),
        ("full_host", "192.0.2.1", "is an address; write a host name"),
        ("ingress_path", ["api"], "contains 'api', which is not absolute; write '/api'"),
        ("ingress_path", [], "is too short; give at least 1"),
        ("ingress_path", ["/`) || Host(`a"], "which contains '`', which ends the path in Traefik's rule"),
        ("ingress_path", ["/a\ufeff"], r"contains a byte order mark \(U\+FEFF\), with which Traefik drops the rule"),
        ("auth", "protected", "is not allowed; use one of 'required', 'app', 'public', 'none'"),
        ("auth", None, "is not allowed"),
        ("dns_type", "public", "is not allowed; use one of 'proxied', 'non-proxied', 'internal', 'none'"),
        ("allowed_groups", ["A,B"], "contains 'A,B', which contains a comma, which separates groups; write two entr"),
        ("allowed_groups", [""], "contains '', which is empty"),
        *(("max_body_size", size, "must be a size as text") for size in ("10x", "-1", "", 10, "1.5g", "\u0661")),
        ("max_body_size", "9007199254740992", "is larger than 9007199254740991 bytes"),
        ("extra_annotations", {"example.com/a": 1}, "the value 1 at .*, which is not text; write a string"),
        ("extra_annotations", {"constructor": "1"}, "which is a key that cdk8s cannot render; choose another key"),
        ("extra_annotations", {"a b": "1"}, "has the key 'a b', which must be a key"),
        ("extra_annotations", {"kubernetes.io/ingress.class": "nginx"}, "'nginx', but the Ingress has 'traefik'"),
        ("extra_middlewares", ["traefik-x402"], "which has no provider, .* write '<namespace>-<name>@kubernetescrd'"),
        ("extra_middlewares", ["a@file,b@file"], "which contains a comma; write one entry for each middleware"),
        ("extra_middlewares", [1], "contains 1, which is not text"),
        ("external_name", "192.0.2.1", "is an address, but an ExternalName Service resolves it as a name"),
    ],
)
def test_an_input_that_the_cluster_would_refuse_or_misread_is_refused(name: str, value: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"IngressFactory 'test/web': {name} .*{message}"):
        make(**{name: value})


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"host": "a." * 100 + "a", "root_domain": "a" * 53}, "full_host .* has 255 characters; it must be .* 253"),
        ({"name": "a.b", "service_name": "svc", "external_name": "nas.lan"}, "a Service with the Ingress's name 'a.b'"),
        ({"name": "a" * 60, "external_name": "nas.lan"}, "the port 'a+-web' of 64 characters; 63 is the maximum"),
        ({"name": "a" * 53, "custom_content_security_policy": "x"}, "of 64 characters, but 63 .* shorten name to 52"),
        ({"name": "a.b", "service_name": "ab", "max_body_size": "1m"}, "Traefik calls 'apps-buffering-a-b@kubernetes"),
        (
            {"host": "notes.viktorbarzin.me"},
            "host 'notes.viktorbarzin.me' ends in 'viktorbarzin.me', but .* or full_host=",
        ),
        ({"host": "viktorbarzin.me"}, "host .* write it without, or full_host='viktorbarzin.me'"),
        ({"name": "a.example.org", "root_domain": "example.org", "service_name": "a"}, "host .* ends in 'example.org'"),
        ({"host": "a.viktorbarzin.me", "root_domain": "example.org"}, "host .* ends in 'viktorbarzin.me'"),
        ({"host": "*"}, "full_host .* is a wildcard.*PRIORITY': '1'} \\(24 at most\\)".replace("PRIORITY", PRIORITY)),
        ({"host": "*", "extra_annotations": {PRIORITY: "25"}}, "full_host .* is a wildcard"),
        ({"host": "*", "extra_annotations": {PRIORITY: "0"}}, "full_host .* is a wildcard"),
        ({"full_host": "*.a.example.org"}, "full_host .* is a wildcard"),
        *(
            ({"auth": auth, "allowed_groups": groups}, f"allowed_groups .* needs auth='required', but auth is '{auth}'")
            for auth, groups in (("app", ["A"]), ("public", ["A"]), ("none", []))
        ),
        ({"name": "a--b", "max_body_size": "1m"}, "Traefik calls '.*', as it may .*; write single '-' and no '.' in"),
        *(
            (
                {"name": name, "namespace": "a", "sablier": Sablier(), "platform": CLASHING},
                f"'sablier-{name}', which has the same name in Traefik as the shared 'a-sablier/{name}'; choose",
            )
            for name in ("retry", "x402")
        ),
    ],
)
def test_inputs_that_do_not_fit_together_are_refused(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"IngressFactory 'test/web': .*{message}"):
        make(**inputs)


def test_one_error_names_all_inputs_that_do_not_fit_together() -> None:
    backend = {"namespace": "other", "service": plus_service(80)(new_chart()), "service_name": "demo", "port": 81}
    wrong = {"name": "a--b", **backend, "extra_annotations": {"kubernetes.io/ingress.class": "nginx"}}
    with pytest.raises(InputError, match="5 wrong inputs") as caught:
        make(**wrong, max_body_size="1m")
    assert {each.name for each in caught.value.wrong} == wrong.keys() - {"namespace"}


@pytest.mark.parametrize(
    ("option", "value", "way_out"),
    [
        *((name, "a@file", "use extra_middlewares") for name in ("middlewares", "MIDDLEWARES")),
        *((name, "web", "render an IngressRoute") for name in ("entrypoints", "entryPoints")),
        *((name, "Path", "which may then match other hosts") for name in ("pathmatcher", "PathMatcher")),
        ("rulesyntax", "v2", "which may then match other hosts"),
        ("priority", "high", "write a whole number"),
        ("priorty", "1", "does not exist in Traefik 3; correct its name"),
    ],
)
@pytest.mark.parametrize("as_mapping", [dict, MappingProxyType])
def test_an_annotation_that_would_open_or_drop_the_host_is_refused(
    option: str, value: str, way_out: str, as_mapping: Any
) -> None:
    with pytest.raises(InputError, match=f"has the key 'router.{option.lower()}', which .*{way_out}"):
        make(extra_annotations=as_mapping({f"traefik.ingress.kubernetes.io/router.{option}": value}))


@pytest.mark.parametrize(
    "inputs",
    [
        {"name": "a" * 52, "custom_content_security_policy": "x"},
        {"name": "a" * 59, "external_name": "nas.lan."},
        {"name": "a.b", "service_name": "a"},
        {"host": "*", "extra_annotations": {PRIORITY: "24"}},
        {"host": "a.b.example.com"},
        {"name": "a--b"},
        {"ingress_path": ["/", "/"]},
        {"allowed_groups": ["A", "A"]},
        {"extra_middlewares": [None, "", "a@file", "a@file"]},
        {
            "extra_annotations": {
                "Example.com/A": "",
                PRIORITY: "10",
                "traefik.ingress.kubernetes.io/router.TLS.options": "a",
            }
        },
        {"extra_annotations": {"kubernetes.io/ingress.class": "traefik"}},
        {"max_body_size": "9007199254740991"},
    ],
)
def test_an_odd_input_that_works_in_the_module_is_accepted(inputs: dict[str, Any]) -> None:
    assert one(objects(make(**inputs).chart), "Ingress", inputs.get("name", "demo"))


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path))


AUTH = {"name": "demo", "extra_middlewares": ["tools-auth@kubernetescrd", "traefik-retry@kubernetescrd"]}


def test_a_plain_synth_warns_of_an_unknown_middleware_and_of_no_groups(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    chart = Chart(app, "test")
    IngressFactory(chart, "web", **AUTH, allowed_groups=[], platform=HOME, namespace="apps")
    app.synth()
    place = "warning: test/web/Resource: Ingress 'demo' in namespace 'apps': "
    complaints = [line.removeprefix(place).split(" is ")[0] for line in capsys.readouterr().err.splitlines()]
    assert complaints == ["the middleware 'tools-auth@kubernetescrd'", "allowed_groups"]


@pytest.mark.parametrize(
    ("inputs", "rule"),
    [
        ([AUTH], "known-middlewares"),
        ([{"name": "demo"}, {"name": "demo", "host": "other"}], "unique-objects"),
        ([{"name": "demo", "external_monitor": True, "external_monitor_name": "x" * 262144}], "annotation-size"),
        ([{"name": "demo", "service_name": "e"}, {"name": "e", "external_name": "e.lan", "port": 81}], "ingress-port"),
    ],
)
@pytest.mark.parametrize("run", [synth, App.synth])
def test_synth_refuses_an_ingress_that_traefik_or_the_api_server_would_drop(
    app: App, inputs: list[dict[str, Any]], rule: str, run: Callable[[App], None]
) -> None:
    chart = new_chart(app, platform=STRICT)
    for index, each in enumerate(inputs):
        IngressFactory(chart, f"web-{index}", **each)
    with pytest.raises((SynthError, RuntimeError), match=rf"Ingress 'demo' in namespace 'apps': .* \[{rule}\]"):
        run(app)


def test_a_middleware_from_another_chart_of_the_app_is_known(app: App, tmp_path: Path) -> None:
    IngressFactory(new_chart(app, platform=STRICT), "web", **AUTH)
    kind = {"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware"}
    Manifest(Chart(app, "tools", namespace="tools"), "auth", kind | {"metadata": {"name": "auth"}, "spec": {}})
    synth(app)
    assert len(list(tmp_path.glob("*.yaml"))) == 2


@pytest.mark.cluster
@pytest.mark.usefixtures("cluster")
def test_the_api_server_accepts_the_ten_call_sites(tmp_path: Path) -> None:
    rendered = objects(runpy.run_path(str(EXAMPLE))["HomeIngresses"](App(), "home-ingresses"))
    for manifest in rendered:
        manifest["metadata"]["namespace"] = "default"
    file = tmp_path / "all.yaml"
    file.write_text(yaml.safe_dump_all(rendered))
    accepted = kube.kubectl("apply", "--server-side", "--dry-run=server", "--field-manager=test", "-f", file)
    assert len(accepted.splitlines()) == len(rendered)
