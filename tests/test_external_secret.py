import inspect
from typing import Any

import pytest
from attrs import evolve
from cdk8s import ApiObject, JsonPatch
from manifests import new_chart, objects, one, synth

from t3afk_constructs import HOME, CollisionError, ExternalSecret, InputError

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


def test_minimal_inputs_match_the_golden_file(golden: Any) -> None:
    chart = new_chart()
    ExternalSecret(chart, "secret", **MINIMAL)
    golden("external-secret-minimal", synth(chart))


def test_all_inputs_match_the_golden_file(golden: Any) -> None:
    assert ALL.keys() == inspect.signature(ExternalSecret.__init__).parameters.keys() - {"self", "scope", "id"}
    chart = new_chart()
    ExternalSecret(chart, "secret", **ALL)
    golden("external-secret-all-inputs", synth(chart))


def test_every_input_reads_back_with_its_default_resolved() -> None:
    secret = ExternalSecret(new_chart(), "secret", **MINIMAL)
    read = {name: getattr(secret, name) for name in ALL}
    assert read == {
        **MINIMAL,
        "data": tuple(MINIMAL["data"]),
        "target_name": "photos",
        "refresh_interval": "15m",
        "api_version": "v1",
        "platform": HOME,
    }
    assert secret.secret_name == "photos"


def test_v1beta1_differs_from_v1_in_the_version_alone() -> None:
    rendered = []
    for version in ("v1", "v1beta1"):
        chart = new_chart()
        ExternalSecret(chart, "secret", **MINIMAL, api_version=version)
        rendered.append(one(objects(chart), "ExternalSecret", "photos"))
    assert rendered[0] == rendered[1] | {"apiVersion": "external-secrets.io/v1"}


def test_two_of_one_name_in_a_namespace_are_refused_with_both_paths() -> None:
    chart = new_chart()
    ExternalSecret(chart, "a", **MINIMAL)
    ExternalSecret(chart, "b", **MINIMAL | {"namespace": "other"})
    with pytest.raises(CollisionError, match=r"in namespace 'photos' is made twice: by 'test/a/.*'test/c/"):
        ExternalSecret(chart, "c", **MINIMAL)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("data", [], "is too short"),
        ("data", [("A", "b")], "is not a triple"),
        ("data", [("A B", "b", None)], "must be a key of a Secret"),
        ("data", [("A", "", None)], "is empty"),
        ("data", [("A", "b", None), ("A", "c", None)], "fills the key 'A' twice"),
        ("refresh_interval", "15 minutes", "must be a duration"),
        ("api_version", "v2", "write one of 'v1', 'v1beta1'"),
        ("target_name", "Photos", "must be a DNS subdomain"),
    ],
)
def test_a_wrong_input_is_refused(name: str, value: object, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        ExternalSecret(new_chart(), "secret", **MINIMAL | {name: value})


def test_a_patch_of_a_field_that_the_bindings_do_not_know_stays() -> None:
    chart = new_chart()
    secret = ExternalSecret(chart, "secret", **MINIMAL)
    extract = [{"extract": {"key": "photos"}}]
    ApiObject.of(secret).add_json_patch(JsonPatch.add("/spec/dataFrom", extract))
    assert one(objects(chart), "ExternalSecret", "photos")["spec"]["dataFrom"] == extract


@pytest.mark.parametrize("place", range(3))
def test_text_of_an_entry_that_kubectl_would_read_as_a_number_is_refused(place: int) -> None:
    entry = ["KEY", "entry", "field"]
    entry[place] = "0o17"
    with pytest.raises(InputError, match=r"data .* is read as a number by kubectl"):
        ExternalSecret(new_chart(), "secret", **MINIMAL | {"data": [tuple(entry)]})
