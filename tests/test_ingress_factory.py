import inspect
import runpy
from pathlib import Path
from types import MappingProxyType
from typing import Any

import kube
import pytest
import yaml
from attrs import evolve
from cdk8s import ApiObject, App, Chart, JsonPatch
from manifests import new_chart, objects, one, synth

from t3afk_constructs import (
    HOME,
    CollisionError,
    Dns,
    IngressFactory,
    InputError,
    Nfs,
    Platform,
    Sablier,
    ingress_checks,
    ingress_factory,
)
from t3afk_constructs.ingress_checks import unlisted

EXAMPLE = Path(__file__).parents[1] / "examples" / "home_ingresses.py"
MINIMAL: dict[str, Any] = {"name": "demo", "namespace": "apps"}
OTHER = Platform(
    domain="example.org",
    tls_secret_name="wildcard",
    secret_store="store",
    nfs=Nfs(storage_class="nfs"),
    dns=Dns(
        external_dns=True,
        public_ipv4="192.0.2.1",
        public_ipv6="2001:db8::1",
        cloudflare_proxied_property="cloudflare/proxied",
    ),
    ingress_class="edge",
    traefik_namespace="edge",
    shared_middlewares=("*",),
    sablier_url="http://sablier.edge:1",
    default_allowed_groups=("staff",),
)
ALL: dict[str, Any] = {
    "name": "demo",
    "namespace": "apps",
    "service_name": "anubis-demo",
    "port": 8080,
    "host": "unused",
    "root_domain": "unused.example.org",
    "full_host": "*.demo.example.net",
    "tls_secret_name": "own-tls",
    "ingress_path": ["/", "/api"],
    "auth": "required",
    "allowed_groups": ["A", "B team"],
    "dns_type": "non-proxied",
    "max_body_size": "3G",
    "custom_content_security_policy": "default-src 'self'",
    "extra_annotations": {"example.com/note": "yes: it is"},
    "extra_middlewares": ["edge-x402@kubernetescrd"],
    "skip_default_rate_limit": True,
    "anti_ai_scraping": True,
    "allow_local_access_only": True,
    "sablier": Sablier(
        group="demos",
        session_duration="30m",
        strategy="blocking",
        display_name="Demo",
        theme="hacker-terminal",
        refresh_frequency="2s",
        blocking_timeout="90s",
    ),
    "external_monitor": True,
    "external_monitor_name": "Demo app",
    "homepage_enabled": True,
    "homepage_group": "Demos",
    "external_name": "demo.example.com",
    "platform": OTHER,
}


def made(**inputs: Any) -> IngressFactory:
    return IngressFactory(new_chart(), "web", **{**MINIMAL, **inputs})


def refused(**inputs: Any) -> str:
    with pytest.raises(InputError, match="IngressFactory 'test/web': ") as caught:
        made(**inputs)
    return str(caught.value)


def test_minimal_inputs_match_the_golden_file(golden: Any) -> None:
    golden("ingress-minimal", synth(Chart.of(made())))


def test_all_inputs_match_the_golden_file(golden: Any) -> None:
    assert ALL.keys() == inspect.signature(IngressFactory.__init__).parameters.keys() - {"self", "scope", "id"}
    golden("ingress-all-inputs", synth(Chart.of(made(**ALL))))


def test_the_ten_call_sites_match_the_golden_file(golden: Any) -> None:
    chart = runpy.run_path(str(EXAMPLE))["HomeIngresses"](App(), "home-ingresses")
    assert len([o for o in objects(chart) if o["kind"] == "Ingress"]) == 10
    golden("home-ingresses", synth(chart))


def test_the_ten_call_sites_synthesize_without_a_warning(app: App, capfd: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLE))["HomeIngresses"](app, "home-ingresses")
    app.synth()
    assert capfd.readouterr().err == ""


def test_every_input_reads_back_as_given() -> None:
    ingress = made(**ALL)
    lists = {"ingress_path", "allowed_groups", "extra_middlewares"}
    assert {name: getattr(ingress, name) for name in ALL} == {
        name: tuple(value) if name in lists else value for name, value in ALL.items()
    }


