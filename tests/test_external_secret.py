import inspect
from typing import Any

import cdk8s_plus_27 as kplus
import pytest
from attrs import evolve
from manifests import new_chart, objects, one, render

from t3afk_constructs import HOME, ExternalSecret, InputError, RemoteRef, SecretKey, guard

API_KEY = RemoteRef("photos", property="api_key")
MINIMAL: dict[str, Any] = {"name": "photos", "namespace": "photos", "data": {"API_KEY": API_KEY}}
ALL: dict[str, Any] = {
    "name": "photos",
    "namespace": "photos",
    "data": {
        "API_KEY": RemoteRef("photos/keys", property="api_key", version="3", decoding_strategy="Base64"),
        "license.txt": RemoteRef("photos-license", metadata_policy="Fetch"),
    },
    "extract": ["photos/mail", RemoteRef("photos/login", conversion_strategy="Unicode")],
    "template": {"config.ini": "[api]\nkey = {{ .API_KEY }}\n"},
    "template_merge_policy": "Merge",
    "target_name": "photos-credentials",
    "secret_type": "example.com/credentials",
    "secret_labels": {"app": "photos"},
    "secret_annotations": {"reloader.stakater.com/match": "true"},
    "store": "safe",
    "store_kind": "SecretStore",
    "creation_policy": "Orphan",
    "deletion_policy": "Merge",
    "refresh_policy": "Periodic",
    "refresh_interval": "1h30m",
    "api_version": "v1beta1",
    "platform": evolve(HOME, domain="example.com"),
}


@pytest.mark.parametrize(("name", "inputs"), [("minimal", MINIMAL), ("all-inputs", ALL)])
def test_manifest_matches_the_golden_file(name: str, inputs: dict[str, Any], golden: Any) -> None:
    chart = new_chart()
    ExternalSecret(chart, "secret", **inputs)
    golden(f"external-secret-{name}", render(chart))


def test_every_input_reads_back_with_its_default() -> None:
    assert ALL.keys() == inspect.signature(ExternalSecret.__init__).parameters.keys() - {"self", "scope", "id"}
    secret = ExternalSecret(new_chart(), "secret", **MINIMAL)
    assert {name: getattr(secret, name) for name in ALL} == {
        **MINIMAL,
        "extract": (),
        "template": {},
        "template_merge_policy": "Replace",
        "target_name": "photos",
        "secret_type": None,
        "secret_labels": {},
        "secret_annotations": {},
        "store": HOME.secret_store,
        "store_kind": HOME.secret_store_kind,
        "creation_policy": "Owner",
        "deletion_policy": "Retain",
        "refresh_policy": "Periodic",
        "refresh_interval": "15m",
        "api_version": "v1",
        "platform": HOME,
    }


def test_cdk8s_plus_container_takes_variables_from_the_secret() -> None:
    chart = new_chart(namespace=MINIMAL["namespace"])
    secret = ExternalSecret(chart, "secret", **MINIMAL, target_name="photos-credentials").secret
    pod = kplus.Pod(chart, "pod", containers=[{"image": "docker.io/nginxinc/nginx-unprivileged:1.29"}])
    environment = pod.containers[0].env
    environment.copy_from(kplus.Env.from_secret(secret))
    environment.add_variable("KEY", kplus.EnvValue.from_secret_value(kplus.SecretValue(secret=secret, key="API_KEY")))
    found = objects(chart)
    assert [each["kind"] for each in found] == ["ExternalSecret", "Pod"]
    container = found[1]["spec"]["containers"][0]
    assert container["envFrom"] == [{"secretRef": {"name": "photos-credentials"}}]
    reference = {"key": "API_KEY", "name": "photos-credentials"}
    assert container["env"] == [{"name": "KEY", "valueFrom": {"secretKeyRef": reference}}]


