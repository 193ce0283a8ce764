"""The rule against credentials in manifests. Its messages give the place, never the value."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from t3afk_constructs.credentials import TOKEN
from t3afk_constructs.manifests import Plain, at, container_name, decoded, mappings, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered

_WAY_OUT = "read it from a Secret that an ExternalSecret fills"
_PASSWORD_IN_URL = re.compile(r"://[^/\s:@'\"]*:(?![$<{])[^/\s@'\"]+@")
_SECRET_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|API_?KEY|(ACCESS|PRIVATE|SECRET)_KEY|PAT)$", re.IGNORECASE
)
_HARMLESS = re.compile(r"\s*|[0-9.]+[a-z]?|true|false|none|null|[./~].*|\$.*|[a-z]+://[^@]*", re.IGNORECASE)
_ONE_WORD = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F-]+")
_CHANGES_PER_CHARACTER = 0.3
_BITS_PER_CHARACTER = 3.5


def _class(character: str) -> int:
    return character.isdigit() + 2 * character.isupper()


def looks_random(value: str) -> bool:
    """Whether a value looks like a generated key: one long word without the patterns of a language.

    Hexadecimal digests and UUIDs do not count: most are names.
    """
    if not _ONE_WORD.fullmatch(value) or _HEXADECIMAL.fullmatch(value):
        return False
    letters = re.sub(r"[^A-Za-z0-9]", "", value)
    if len(letters) < len(value) * 0.8 or letters.isalpha() or letters.isdigit():
        return False
    classes = [_class(letter) for letter in letters]
    changes = sum(one != other for one, other in pairwise(classes))
    counts = Counter(letters).values()
    bits = -sum(count / len(letters) * math.log2(count / len(letters)) for count in counts)
    return changes >= _CHANGES_PER_CHARACTER * len(letters) and bits >= _BITS_PER_CHARACTER


def _shaped(text: str) -> str | None:
    if TOKEN.search(text):
        return f"has the shape of a credential; {_WAY_OUT}"
    # Plain searches first: they are many times faster, and most texts have neither mark.
    if "://" in text and "@" in text and _PASSWORD_IN_URL.search(text):
        return f"is a URL with a password; {_WAY_OUT}"
    return None


def _environment(rendered: Rendered) -> Iterator[tuple[Plain, Plain, str, str]]:
    for pod in rendered.pods:
        for container in pod.containers():
            for variable in mappings(container.get("env")):
                if isinstance(value := variable.get("value"), str):
                    yield pod.owner, container, str(variable.get("name")), value


def _in_environment(rendered: Rendered) -> Complaints:
    for owner, container, name, value in _environment(rendered):
        if _shaped(value):
            continue  # found as text
        if looks_random(value):
            yield owner, f"{container_name(container)}: the value of {name} looks like a key; {_WAY_OUT}"
        elif _SECRET_NAME.search(name) and not _HARMLESS.fullmatch(value):
            yield owner, f"{container_name(container)}: {name} has a plain value; {_WAY_OUT}"


def _in_binary_data(rendered: Rendered) -> Complaints:
    for config_map in rendered.of_kind("ConfigMap", "v1"):
        for key, value in table(at(config_map, "binaryData")).items():
            if shape := _shaped((decoded(value) or b"").decode(errors="replace")):
                yield config_map, f"the text at binaryData.{key} {shape}"


def _in_secrets(rendered: Rendered) -> Complaints:
    for secret in rendered.of_kind("Secret", "v1"):
        keys = sorted({*map(str, table(at(secret, "data"))), *map(str, table(at(secret, "stringData")))})
        if keys:
            yield secret, f"its values (keys {', '.join(keys)}) are readable in the manifest; use an ExternalSecret"


def no_secret_values(rendered: Rendered) -> Complaints:
    """No manifest contains a credential."""
    yield from rendered.texts_against(_shaped)
    yield from _in_environment(rendered)
    yield from _in_binary_data(rendered)
    yield from _in_secrets(rendered)
