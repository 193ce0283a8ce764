import inspect
from typing import Any

import cdk8s_plus_27 as kplus
import pytest
from attrs import evolve
from manifests import new_chart, objects, one, render

from t3afk_constructs import HOME, ExternalSecret, InputError

MINIMAL: dict[str, Any] = {"name": "photos", "namespace": "photos", "data": [("API_KEY", "photos", "api_key")]}
ALL: dict[str, Any] = {
    "name": "photos",
    "namespace": "photos",
    "data": [("API_KEY", "photos/keys", "api_key"), ("license.txt", "photos-license", None)],
    "target_name": "photos-credentials",
    "refresh_interval": "1h30m",
    "api_version": "v1beta1",
    "platform": evolve(HOME, secret_store="safe", secret_store_kind="SecretStore"),
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
        "data": tuple(MINIMAL["data"]),
        "target_name": "photos",
        "refresh_interval": "15m",
        "api_version": "v1",
        "platform": HOME,
    }


def test_cdk8s_plus_container_takes_variables_from_the_secret() -> None:
    chart = new_chart()
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


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("data", [], "is too short"),
        ("data", [("A", "b")], "is not a triple"),
        ("data", [("A B", "b", None)], "must be a key of a Secret"),
        ("data", [("A", "", None)], "is empty"),
        ("data", [("A", "b", "")], "is empty"),
        ("data", [("A", "b", None), ("A", "c", None)], "has the key 'A' twice"),
        ("refresh_interval", "15 minutes", "must be a duration"),
        ("refresh_interval", "99999999h", "is longer than Go's longest duration"),
        ("api_version", "v2", "use one of 'v1', 'v1beta1'"),
        ("target_name", "Photos", "must be a DNS subdomain"),
    ],
)
def test_wrong_input_is_refused(name: str, value: object, complaint: str) -> None:
    with pytest.raises(InputError, match=f"'test/secret': {name} .*{complaint}"):
        ExternalSecret(new_chart(), "secret", **MINIMAL | {name: value})