def test_v1beta1_differs_from_v1_in_the_version_alone() -> None:
    rendered = []
    for version in ("v1", "v1beta1"):
        chart = new_chart()
        ExternalSecret(chart, "secret", **MINIMAL, api_version=version)
        rendered.append(one(objects(chart), "ExternalSecret", "photos"))
    assert rendered[0] == rendered[1] | {"apiVersion": "external-secrets.io/v1"}


# --- the forms of the home cluster's 126 ExternalSecrets


KV, DATABASE = ({"name": name, "kind": "ClusterSecretStore"} for name in ("vault-kv", "vault-database"))
LOGIN = RemoteRef("static-creds/pg-photos", property="password")
DATA = [{"secretKey": "API_KEY", "remoteRef": {"key": "photos", "property": "api_key"}}]
LOGIN_DATA = [{"secretKey": "password", "remoteRef": {"key": "static-creds/pg-photos", "property": "password"}}]
URL = {"DATABASE_URL": "postgresql+asyncpg://photos:{{ .password }}@postgresql.dbaas:5432/photos"}
RELOAD = {"reloader.stakater.com/match": "true"}
DOCKER = {
    ".dockerconfigjson": '{"auths":{"https://index.docker.io/v1/":{"username":"me","password":"{{ .pat }}",'
    '"auth":"{{ printf "me:%s" .pat | b64enc }}"}}}'
}
PAT = [{"secretKey": "pat", "remoteRef": {"key": "me", "property": "docker_pat"}}]
WIREGUARD = {"wg0.conf": "[Interface]\nPrivateKey = {{ .API_KEY }}\nPostUp = iptables -A FORWARD -j ACCEPT\n"}
FORMS: list[tuple[int, dict[str, Any], dict[str, Any]]] = [
    (46, {"extract": ["photos"]}, {"dataFrom": [{"extract": {"key": "photos"}}]}),
    (
        18,
        {"store": "vault-database", "data": {"password": LOGIN}, "template": URL, "secret_annotations": RELOAD},
        {
            "secretStoreRef": DATABASE,
            "target": {"template": {"metadata": {"annotations": RELOAD}, "data": URL}},
            "data": LOGIN_DATA,
        },
    ),
    (16, {"data": {"API_KEY": API_KEY}, "refresh_interval": "1h"}, {"data": DATA, "refreshInterval": "1h"}),
    (12, {"data": {"API_KEY": API_KEY}}, {"data": DATA}),
    (
        10,
        {"store": "vault-database", "data": {"password": LOGIN}, "template": URL},
        {"secretStoreRef": DATABASE, "target": {"template": {"data": URL}}, "data": LOGIN_DATA},
    ),
    (
        10,
        {"data": {"API_KEY": API_KEY}, "secret_annotations": RELOAD},
        {"target": {"template": {"metadata": {"annotations": RELOAD}}}, "data": DATA},
    ),
    (
        3,
        {"data": {"API_KEY": API_KEY}, "refresh_interval": "1h", "creation_policy": "Owner"},
        {"data": DATA, "refreshInterval": "1h", "target": {"creationPolicy": "Owner"}},
    ),
    (
        3,
        {"store": "vault-database", "data": {"password": LOGIN}},
        {"secretStoreRef": DATABASE, "data": LOGIN_DATA},
    ),
    (
        2,
        {"data": {"API_KEY": API_KEY}, "refresh_interval": "1h", "secret_annotations": RELOAD},
        {"target": {"template": {"metadata": {"annotations": RELOAD}}}, "data": DATA, "refreshInterval": "1h"},
    ),
    (
        1,
        {"data": {"API_KEY": API_KEY}, "template": WIREGUARD},
        {"data": DATA, "target": {"template": {"engineVersion": "v2", "data": WIREGUARD}}},
    ),
    (
        1,
        {"data": {"API_KEY": API_KEY}, "refresh_interval": "1h", "deletion_policy": "Retain"},
        {"data": DATA, "refreshInterval": "1h", "target": {"creationPolicy": "Owner", "deletionPolicy": "Retain"}},
    ),
    (
        1,
        {"extract": ["photos"], "refresh_interval": "1h"},
        {"dataFrom": [{"extract": {"key": "photos"}}], "refreshInterval": "1h"},
    ),
    (
        1,
        {
            "data": {"pat": RemoteRef("me", property="docker_pat")},
            "template": DOCKER,
            "secret_type": "kubernetes.io/dockerconfigjson",
            "refresh_interval": "1h",
        },
        {
            "data": PAT,
            "refreshInterval": "1h",
            "target": {"template": {"type": "kubernetes.io/dockerconfigjson", "data": DOCKER}},
        },
    ),
    (
        1,
        {"data": {"password": RemoteRef("photos", property="password")}, "template": URL},
        {
            "data": [{"secretKey": "password", "remoteRef": {"key": "photos", "property": "password"}}],
            "target": {"template": {"data": URL}},
        },
    ),
    (
        1,
        {"data": {"API_KEY": API_KEY}, "refresh_interval": "1m", "template": WIREGUARD},
        {
            "data": DATA,
            "refreshInterval": "1m",
            "target": {"creationPolicy": "Owner", "template": {"engineVersion": "v2", "data": WIREGUARD}},
        },
    ),
]
"""How many there are of each form, the call and its spec."""