def test_every_input_reads_back_with_its_default_resolved() -> None:
    ingress = made(sablier=Sablier(), dns_type="proxied")
    assert {name: getattr(ingress, name) for name in ALL} == {
        "name": "demo",
        "namespace": "apps",
        "service_name": "demo",
        "port": 80,
        "host": "demo",
        "root_domain": "viktorbarzin.me",
        "full_host": "demo.viktorbarzin.me",
        "tls_secret_name": "tls-secret",
        "ingress_path": ("/",),
        "auth": "required",
        "allowed_groups": ("Home Server Admins",),
        "dns_type": "proxied",
        "max_body_size": None,
        "custom_content_security_policy": None,
        "extra_annotations": {},
        "extra_middlewares": (),
        "skip_default_rate_limit": False,
        "anti_ai_scraping": False,
        "allow_local_access_only": False,
        "sablier": Sablier(group="demo", display_name="demo"),
        "external_monitor": True,
        "external_monitor_name": None,
        "homepage_enabled": True,
        "homepage_group": "Other",
        "external_name": None,
        "platform": HOME,
    }


def test_nothing_of_the_home_cluster_leaks_into_another_platform() -> None:
    ingress = made(platform=OTHER, dns_type="non-proxied", sablier=Sablier(), anti_ai_scraping=True)
    rendered = synth(Chart.of(ingress))
    assert "example.org" in rendered
    leaks = [HOME.domain, HOME.tls_secret_name, "traefik-", "Home Server", HOME.sablier_url, str(HOME.dns.public_ipv4)]
    assert [word for word in leaks if word in rendered] == []


def test_every_middleware_of_its_own_is_rendered_in_its_namespace_under_the_chains_name() -> None:
    ingress = made(sablier=Sablier(), custom_content_security_policy="default-src 'self'", max_body_size="0")
    rendered = [o for o in objects(Chart.of(ingress)) if o["kind"] == "Middleware"]
    names = {f"{o['metadata']['namespace']}-{o['metadata']['name']}@kubernetescrd" for o in rendered}
    assert len(rendered) == 3
    assert names == {entry for entry in ingress.middlewares if entry.startswith("apps-")}


def test_a_size_beyond_32_bits_stays_exact() -> None:
    found = objects(Chart.of(made(max_body_size="9007199254740991")))
    assert one(found, "Middleware", "buffering-demo")["spec"] == {
        "buffering": {"maxRequestBodyBytes": 9007199254740991}
    }


def test_the_ingress_is_the_constructs_default_child() -> None:
    ingress = made(max_body_size="1m")
    assert ApiObject.of(ingress).kind == "Ingress"


def test_two_ingresses_in_one_chart_keep_their_own_objects() -> None:
    chart = new_chart()
    for name in ("one", "two"):
        IngressFactory(chart, name, name=name, namespace="apps", max_body_size="1m", external_name="a.example.com")
    found = objects(chart)
    for name in ("one", "two"):
        assert one(found, "Ingress", name)["spec"]["rules"][0]["host"] == f"{name}.viktorbarzin.me"
        one(found, "Middleware", f"buffering-{name}")
        one(found, "Service", name)


def test_a_second_ingress_of_the_same_name_is_refused() -> None:
    chart = new_chart()
    IngressFactory(chart, "one", **MINIMAL)
    with pytest.raises(
        CollisionError, match=r"Ingress 'demo' in namespace 'apps' is made twice: by 'test/one/Resource'"
    ):
        IngressFactory(chart, "two", **MINIMAL)


def test_a_refused_input_leaves_no_construct_behind() -> None:
    chart = new_chart()
    with pytest.raises(InputError, match="port"):
        IngressFactory(chart, "web", **MINIMAL, port=0)
    assert len(chart.node.children) == 0


