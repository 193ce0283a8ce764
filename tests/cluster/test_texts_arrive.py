"""Text that `synth` writes is the text in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import kube
import pytest
from test_yaml_text import TEXTS

from t3afk_constructs.formats import carried_text
from t3afk_constructs.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("way", [["--server-side"], []], ids=["server-side", "client-side"])
def test_every_text_arrives(new_namespace: Callable[..., str], tmp_path: Path, way: list[str]) -> None:
    data = {f"k{index}": text for index, text in enumerate(TEXTS) if carried_text(text) is None}
    assert len(data) > 50
    metadata = {"name": "texts", "namespace": new_namespace(), "annotations": data}
    manifest = tmp_path / "texts.yaml"
    manifest.write_text(yaml_text([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}]))
    kube.kubectl("apply", *way, "-f", manifest)
    found = kube.get("configmap", "texts", metadata["namespace"])
    assert found["data"] == data
    assert found["metadata"]["annotations"] | data == found["metadata"]["annotations"]


@pytest.mark.parametrize("character", ["\x7f", "\x80", "\x85", "\x9f", "\ufffe", "\uffff"])
def test_a_refused_character_does_not_arrive_by_a_server_side_apply(
    new_namespace: Callable[..., str], character: str
) -> None:
    metadata = {"name": "texts", "namespace": new_namespace()}
    text = yaml_text([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": f"a{character}b"}}])
    kube.kubectl("apply", "--server-side", "-f", "-", stdin=text, check=False)
    found = [each["data"] for each in kube.items("configmap", metadata["namespace"]) if "k" in each["data"]]
    assert found == ([{"k": "a b"}] if character == "\x85" else [])
