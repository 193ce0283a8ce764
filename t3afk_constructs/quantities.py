"""Amounts of memory, CPU and storage in Kubernetes' notation.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from decimal import Decimal
from typing import Annotated

_UNITS = "m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei"
_QUANTITY = re.compile(rf"[0-9]{{1,15}}(\.[0-9]{{1,3}})?({_UNITS}|[eE][0-9]{{1,2}})?")
_WRITTEN_QUANTITY = re.compile(
    rf"(?=.)(?P<number>[-+]?[0-9]*\.?[0-9]*)((?P<unit>{_UNITS}|n|u)|[eE](?P<exponent>[-+]?[0-9]+))?"
)
_SCALE = {"": Decimal(1), "m": Decimal("1e-3"), "u": Decimal("1e-6"), "n": Decimal("1e-9")} | {
    prefix + unit: Decimal(base) ** power
    for unit, base in (("", 1000), ("i", 1024))
    for power, prefix in enumerate(("K" if unit else "k", "M", "G", "T", "P", "E"), start=1)
}


def quantity(value: object) -> str | None:
    """A positive quantity in Kubernetes' notation, such as `10Gi` or `500m`.

    Narrower than the API server: no sign, no `n` or `u`, and at most 15 digits and 3 decimals. The API server rounds or
    caps other quantities.
    """
    if isinstance(value, str) and _QUANTITY.fullmatch(value) and quantity_value(value) > 0:
        return None
    return "must be a positive quantity as text, a number and a unit; write '10Gi', '512Mi' or '500m', for example"


Quantity = Annotated[str, quantity]


def quantity_value(text: str) -> Decimal:
    """The value of a quantity in its base unit (bytes, cores). Reads every notation that the API server accepts.

    Raises:
        ValueError: when the text is not a quantity.
    """
    parts = _WRITTEN_QUANTITY.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is not a quantity")
    number, unit, exponent = parts.group("number", "unit", "exponent")
    if not any(map(str.isdigit, number)):  # the API server reads 'Gi' as 0
        return Decimal(0)
    # Clamp the exponent: larger ones cost time and mean "infinite" or "zero".
    return Decimal(number) * (Decimal(10) ** max(-99, min(99, int(exponent))) if exponent else _SCALE[unit or ""])
