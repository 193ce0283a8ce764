import ast
import inspect
import re
from pathlib import Path
from typing import Any

from manifests import objects, one

from t3afk_constructs import IngressFactory
from t3afk_constructs.ingress.chain import AUTHS
from t3afk_constructs.ingress.dns import DNS_TYPES

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


def test_the_table_of_inputs_has_the_order_defaults_and_meanings_of_the_signature() -> None:
    rows = table("Inputs")
    assert [name.strip("`") for name, _, _ in rows] == list(SIGNATURE)
    for (name, shown, meaning), parameter in zip(rows, SIGNATURE.values(), strict=True):
        assert meaning, name
        if parameter.default is inspect.Parameter.empty:
            assert shown == "", name
        elif parameter.default is None:
            assert shown not in ("", "`None`"), f"{name}: name the value that replaces None"
        else:
            assert ast.literal_eval(shown.strip("`")) == parameter.default, name


def test_the_tables_of_auth_and_dns_types_are_complete() -> None:
    assert sorted(row[0].strip("`") for row in table("Who may enter")) == sorted(AUTHS)
    assert sorted(row[0].strip("`") for row in table("DNS")) == sorted(DNS_TYPES)


def test_the_examples_render_the_values_of_the_terraform_call() -> None:
    call, service, wildcard, labels = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names: dict[str, Any] = {}
    exec(call + service + wildcard, names)
    expression, comment = labels.split("  # ")
    assert eval(expression, names) == ast.literal_eval(comment)
    (terraform,) = re.findall(r"```hcl\n(.*?)```", TEXT, re.DOTALL)
    given = dict(re.findall(r"^  (\w+) += (.*)$", terraform, re.MULTILINE))
    assert given.keys() - {"source"} <= SIGNATURE.keys()
    found = objects(names["chart"])
    annotations = one(found, "Ingress", "stirling-pdf")["metadata"]["annotations"]
    assert annotations["gethomepage.dev/icon"] == "stirling-pdf.svg"
    assert annotations["cloudflare.viktorbarzin.me/dns-type"] == given["dns_type"].strip('"')
    buffering = one(found, "Middleware", "buffering-stirling-pdf")["spec"]["buffering"]
    assert buffering == {"maxRequestBodyBytes": 100 * 1024**2}
    assert one(found, "Ingress", "viewer")["spec"]["rules"][0]["host"] == "viewer.viktorbarzin.me"
