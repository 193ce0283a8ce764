"""Which quantities an input accepts, and the value of any quantity in a manifest."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from t3afk_constructs.quantities import quantity, quantity_value


@pytest.mark.parametrize("text", ["1", "1.5Gi", "500m", "1e3", "1E3", "1E", "999999999999999"])
def test_quantity_is_accepted(text: str) -> None:
    assert quantity(text) is None


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "+1", "1.", ".5", "1 Gi", "1GB", "1K", "1e", "1\n", "\uff11", 1, 1.5, None]
)
def test_other_text_is_refused_with_examples(text: object) -> None:
    assert "write '10Gi'" in (quantity(text) or "")


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
