"""The schedule of a CronJob, as the controller's parser reads it (https://pkg.go.dev/github.com/robfig/cron/v3)."""

import re
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from t3afk_constructs import formats

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = {
    "minute": (0, 59, ()),
    "hour": (0, 23, ()),
    "day of the month": (1, 31, ()),
    "month": (1, 12, _MONTHS),
    "weekday": (0, 6, _DAYS),
}
_NAMED = re.compile(r"@(yearly|annually|monthly|weekly|daily|midnight|hourly)")
_PART = re.compile(r"(?P<first>\*|\?|\w+)(-(?P<last>\w+))?(/(?P<step>[0-9]+))?", re.ASCII)
_EXAMPLE = "write '30 2 * * *', for example"


def schedule(value: object) -> str | None:
    """Five fields, or a name such as `@daily`. The time zone is an input of its own."""
    if complaint := formats.one_line(value):
        return complaint
    text = str(value)
    if "TZ=" in text:
        return "contains a time zone; pass time_zone"
    if text.startswith("@every "):
        return formats.duration(text.removeprefix("@every ")) and "needs a duration after @every; write '@every 1h30m'"
    if text.startswith("@"):
        return None if _NAMED.fullmatch(text) else "is not a name of a schedule; write '@daily', for example"
    return _fields(text.split())


def _fields(fields: list[str]) -> str | None:
    if len(fields) != len(_FIELDS):
        return f"must have five fields: {', '.join(_FIELDS)}; {_EXAMPLE}"
    for field, (name, bounds) in zip(fields, _FIELDS.items(), strict=True):
        if not all(_part(part, *bounds) for part in field.split(",")):
            return f"has the {name} {field!r}, which is not from {bounds[0]} to {bounds[1]}; {_EXAMPLE}"
    return None


def _part(text: str, least: int, most: int, names: tuple[str, ...]) -> bool:
    """Whether a part of a field is right: `*`, a number, a name, a range, each with a step."""
    part = _PART.fullmatch(text)
    if part is None or part["step"] == "0" * len(part["step"] or "1"):
        return False
    if part["first"] in {"*", "?"}:
        return part["last"] is None
    first = _number(part["first"], least, names)
    last = first if part["last"] is None else _number(part["last"], least, names)
    return first is not None and last is not None and least <= first <= last <= most


def _number(word: str, least: int, names: tuple[str, ...]) -> int | None:
    if word.lower() in names:
        return names.index(word.lower()) + least
    return int(word) if word.isdigit() and len(word) < 10 else None  # noqa: PLR2004


def _time_zone(value: object) -> str | None:
    if isinstance(value, str) and (value == "UTC" or _is_zone(value) or not _is_zone("Europe/London")):
        return None
    return "must be a name of the tz database; write 'Europe/London', for example"


def _is_zone(name: str) -> bool:
    """Whether this machine's tz database has a name. Some machines have no such database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return name not in {"", "localtime"}


Schedule = Annotated[str, schedule]
TimeZone = Annotated[str, _time_zone]
