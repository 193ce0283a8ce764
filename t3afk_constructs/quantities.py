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


def _quantity(value: object, step: Decimal, name: str, examples: str) -> str | None:
    if not (isinstance(value, str) and _QUANTITY.fullmatch(value) and quantity_value(value) > 0):
        return f"must be a positive quantity as text, a number and a unit; write {examples}, for example"
    steps = quantity_value(value) / step
    if steps >= 2**63:
        return f"is more than the API server's 64 bits hold; write {examples}, for example"
    return f"is not a multiple of {name}; write {examples}, for example" if steps % 1 else None


def size(value: object) -> str | None:
    """An amount of memory or storage: whole bytes, such as `10Gi`.

    Narrower than the API server, as `cpu`: no sign, no `n` or `u`, at most 15 digits and 3 decimals. The API server
    rounds or caps other quantities, and some it stores as a negative number.
    """
    return _quantity(value, Decimal(1), "one byte ('m' is a thousandth)", "'10Gi' or '512Mi'")


def cpu(value: object) -> str | None:
    """An amount of CPU: whole thousandths of a core, such as `500m`."""
    return _quantity(value, _SCALE["m"], "'1m', a thousandth of a core", "'500m' or '2'")


Size = Annotated[str, size]
Cpu = Annotated[str, cpu]


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