def with_defaults(spec: dict[str, Any]) -> dict[str, Any]:
    """A spec with the defaults of the CustomResourceDefinition."""
    target = {"creationPolicy": "Owner", "deletionPolicy": "Retain", "name": "photos"} | spec.get("target", {})
    if "template" in target:
        target["template"] = {"engineVersion": "v2", "mergePolicy": "Replace"} | target["template"]
    return {"refreshInterval": "15m", "secretStoreRef": KV} | spec | {"target": target}


def test_every_form_of_the_home_cluster_has_its_call_and_no_guard_complains() -> None:
    assert sum(count for count, _, _ in FORMS) == 126
    chart = new_chart()
    for number, (_, call, spec) in enumerate(FORMS):
        secret = ExternalSecret(chart, f"s{number}", name="photos", namespace=f"n{number}", **call)
        assert with_defaults(secret.external_secret.to_json()["spec"]) == with_defaults(spec), call
    guard(chart.node.root)
    objects(chart)


# --- keys


@pytest.mark.parametrize(
    ("inputs", "filled", "others"),
    [
        ({}, ["API_KEY"], {"API_KYE": "is not a key of the Secret, which has 'API_KEY'; use one of them"}),
        (
            {"template": {"URL": "x{{ .API_KEY }}"}},
            ["URL"],
            {"API_KEY": "is a value for the template alone; add it to template, or pass template_merge_policy='Merge'"},
        ),
        (
            {"template": {"URL": "x"}, "template_merge_policy": "Merge"},
            ["URL", "API_KEY"],
            {"X": "which has 'API_KEY'"},
        ),
        ({"secret_labels": {"app": "photos"}}, ["API_KEY"], {"app": "is not a key"}),
        ({"extract": ["photos"]}, ["API_KEY", "ANY"], {"A B": "must be a key of a Secret"}),
        (
            {"extract": ["photos"], "template": {"URL": "x"}},
            ["URL"],
            {"ANY": "is not a key", "API_KEY": "template alone"},
        ),
        ({"creation_policy": "Merge"}, ["API_KEY", "ANY"], {"": "must be a key of a Secret"}),
    ],
)
def test_a_key_is_one_that_the_secret_has(inputs: dict[str, Any], filled: list[str], others: dict[str, str]) -> None:
    secret = ExternalSecret(new_chart(), "secret", **MINIMAL, target_name="credentials", **inputs)
    assert [secret.key(key) for key in filled] == [SecretKey("credentials", key) for key in filled]
    assert secret.key(filled[0], optional=True) == SecretKey("credentials", filled[0], optional=True)
    for key, complaint in others.items():
        with pytest.raises(InputError, match=f"ExternalSecret 'test/secret': key '{key}' .*{complaint}"):
            secret.key(key)


