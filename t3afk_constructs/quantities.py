"""Amounts of memory, CPU and storage in Kubernetes' notation.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from decimal import Decimal

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

    Narrower than the API server: no sign, no `n` or `u`, and no more digits than anybody means. It rounds and caps
    what is beyond.
    """
    if isinstance(value, str) and _QUANTITY.fullmatch(value) and quantity_value(value) > 0:
        return None
    return "must be a positive quantity as text, a number and a unit; write something like '10Gi', '512Mi' or '500m'"


def quantity_value(text: str) -> Decimal:
    """The number that a quantity stands for, in its base unit (bytes, cores): any that the API server takes.

    Raises:
        ValueError: when it is none.
    """
    parts = _WRITTEN_QUANTITY.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is no quantity")
    number, unit, exponent = parts.group("number", "unit", "exponent")
    if not any(map(str.isdigit, number)):  # the API server takes 'Gi' for nothing
        return Decimal(0)
    # Beyond 99 everything is more than any cluster has, or nothing.
    return Decimal(number) * (Decimal(10) ** max(-99, min(99, int(exponent))) if exponent else _SCALE[unit or ""])
