import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from cdk8s import App
from manifests import new_chart, render

from t3afk_constructs import HOME, Block, BlockClaim, InputError, synth

MINIMAL: dict[str, Any] = {"name": "photos-db", "storage": "2Gi"}
ALL: dict[str, Any] = {
    **MINIMAL,
    "namespace": "photos",
    "encrypted": True,
    "storage_class": None,
    "access_modes": ["ReadWriteOncePod"],
    "storage_limit": "1Ti",
    "threshold": "1.5Gi",
    "increase": "12.5%",
    "platform": evolve(HOME, block=Block(storage_class="unused", encrypted_storage_class="vault")),
}


def test_manifest_matches_the_golden_file(golden: Any) -> None:
    chart = new_chart()
    BlockClaim(chart, "minimal", **MINIMAL)
    BlockClaim(chart, "all", **ALL)
    golden("block-claim", render(chart))


def test_every_input_reads_back_with_its_default() -> None:
    assert ALL.keys() == inspect.signature(BlockClaim.__init__).parameters.keys() - {"self", "scope", "id"}
    defaults = {**dict.fromkeys(ALL), **MINIMAL, "namespace": "apps", "encrypted": False, "platform": HOME}
    defaults |= {"storage_class": "proxmox-lvm", "access_modes": ("ReadWriteOnce",)}
    claim = BlockClaim(new_chart(), "claim", **MINIMAL)
    assert {name: getattr(claim, name) for name in ALL} == defaults
    grows = BlockClaim(new_chart(), "claim", **MINIMAL, storage_limit="5Gi", storage_class="fast")
    grown = {"storage_limit": "5Gi", "threshold": "10%", "increase": "100%", "storage_class": "fast"}
    assert {name: getattr(grows, name) for name in ALL} == defaults | grown


@pytest.mark.parametrize(("limit", "stated"), [(None, ["2Gi"]), ("5Gi", [])])
def test_the_manifest_states_the_request_unless_a_resizer_owns_it(
    limit: str | None, stated: list[str], tmp_path: Path
) -> None:
    app = App(outdir=str(tmp_path))
    BlockClaim(new_chart(app), "claim", **MINIMAL, storage_limit=limit)
    synth(app)
    assert re.findall("storage: (.*)", (tmp_path / "test.k8s.yaml").read_text()) == stated
    assert [re.findall("storage: (.*)", file.read_text()) for file in tmp_path.glob("test.[!k]*")] == (
        [] if stated else [["2Gi"], ["2Gi"]]
    )


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("storage", 2, "must be a positive quantity"),
        ("access_modes", "ReadWriteOnce", "is not a list"),
        ("storage_limit", "2Gi", "is not above the storage '2Gi', so the resizer never grows the volume"),
        ("threshold", "0%", "is not above 0% and at most 100%"),
        ("threshold", "101%", "is not above 0% and at most 100%"),
        ("increase", "half", "must be a share of the volume or a size; write '10%' or '5Gi'"),
        ("increase", 0.5, "must be a share of the volume or a size"),
        ("increase", "5Gi", "has no effect without storage_limit; pass both or none"),
        ("threshold", "10%", "has no effect without storage_limit; pass both or none"),
    ],
)
def test_wrong_input_is_refused(name: str, value: object, complaint: str) -> None:
    chart = new_chart()
    with pytest.raises(InputError, match=complaint) as refused:
        BlockClaim(chart, "claim", **MINIMAL | {name: value})
    assert (refused.value.path, *refused.value.wrong[0][:2]) == ("test/claim", name, value)
    assert chart.node.children == []


@pytest.mark.parametrize(
    ("block", "inputs", "complaint"),
    [
        (None, {}, "storage_class None has no default on this platform; pass it, or set the .* block.storage_class"),
        (Block(storage_class="a"), {"encrypted": True}, "set the platform's block.encrypted_storage_class"),
        (None, {"encrypted": True, "storage_class": "a"}, "encrypted True has no effect beside storage_class; leave"),
    ],
)
def test_a_claim_has_one_class(block: Block | None, inputs: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        BlockClaim(new_chart(platform=evolve(HOME, block=block)), "claim", **MINIMAL | inputs)
    given = BlockClaim(new_chart(platform=evolve(HOME, block=None)), "claim", **MINIMAL, storage_class="a")
    assert given.storage_class == "a"