# --- wrong inputs


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"data": None}, "data None is empty; pass data or extract, or both"),
        ({"data": {}, "extract": []}, "extract .* is too short"),
        ({"data": [("A", "b", None)]}, r"data .* is a list; write {'KEY': RemoteRef\('entry', property='field'\)}"),
        ({"data": {"A": "b"}}, r"data .* has the value 'b' at 'A', which is not a RemoteRef; write RemoteRef\("),
        ({"data": {"A B": API_KEY}}, "must be a key of a Secret"),
        ({"data": {"A": RemoteRef("b", conversion_strategy="Unicode")}}, "has at 'A' a RemoteRef that has conversion"),
        ({"extract": "photos"}, "is not a list"),
        ({"extract": [""]}, "is empty"),
        (
            {"template": {"A": "{{ .API_KYE }}"}},
            "has at 'A' a template that uses 'API_KYE', but data has only 'API_KEY'",
        ),
        ({"secret_annotations": {"a": "{{ .X }}"}}, "secret_annotations .* a template that uses 'X'"),
        ({"secret_labels": {"a": "{{ .X }}"}}, "secret_labels .* a template that uses 'X'"),
        ({"secret_labels": {"a": "b c"}}, "must be a label's value"),
        ({"template_merge_policy": "Merge"}, "template_merge_policy 'Merge' needs a template"),
        ({"secret_type": "bootstrap.kubernetes.io/token"}, "External Secrets writes none"),
        ({"secret_type": "kubernetes.io/tls"}, "needs the key 'tls.crt'; fill it by data or template"),
        ({"secret_type": "kubernetes.io/basic-auth"}, "needs the key 'username' or 'password'"),
        ({"creation_policy": "None"}, "use one of 'Owner', 'Orphan', 'Merge'"),
        (
            {"creation_policy": "Merge", "deletion_policy": "Delete"},
            "needs a Secret of its own, but creation_policy is",
        ),
        (
            {"creation_policy": "Orphan", "deletion_policy": "Delete"},
            "needs a Secret of its own, but creation_policy is",
        ),
        ({"refresh_policy": "OnChange", "refresh_interval": "1h"}, "has no effect with refresh_policy 'OnChange'"),
        ({"refresh_interval": "15 minutes"}, "must be a duration"),
        ({"refresh_interval": "99999999h"}, "is longer than Go's longest duration"),
        ({"api_version": "v2"}, "use one of 'v1', 'v1beta1'"),
        ({"target_name": "Photos"}, "must be a DNS subdomain"),
        ({"store": "Safe"}, "must be a DNS subdomain"),
    ],
)
def test_wrong_input_is_refused(inputs: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=f"'test/secret': .*{complaint}"):
        ExternalSecret(new_chart(), "secret", **MINIMAL | inputs)


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"key": ""}, "key '' is empty"),
        ({"key": "a", "property": ""}, "property '' is empty"),
        ({"key": "a", "decoding_strategy": "base64"}, "use one of 'Auto', 'Base64', 'Base64URL'"),
    ],
)
def test_wrong_place_in_the_store_is_refused(inputs: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=f"^RemoteRef: .*{complaint}"):
        RemoteRef(**inputs)


def test_other_types_and_policies_are_rendered_where_they_differ_from_the_default() -> None:
    secret = ExternalSecret(
        new_chart(),
        "secret",
        name="photos",
        data={"tls.crt": RemoteRef("cert", property="crt"), "tls.key": RemoteRef("cert", property="key")},
        secret_type="kubernetes.io/tls",
        deletion_policy="Delete",
        refresh_policy="CreatedOnce",
    )
    spec = secret.external_secret.to_json()["spec"]
    assert secret.refresh_interval is None
    assert (spec["refreshPolicy"], spec.get("refreshInterval")) == ("CreatedOnce", None)
    assert spec["target"] == {
        "name": "photos",
        "deletionPolicy": "Delete",
        "template": {"type": "kubernetes.io/tls"},
    }
