import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from manifests import objects, one

from t3afk_constructs import IngressFactory
from t3afk_constructs.dns_records import DNS_TYPES
from t3afk_constructs.ingress_rules import AUTHS

TEXT = (Path(__file__).parents[1] / "docs" / "ingress.md").read_text()
SIGNATURE = {
    name: parameter
    for name, parameter in inspect.signature(IngressFactory.__init__).parameters.items()
    if name not in ("self", "scope", "id")
}


def table(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, without its head."""
    section = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [re.split(r" *\| *", line)[1:-1] for line in section.splitlines() if line.startswith("|")]
    assert len(rows) > 2, heading
    return rows[2:]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_table_of_inputs_is_the_signature_in_its_order() -> None:
    assert [row[0].strip("`") for row in table("Inputs")] == list(SIGNATURE)


@pytest.mark.parametrize("row", table("Inputs"), ids=lambda row: row[0].strip("`"))
def test_the_table_of_inputs_has_the_signatures_defaults(row: list[str]) -> None:
    default = SIGNATURE[row[0].strip("`")].default
    if default is inspect.Parameter.empty:
        assert row[1] == ""
    elif default is None or row[0] == "`platform`":
        assert row[1] not in ("", "`None`"), "say what leaving it out means"
    else:
        assert ast.literal_eval(row[1].strip("`")) == default


def test_the_tables_of_postures_and_records_are_complete() -> None:
    assert sorted(row[0].strip("`") for row in table("Who comes in")) == sorted(AUTHS)
    assert sorted(row[0].strip("`") for row in table("DNS")) == sorted(DNS_TYPES)


def test_the_ported_call_renders_what_the_terraform_call_asks_for() -> None:
    call, labels = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(call, "docs/ingress.md", "exec"), names)
    expression, comment = labels.split("  # ")
    assert eval(expression, names) == ast.literal_eval(comment)
    (terraform,) = blocks("hcl")
    asked = dict(re.findall(r"^  (\w+) += (.*)$", terraform, re.MULTILINE))
    assert asked.keys() - {"source"} <= SIGNATURE.keys()
    found = objects(names["chart"])
    annotations = one(found, "Ingress", "stirling-pdf")["metadata"]["annotations"]
    assert annotations["gethomepage.dev/icon"] == "stirling-pdf.svg"
    assert annotations["cloudflare.viktorbarzin.me/dns-type"] == asked["dns_type"].strip('"')
    assert one(found, "Middleware", "buffering-stirling-pdf")["spec"]["buffering"] == {
        "maxRequestBodyBytes": 100 * 1024**2
    }
