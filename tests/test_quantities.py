"""Which quantities an input accepts, and the value of any quantity in a manifest."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from t3afk_constructs.quantities import cpu, quantity_value, size

if TYPE_CHECKING:
    from t3afk_constructs.inputs import Rule


@pytest.mark.parametrize("text", ["1", "1.5Gi", "1000m", "1e3", "1E3", "1E", "999999999999999", "9223372036854.775M"])
def test_whole_bytes_are_accepted(text: str) -> None:
    assert size(text) is None


@pytest.mark.parametrize("text", ["1", "1m", "0.001", "1.5", "1e3", "9223372036854.775k"])
def test_whole_thousandths_of_a_core_are_accepted(text: str) -> None:
    assert cpu(text) is None


@pytest.mark.parametrize(("rule", "text"), [(size, "500m"), (size, "1.5"), (size, "0.001Ki"), (cpu, "0.5m")])
def test_a_part_of_the_smallest_amount_is_refused(rule: Rule, text: str) -> None:
    assert "is not a multiple of" in (rule(text) or "")


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        *((size, text) for text in ("9223372036854.776M", "8Ei", "9845Pi", "279006904916182G", "1e99")),
        *((cpu, text) for text in ("9223372036854.776k", "10P", "1e99")),
    ],
)
def test_an_amount_beyond_64_bits_is_refused(rule: Rule, text: str) -> None:
    assert "64 bits" in (rule(text) or "")


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "+1", "1.", ".5", "1 Gi", "1GB", "1K", "1e", "1\n", "\uff11", 1, 1.5, None]
)
def test_other_text_is_refused_with_examples(text: object) -> None:
    assert "write '10Gi'" in (size(text) or "")
    assert "write '500m'" in (cpu(text) or "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("500m", "0.5"),
        ("1k", 1000),
        ("1Ki", 1024),
        ("1.5Gi", 1610612736),
        ("1e3", 1000),
        ("1E", 10**18),
        ("+5Gi", 5 * 2**30),
        ("-1", -1),
        ("5.", 5),
        (".5", "0.5"),
        ("5.0001Gi", Decimal("5.0001") * 2**30),
        ("200000000000n", 200),
        ("3u", "0.000003"),
        ("1e-3", "0.001"),
        ("1E+3", 1000),
        ("0", 0),
        ("Gi", 0),
        ("1e00003", 1000),
        ("1e99999", 10**99),
    ],
)
def test_quantity_of_a_manifest_has_its_value(text: str, value: Any) -> None:
    assert quantity_value(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "None", "1GB", "1K", "1e", "1Ee3", "1\n", "\uff11", "--1", "1 Gi"])
def test_other_text_has_no_value(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity"):
        quantity_value(text)