LONG = "a" * 63


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"name": "home_assistant"}, "name 'home_assistant' does not keep the rule: it must be a DNS subdomain"),
        ({"name": "Demo"}, "name 'Demo' does not keep the rule"),
        ({"namespace": "a.b"}, "namespace 'a.b' does not keep the rule: it must be a DNS label"),
        ({"service_name": "9a"}, "service_name '9a' does not keep the rule: it must be a Service's name"),
        ({"service_name": ""}, "service_name '' does not keep the rule"),
        ({"name": "a.b"}, "service_name 'a.b' does not keep the rule"),
        ({"port": "80"}, "port '80' must be a port: a number from 1 to 65535, not text"),
        ({"port": 0}, "port 0 must be a port"),
        ({"port": 65536}, "port 65536 must be a port"),
        ({"port": True}, "port True must be a port"),
        ({"host": "a_b"}, "host 'a_b' does not keep the rule"),
        ({"host": "Demo"}, "host 'Demo' does not keep the rule"),
        ({"host": "-a"}, "host '-a' does not keep the rule"),
        ({"host": ""}, "host '' does not keep the rule"),
        ({"host": "a" * 64}, "63 is the most that DNS takes"),
        ({"host": ".".join([LONG] * 3), "root_domain": LONG}, "253 characters"),
        ({"full_host": "a.*.example.com"}, r"full_host 'a\.\*\.example\.com' does not keep the rule"),
        ({"full_host": "https://demo"}, "full_host 'https://demo' does not keep the rule"),
        ({"root_domain": "example.com/"}, "root_domain 'example.com/' does not keep the rule"),
        ({"tls_secret_name": ""}, "tls_secret_name '' does not keep the rule"),
        ({"ingress_path": ["api"]}, "'api', which is not absolute; write '/api'"),
        ({"ingress_path": []}, "is too short; give at least 1"),
        ({"ingress_path": "/"}, r"ingress_path '/' is not a list; put the value in \[ \]"),
        ({"ingress_path": ["/`) || Host(`a"]}, "which ends the path in Traefik's rule"),
        ({"auth": "protected"}, "auth 'protected' is not one .*; write one of 'required', 'app', 'public', 'none'"),
        ({"auth": None}, "auth None is not one of"),
        ({"dns_type": "public"}, "write one of 'proxied', 'non-proxied', 'internal', 'none'"),
        ({"allowed_groups": ["A,B"]}, "'A,B', which has a comma in it, which would make it two groups"),
        ({"allowed_groups": "A"}, "allowed_groups 'A' is not a list"),
        ({"allowed_groups": [""]}, "which is empty"),
        ({"max_body_size": "10x"}, "max_body_size '10x' must be a size as text"),
        ({"max_body_size": "-1"}, "max_body_size '-1' must be a size"),
        ({"max_body_size": ""}, "max_body_size '' must be a size"),
        ({"max_body_size": 10}, "max_body_size 10 must be a size as text"),
        ({"max_body_size": "1.5g"}, "max_body_size '1.5g' must be a size"),
        ({"max_body_size": "10mb"}, "max_body_size '10mb' must be a size"),
        ({"max_body_size": "\u0661"}, "must be a size"),
        ({"max_body_size": "9007199254740992"}, "is larger than 9007199254740991 bytes"),
        ({"custom_content_security_policy": ""}, "custom_content_security_policy '' is empty"),
        ({"custom_content_security_policy": "a;\n"}, "has a line break"),
        ({"extra_annotations": {"example.com/a": 1}}, "the value 1, which is not text; write a string"),
        ({"extra_annotations": {"constructor": "1"}}, "which is a name that cdk8s cannot render; write another one"),
        ({"extra_annotations": {"a b": "1"}}, "has the key 'a b', which must be a key"),
        ({"extra_annotations": {"a": "0o7"}}, "which is read as a number by kubectl"),
        ({"extra_annotations": {"0o17": "x"}}, "extra_annotations .* has '0o17' in it, which is read as a number"),
        ({"extra_middlewares": "a@file"}, "extra_middlewares 'a@file' is not a list"),
        ({"extra_middlewares": ["traefik-x402"]}, "does not say which provider has it.*@kubernetescrd"),
        ({"extra_middlewares": ["a@file,b@file"]}, "has a comma in it; write each middleware as an entry of its own"),
        ({"extra_middlewares": [1]}, "has the entry 1, which is not text"),
        ({"skip_default_rate_limit": "true"}, "skip_default_rate_limit 'true' is neither True nor False"),
        ({"anti_ai_scraping": "false"}, "anti_ai_scraping 'false' is neither"),
        ({"allow_local_access_only": None}, "allow_local_access_only None is neither"),
        ({"sablier": {}}, r"sablier {} is no Sablier; write Sablier\(\), or Sablier\(group='media'\)"),
        ({"sablier": True}, "sablier True is no Sablier"),
        ({"external_monitor": "yes"}, "external_monitor 'yes' is neither"),
        ({"external_monitor_name": ""}, "external_monitor_name '' is empty"),
        ({"homepage_enabled": 1}, "homepage_enabled 1 is neither"),
        ({"homepage_group": ""}, "homepage_group '' is empty"),
        ({"external_name": "192.0.2.1"}, "is an address, which an ExternalName Service takes for a name"),
        ({"external_name": "http://nas"}, "external_name 'http://nas' does not keep the rule"),
        (
            {"name": "a.b", "service_name": "svc", "external_name": "nas.lan"},
            "makes a Service of the Ingress's name 'a.b', which does not keep the rule: it must be a Service's name",
        ),
        ({"name": "1a", "service_name": "svc", "external_name": "nas.lan"}, "Ingress's name '1a', which does not keep"),
        ({"name": "a" * 60, "external_name": "nas.lan"}, "the port 'a+-web' of 64 characters; 63 is the most"),
        ({"name": "a" * 53, "custom_content_security_policy": "x"}, "of 64 characters; 63 .* a name of at most 52"),
        ({"name": "a" * 56, "sablier": Sablier()}, "of 64 characters; 63 is the most, .* a name of at most 55"),
        ({"name": "a" * 64, "service_name": "svc", "sablier": Sablier()}, "takes its group from name, which has 64"),
        ({"name": "a" * 54, "max_body_size": "1m"}, "of 64 characters; 63 is the most, .* a name of at most 53"),
        (
            {"name": "a.b", "service_name": "ab", "max_body_size": "1m"},
            "which Traefik calls 'apps-buffering-a-b@kubernetescrd': .* write single '-' and no '.' in both names",
        ),
        ({"name": "a--b", "max_body_size": "1m"}, "Traefik calls 'apps-buffering-a-b@kubernetescrd'"),
        (
            {
                "name": "retry",
                "namespace": "a",
                "sablier": Sablier(),
                "platform": evolve(HOME, traefik_namespace="a-sablier"),
            },
            "makes the Middleware 'sablier-retry', which Traefik cannot tell from 'a-sablier/retry'",
        ),
        ({"platform": None}, "platform None is no Platform"),
    ],
)
def test_an_input_that_the_cluster_would_refuse_or_misread_is_refused(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        made(**inputs)


@pytest.mark.parametrize("name", ["middlewares", "entrypoints", "entryPoints", "MIDDLEWARES"])
@pytest.mark.parametrize("as_mapping", [dict, MappingProxyType])
def test_an_annotation_that_would_undo_the_posture_is_refused_with_the_way_out(name: str, as_mapping: Any) -> None:
    key = f"traefik.ingress.kubernetes.io/router.{name}"
    message = refused(extra_annotations=as_mapping({key: "traefik-retry@kubernetescrd"}))
    assert "extra_middlewares" in message or "IngressRoute" in message


def test_an_annotation_of_another_class_is_refused_and_of_the_same_accepted() -> None:
    assert "beside 'traefik'" in refused(extra_annotations={"kubernetes.io/ingress.class": "nginx"})
    made(extra_annotations={"kubernetes.io/ingress.class": "traefik"})


@pytest.mark.parametrize(
    "inputs",
    [
        {"name": "a" * 52, "custom_content_security_policy": "x"},
        {"name": "a" * 59, "external_name": "nas.lan."},
        {"name": "a.b", "service_name": "a", "host": "*"},
        {"name": "a--b"},
        {"ingress_path": ["/", "/"]},
        {"allowed_groups": ["A", "A"]},
        {"allowed_groups": ["A"], "auth": "none"},
        {"extra_middlewares": [None, "", "a@file", "a@file"]},
        {"extra_annotations": {"Example.com/A": "", "traefik.ingress.kubernetes.io/router.priority": "10"}},
        {"max_body_size": "0"},
    ],
)
def test_an_odd_input_that_works_in_the_module_is_accepted(inputs: dict[str, Any]) -> None:
    assert one(objects(Chart.of(made(**inputs))), "Ingress", inputs.get("name", "demo"))


def test_no_groups_are_said_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    made(allowed_groups=[])
    assert "warning: test/web: allowed_groups is empty" in capfd.readouterr().err


def test_external_name_is_the_host_that_the_service_points_at() -> None:
    service = one(objects(Chart.of(made(external_name="nas.lan", port=5001))), "Service", "demo")
    assert service["metadata"]["labels"] == {"app": "demo"}
    assert service["spec"] == {
        "type": "ExternalName",
        "externalName": "nas.lan",
        "ports": [{"name": "demo-web", "port": 5001, "protocol": "TCP", "targetPort": 5001}],
    }


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An app that writes its manifests out of the way."""
    return App(outdir=str(tmp_path))


def ingress_in(app: App, **inputs: Any) -> IngressFactory:
    return IngressFactory(Chart(app, "test"), "web", **{**MINIMAL, **inputs})


def test_a_middleware_that_nobody_makes_is_named_once_at_synth(app: App, capfd: pytest.CaptureFixture[str]) -> None:
    ingress_in(app, extra_middlewares=["tools-auth@kubernetescrd", "traefik-retry@kubernetescrd", "a@file"])
    app.synth()
    warnings = capfd.readouterr().err.splitlines()
    assert [line.split(" is neither")[0] for line in warnings] == [
        "warning: test/web: the middleware 'tools-auth@kubernetescrd'",
        "warning: test/web: the middleware 'a@file'",
    ]


def test_a_middleware_that_nobody_makes_is_an_error_where_the_platform_is_strict(app: App) -> None:
    ingress_in(app, extra_middlewares=["tools-auth@kubernetescrd"], platform=evolve(HOME, strict_middlewares=True))
    with pytest.raises(Exception, match=r"\[test/web\] the middleware 'tools-auth@kubernetescrd' is neither shared"):
        app.synth()


@pytest.mark.parametrize("name", ["auth", "my.auth"])
def test_a_middleware_that_another_chart_of_the_app_makes_is_known(app: App, name: str, tmp_path: Path) -> None:
    ingress_in(
        app,
        extra_middlewares=[f"my-tools-{name.replace('.', '-')}@kubernetescrd"],
        platform=evolve(HOME, strict_middlewares=True),
    )
    other = Chart(app, "other", namespace="my-tools")
    ApiObject(other, "auth", api_version="traefik.io/v1alpha1", kind="Middleware", metadata={"name": name})
    app.synth()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_middleware_of_another_provider_is_listed_as_traefik_names_it(app: App) -> None:
    shared = (*HOME.shared_middlewares, "a@file")
    ingress_in(
        app, extra_middlewares=["a@file"], platform=evolve(HOME, strict_middlewares=True, shared_middlewares=shared)
    )
    app.synth()


@pytest.mark.parametrize(
    ("entry", "known"),
    [
        ("traefik-retry", True),
        ("traefik-demo-rate-limit", True),
        ("traefik--rate-limit", False),
        ("traefik-a.b-rate-limit", False),
        ("traefik-rate-limit-demo", False),
        ("apps-retry", False),
        ("tools-auth", True),
        ("tools-auth-more", False),
    ],
)
def test_a_middleware_is_known_when_it_is_shared_or_rendered(entry: str, known: bool) -> None:
    name = f"{entry}@kubernetescrd"
    assert unlisted([name], HOME, [("tools", "auth")]) == ([] if known else [name])


def test_a_platform_without_shared_middlewares_knows_none() -> None:
    assert unlisted(["traefik-retry@kubernetescrd"], evolve(HOME, shared_middlewares=())) == [
        "traefik-retry@kubernetescrd"
    ]


def test_only_what_is_left_to_look_up_is_checked_at_synth(monkeypatch: pytest.MonkeyPatch) -> None:
    def unexpected(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(ingress_factory, "MiddlewareCheck", unexpected)
    monkeypatch.setattr(ingress_factory, "SablierCheck", unexpected)
    made(max_body_size="1m", custom_content_security_policy="default-src 'self'")


def test_only_a_service_name_that_is_given_tells_of_anubis() -> None:
    assert "traefik-real-ip@kubernetescrd" not in made(name="anubis-demo").middlewares
    assert "traefik-real-ip@kubernetescrd" in made(service_name="anubis-demo").middlewares


def test_a_pattern_of_shared_middlewares_stands_for_names_of_the_traefik_namespace_alone(app: App) -> None:
    ingress_in(
        app,
        extra_middlewares=["traefik-demo-rate-limit@kubernetescrd", "apps-demo-rate-limit@kubernetescrd"],
        platform=evolve(HOME, strict_middlewares=True),
    )
    with pytest.raises(Exception, match="apps-demo-rate-limit") as caught:
        app.synth()
    assert "traefik-demo-rate-limit" not in str(caught.value)


def test_a_later_synth_sees_what_was_added_since(app: App) -> None:
    ingress_in(app, extra_middlewares=["tools-auth@kubernetescrd"], platform=evolve(HOME, strict_middlewares=True))
    with pytest.raises(Exception, match="tools-auth"):
        app.synth()
    tools = Chart(app, "tools", namespace="tools")
    ApiObject(tools, "auth", api_version="traefik.io/v1alpha1", kind="Middleware", metadata={"name": "auth"})
    app.synth()


def test_a_check_that_came_since_the_last_synth_looks_anew(app: App) -> None:
    strict = evolve(HOME, strict_middlewares=True)
    first, tools = Chart(app, "a"), Chart(app, "tools", namespace="tools")

    def middleware_and_ingress(name: str, chart: Chart) -> None:
        ApiObject(tools, name, api_version="traefik.io/v1alpha1", kind="Middleware", metadata={"name": name})
        needs = [f"tools-{name}@kubernetescrd"]
        IngressFactory(chart, f"{name}-i", name=name, namespace="apps", extra_middlewares=needs, platform=strict)

    middleware_and_ingress("one", tools)
    app.synth()
    middleware_and_ingress("two", first)
    app.synth()


def test_a_middleware_in_a_list_is_known(app: App) -> None:
    chart = ingress_in(
        app, extra_middlewares=["tools-auth@kubernetescrd"], platform=evolve(HOME, strict_middlewares=True)
    ).node.scope
    metadata = {"name": "auth", "namespace": "tools"}
    listed = {"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": metadata}
    made = ApiObject(chart, "list", api_version="v1", kind="List")
    made.add_json_patch(JsonPatch.add("/items", [listed, {"kind": "Pod"}]))
    app.synth()


def test_all_checks_of_one_synth_share_one_look_at_the_app(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    scan = ingress_checks.Scan
    monkeypatch.setattr(ingress_checks, "Scan", lambda root: looks.append(1) or scan(root))
    chart = Chart(app, "test")
    for name in ("one", "two", "three"):
        IngressFactory(chart, name, name=name, namespace="apps", sablier=Sablier(), extra_middlewares=["a@file"])
    chart.to_json()
    assert len(looks) == 1


@pytest.mark.cluster
@pytest.mark.usefixtures("cluster")
def test_the_api_server_takes_the_ten_call_sites(tmp_path: Path) -> None:
    rendered = objects(runpy.run_path(str(EXAMPLE))["HomeIngresses"](App(), "home-ingresses"))
    for manifest in rendered:
        manifest["metadata"]["namespace"] = "default"
    file = tmp_path / "all.yaml"
    file.write_text(yaml.safe_dump_all(rendered))
    taken = kube.kubectl("apply", "--server-side", "--dry-run=server", "--field-manager=test", "-f", file)
    assert len(taken.splitlines()) == len(rendered)


def test_a_patch_of_the_chart_reaches_the_ingress() -> None:
    ingress = made()
    ingress.ingress.add_json_patch(JsonPatch.remove("/spec/tls"))
    assert "tls" not in one(objects(Chart.of(ingress)), "Ingress", "demo")["spec"]


def test_annotations_that_are_too_large_together_are_refused() -> None:
    with pytest.raises(InputError, match="the API server takes 262144"):
        IngressFactory(
            new_chart(), "ingress", name="a", namespace="a", external_monitor=True, external_monitor_name="x" * 262144
        )
