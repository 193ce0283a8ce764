"""A claim that pvc-autoresizer grows while its manifest is applied again and again."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import kube
import pytest
from attrs import evolve
from cdk8s import App

from t3afk_constructs import HOME, Block, BlockClaim, ClusterChart, synth
from t3afk_constructs.quantities import quantity_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.cluster

GI = 2**30
RESIZER = "pvc-autoresizer"


class Stack:
    """A chart with one claim, bound to a volume of an expandable class."""

    def __init__(self, namespace: str, folder: Path) -> None:
        self.namespace, self.folder = namespace, folder

    def synth(self, **inputs: Any) -> None:
        platform = evolve(HOME, block=Block(storage_class=self.namespace))
        app = App(outdir=str(self.folder))
        chart = ClusterChart(app, "db", platform=platform, namespace=self.namespace)
        BlockClaim(chart, "data", name="data", storage="1Gi", **inputs)
        synth(app)

    def apply(self, ending: str = "k8s.yaml", manager: str = kube.MANAGER, *options: str) -> str:
        command = ("apply", "--server-side", f"--field-manager={manager}", *options)
        return kube.kubectl(*command, "-f", self.folder / f"db.{ending}", check=False)

    def claim(self) -> dict[str, Any]:
        return kube.get("pvc", "data", self.namespace)

    def request(self) -> str:
        return str(self.claim()["spec"]["resources"]["requests"]["storage"])

    def grow(self) -> None:
        """Resize as pvc-autoresizer does for a full volume, then as the CSI driver's resizer does."""
        claim = self.claim()
        annotations = claim["metadata"]["annotations"]
        capacity = int(quantity_value(claim["status"]["capacity"]["storage"]))
        increase = capacity * float(annotations["resize.topolvm.io/increase"].rstrip("%")) / 100
        limit = int(quantity_value(annotations["resize.topolvm.io/storage_limit"]))
        assert capacity < limit
        grown = f"{min(math.ceil((capacity + increase) / GI), limit // GI)}Gi"
        claim["spec"]["resources"]["requests"]["storage"] = grown
        annotations["resize.topolvm.io/pre_capacity_bytes"] = str(capacity)
        kube.kubectl("replace", f"--field-manager={RESIZER}", "-f", "-", stdin=json.dumps(claim))  # a PUT, as Update
        self.patch({"spec": {"capacity": {"storage": grown}}}, "pv", self.namespace)
        status = {"status": {"capacity": {"storage": grown}}}
        self.patch(status, "pvc", "data", "-n", self.namespace, "--subresource=status")

    def patch(self, change: dict[str, Any], *what: str) -> None:
        kube.kubectl("patch", *what, "--type=merge", "--field-manager=csi-resizer", "-p", json.dumps(change))


@pytest.fixture
def stack(new_namespace: Callable[..., str], tmp_path: Path) -> Iterator[Stack]:
    namespace = new_namespace()
    storage_class: dict[str, Any] = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass"}
    storage_class |= {"metadata": {"name": namespace}, "provisioner": "example.com/none", "allowVolumeExpansion": True}
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": namespace,
        "claimRef": {"name": "data", "namespace": namespace},
        "hostPath": {"path": f"/tmp/{namespace}"},
    }
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": namespace}, "spec": spec}
    kube.create(storage_class, volume)
    yield Stack(namespace, tmp_path)
    kube.kubectl("delete", f"storageclass/{namespace}", f"pv/{namespace}", "--wait=false")


def bound(stack: Stack) -> bool:
    return stack.claim().get("status", {}).get("phase") == "Bound"


def test_applies_neither_shrink_nor_fight_a_claim_that_the_resizer_grows(stack: Stack) -> None:
    stack.synth(storage_limit="2Gi")
    assert "Required value" in stack.apply()
    for ending, manager in (("first", kube.MANAGER), ("handover", "t3afk-initial"), ("k8s.yaml", kube.MANAGER)):
        assert "serverside-applied" in stack.apply(ending, manager)
    kube.until(lambda: bound(stack), "the claim is bound")
    for grown, next_limit in (("2Gi", "3Gi"), ("3Gi", "4Gi")):
        stack.grow()
        stack.synth(storage_limit=next_limit)
        assert "serverside-applied" in stack.apply()
        assert stack.request() == grown
        assert stack.claim()["metadata"]["annotations"]["resize.topolvm.io/storage_limit"] == next_limit
    assert "storage" in json.dumps(kube.owned_fields(stack.claim(), RESIZER))
    assert 'conflict with "pvc-autoresizer"' in stack.apply("first")
    assert "can not be less than status.capacity" in stack.apply("first", kube.MANAGER, "--force-conflicts")
    assert stack.request() == grown
