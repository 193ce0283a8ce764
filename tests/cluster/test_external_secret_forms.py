"""The forms of an ExternalSecret against the operator's CustomResourceDefinition."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import kube
import pytest
from manifests import new_chart
from test_external_secret import ALL, FORMS, MINIMAL, with_defaults

from t3afk_constructs import HOME, ExternalSecret, RemoteRef

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.cluster

CALLS = [
    MINIMAL,
    ALL | {"api_version": "v1", "platform": HOME},
    *({"name": "photos", **call} for _, call, _ in FORMS),
    *({"name": "photos", "extract": ["a"], "refresh_policy": policy} for policy in ("CreatedOnce", "OnChange")),
    *({"name": "photos", "extract": ["a"], "creation_policy": policy} for policy in ("Owner", "Orphan", "Merge")),
    *({"name": "photos", "extract": ["a"], "deletion_policy": policy} for policy in ("Retain", "Merge", "Delete")),
    *(
        {"name": "photos", "extract": [RemoteRef("a", decoding_strategy=strategy)]}
        for strategy in ("Auto", "Base64", "Base64URL")
    ),
]


@pytest.mark.usefixtures("cluster")
def test_api_server_keeps_every_field_of_every_form(tmp_path: Path) -> None:
    chart = new_chart(namespace="default")
    for number, call in enumerate(CALLS):
        ExternalSecret(chart, f"s{number}", **call | {"name": f"forms-{number}", "namespace": "default"})
    sent: list[dict[str, Any]] = chart.to_json()
    file = tmp_path / "forms.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": sent}))
    options = ("--server-side", "--dry-run=server", "--validate=strict", "--field-manager=forms")
    answer = json.loads(kube.kubectl("apply", *options, "-o", "json", "-f", str(file)))
    assert len(answer["items"]) == len(CALLS)
    for ours, kept in zip(sent, answer["items"], strict=True):
        assert kept["spec"] == with_defaults({"refreshInterval": "1h0m0s"} | ours["spec"])
