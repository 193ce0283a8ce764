"""Find credentials in text. No message prints one, and no manifest contains one.

Each pattern is a fact of one issuer. What no issuer marks is found by its place: behind a name such as `api_key=`, or
before the `@` of a URL.
"""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# By prefix: a token is a prefix and what the pattern matches behind it.
ISSUED = {
    "1Password": {"ops_eyJ": r"[\w+/-]{40,}"},
    "Anthropic": {"sk-ant-": r"[\w-]{8,}"},
    "Atlassian": {"ATATT3": r"[\w=-]{40,}", "ATBB": r"[A-Za-z0-9]{24,}"},
    "AWS": dict.fromkeys(("AKIA", "ASIA", "ABIA"), r"[0-9A-Z]{16}"),
    "Azure": dict.fromkeys(("AccountKey=", "SharedAccessKey="), r"[A-Za-z0-9+/]{40,}={0,2}"),
    "Cloudflare": {"eyJhIjoi": r"[A-Za-z0-9+/_-]{60,}={0,2}", "v1.0-": r"[0-9a-f]{24}-[0-9a-f]{100,}"},
    "Databricks": {"dapi": r"[0-9a-f]{32}"},
    "DigitalOcean": dict.fromkeys(("doo_v1_", "dop_v1_", "dor_v1_"), r"[0-9a-f]{40,}"),
    "Discord": dict.fromkeys(("discord.com/api/", "discordapp.com/api/"), r"(v[0-9]+/)?webhooks/[0-9]+/[\w-]{40,}"),
    "Docker Hub": dict.fromkeys(("dckr_pat_", "dckr_oat_"), r"[\w-]{16,}"),
    "GitHub": dict.fromkeys(("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"[A-Za-z0-9]{16,}")
    | {"github_pat_": r"\w{16,}"},
    "GitLab": {
        f"gl{kind}-": r"[\w.-]{16,}"
        for kind in ("pat", "agent", "cbt", "dt", "ffct", "ft", "imt", "oas", "ptt", "rt", "rtr", "soat")
    },
    "Google": {"AIza": r"[\w-]{30,}", "GOCSPX-": r"[\w-]{20,}", "ya29.": r"[\w-]{20,}"},
    "Grafana": {"glsa_": r"\w{32,}", "glc_eyJ": r"[\w+/=-]{20,}"},
    "HashiCorp": dict.fromkeys(("hvs.", "hvb.", "hvr."), r"[\w-]{20,}") | {".atlasv1.": r"[\w-]{40,}"},
    "Hugging Face": {"hf_": r"[A-Za-z0-9]{30,}"},
    "JSON Web Token": {"eyJ": r"[\w-]{10,}\.[\w-]{10,}(\.[\w-]*)?"},
    "New Relic": {"NRAK-": r"[0-9A-Z]{20,}"},
    "Notion": {"ntn_": r"[A-Za-z0-9]{40,}"},
    "npm": {"npm_": r"[A-Za-z0-9]{16,}"},
    "OpenAI": {"sk-": r"(?=[\w-]*[0-9])[\w-]{16,}", "sk_": r"(?=[\w-]*[0-9])[\w-]{16,}"},
    "Proxmox": {"PVEAPIToken=": r"[^\s!]+![\w.-]+=[0-9a-f-]{36}"},
    "PyPI": {"pypi-AgE": r"[\w-]{40,}"},
    "Replicate": {"r8_": r"[A-Za-z0-9]{30,}"},
    "SendGrid": {"SG.": r"[\w-]{16,}\.[\w-]{16,}"},
    "Sentry": dict.fromkeys(("sntrys_", "sntryu_"), r"[\w=+/-]{40,}"),
    "Shopify": dict.fromkeys(("shpat_", "shpca_", "shppa_", "shpss_"), r"[0-9a-f]{32}"),
    "Slack": {f"xox{kind}-": r"[\w-]{10,}" for kind in "abceoprs"}
    | {"xapp-": r"[0-9]-[\w-]{20,}", "hooks.slack.com/": r"(services|triggers|workflows)/\w+/\w+/\w+"},
    "Stripe": {"rk_live_": r"\w{16,}", "rk_test_": r"\w{16,}", "whsec_": r"[A-Za-z0-9+/]{24,}"},
    "Tailscale": {"tskey-": r"[a-z]+-[\w-]{16,}"},
    "Telegram": {f"{digit}:AA": r"[\w-]{32,}" for digit in range(10)},
    "age": {"AGE-SECRET-KEY-": r"(PQ-)?1[0-9A-Z]{20,}"},
}
"""The tokens of well-known issuers: prefixes, each with the pattern of the rest."""

_SHAPE = "has the shape of a credential"

_LONG = 4
_ISSUED = {
    # A short prefix needs the start of a word: `sk-` is in `disk-`.
    prefix: (r"(?<![A-Za-z0-9])" if len(prefix) < _LONG else "") + re.escape(prefix) + rest
    for issued in ISSUED.values()
    for prefix, rest in issued.items()
}

# Patterns that few texts need are text here: re compiles them at their first use, and no start-up pays for them.
# A private key with its body, up to the last line; to the end of the text if that line is missing.
_PRIVATE_KEY = (
    r"(?s)-{4,5} ?BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{4,5}(?=.{0,300}?[A-Za-z0-9+/]{12})"
    r".*?(?:-{4,5} ?END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{4,5}|\Z)"
    r"|PuTTY-User-Key-File-[23]:.*?(?:Private-MAC: *[0-9a-f]+|\Z)"
)
_REGISTRY_LOGIN = (
    r"""(?s)["']auths\s*["']\s*:.*?["'](?:auth|password|identitytoken|registrytoken)\s*["']"""
    r"""\s*:\s*["'](?!\{\{)[^"']{4,}"""
)
_BASIC = r"\b[Bb]asic +([A-Za-z0-9+/_-]{8,}={0,2})"
_PASSWORD_IN_URL = r"(?<=://)[^\s/:@'\"]*:(?![$<{])[^\s/@'\"]+(?=@)"  # noqa: S105 (a pattern)
_LONG_USER = 32
_TOKEN_IN_URL = r"(?<=://)[\w.~+=-]{20,}(?=@)"  # noqa: S105 (a pattern)
# Messages hide more than the rule finds: each login, in `https://user:password@host` and `user:password@host.example`.
_LOGIN = (
    r"(?<=://)[^\s/:@]*:[^\s/]+(?=@)|(?<=://)[^\s/:@]{20,}(?=@)"
    r"|(?<![^\s/'\"])[^\s:/@'\"]*:(?!//)[^\s/'\"]+(?=@([\w-]+\.)+([A-Za-z]|[0-9]+\.[0-9]+\.[0-9]))"
)

_WORD = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,}={0,2}")
_FORGEJO = r"(?<![A-Za-z0-9])[0-9a-f]{40}(?![A-Za-z0-9])"
_NEAR = 48  # characters before a word, which may name it
_NAMES = (
    r"passw(?:or)?d|passphrase|token|secret|api[_-]?key|widget\.key"
    r"|(?:access|account|encryption|private|secret|signing)[_-]?key(?:_?base)?"
)
_NAMED = rf"(?i)(?:{_NAMES})\s*[\"']?\s*(?::|=>?)\s*[\"']?$|\b(?:bearer|token)\s+$"
# What names 40 hexadecimal digits a revision: a word, a path such as `/commit/`, an image or module with its version.
_REVISION = (
    r"(?i)(?:sha1?(?:sum)?|rev(?:ision)?|ref|commit|hash|checksum|digest|version|tag|id(?:entifier)?)"
    r"[_-]?[0-9]*[\"']?[ :=/@-]{1,3}[\"']?$"
    r"|checksum/[\w.-]+=$|/(?:blob|tree|raw|archive)/$|[\w-]/[\w.-]+[:@]([\w.-]*[.-])?$"
    r"|version[\"']?[ :=]{1,3}[\"']?v?[0-9]+\.[\w.+-]*[.+-]$"
)

_URL_SAFE = str.maketrans("-_", "+/")
_BINARY = r"[^\s\x20-\x7e\x80-\U0010ffff]"
# Escapes of Python, JSON, URLs and terminals. `_blank` replaces them with spaces: none may hide the start of a word.
_ESCAPE = re.compile(
    r"\\+(?:[abfnrtv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\"'])(?:\[[0-9;]*[A-Za-z])?"
    r"|%[0-9a-fA-F]{2}|\x1b\[[0-9;]*[A-Za-z]"
)

_ONE_WORD = r"[A-Za-z0-9+/_-]{20,}={0,2}"
_HEXADECIMAL = r"[0-9a-fA-F-]+"
_HEXADECIMAL_KEY = r"(?=[a-f]*[0-9])[0-9a-f]{32,}|(?=[A-F]*[0-9])[0-9A-F]{32,}"
_CHANGES_PER_CHARACTER = 0.3
_BITS_PER_CHARACTER = 3.5


def _class(character: str) -> int:
    return character.isdigit() + 2 * character.isupper()


def looks_random(value: str) -> bool:
    """Whether a value looks like a generated key: one long word without the patterns of a language.

    Hexadecimal digests and UUIDs do not count: most are names.
    """
    if not re.fullmatch(_ONE_WORD, value) or re.fullmatch(_HEXADECIMAL, value):
        return False
    letters = re.sub(r"[^A-Za-z0-9]", "", value)
    if len(letters) < len(value) * 0.8 or letters.isalpha() or letters.isdigit():
        return False
    classes = [_class(letter) for letter in letters]
    changes = sum(one != other for one, other in pairwise(classes))
    counts = Counter(letters).values()
    bits = -sum(count / len(letters) * math.log2(count / len(letters)) for count in counts)
    return changes >= _CHANGES_PER_CHARACTER * len(letters) and bits >= _BITS_PER_CHARACTER


def _is_key(value: str) -> bool:
    """Whether a value is a key if its place suggests one."""
    return bool(looks_random(value) or re.fullmatch(_HEXADECIMAL_KEY, value))


def credential_in(text: str, name: str = "") -> str | None:
    """The first credential of a text, as a clause such as `is a URL with a password`. None if it has none.

    Args:
        text: the text.
        name: the name of the text in its manifest: a key, or an environment variable.
    """
    return next((kind for _, _, kind in _found(text, name)), None)


def without_credentials(text: str) -> str:
    """Replace each credential, each login before a host, and 40 hexadecimal digits anywhere, with `<credential>`."""
    found = [(start, end) for start, end, _ in _found(text)] + [login.span() for login in re.finditer(_LOGIN, text)]
    found += [token.span() for token in re.finditer(_FORGEJO, _ESCAPE.sub(_blank, text))]
    done, parts = 0, []
    for start, end in sorted(found):
        if end > done:
            parts += [text[done:start], "<credential>"] if start >= done else []
            done = end
    return "".join([*parts, text[done:]])


def _blank(escape: re.Match[str]) -> str:
    last = escape[0][-1]
    return (last if last in "\"'" else " ").rjust(len(escape[0]))


def _found(text: str, name: str = "", depth: int = 2) -> Iterator[tuple[int, int, str]]:
    """The credentials in a text: start, end and a clause. Base64 is decoded, twice at most."""
    plain = _ESCAPE.sub(_blank, text) if "\\" in text or "%" in text or "\x1b" in text else text
    for pattern, clause in _marked(plain):
        yield from ((*found.span(), clause) for found in re.finditer(pattern, plain))
    if "://" in text and "@" in text:
        yield from ((*found.span(), "is a URL with a password") for found in re.finditer(_PASSWORD_IN_URL, text))
        tokens = (
            found for found in re.finditer(_TOKEN_IN_URL, text) if len(found[0]) >= _LONG_USER or _is_key(found[0])
        )
        yield from ((*found.span(), "is a URL with a token") for found in tokens)
    for found in _WORD.finditer(plain):
        before = f"{name}={plain[max(0, found.start() - _NEAR) : found.start()]}"[-_NEAR:]
        yield from ((*span, _SHAPE) for span in _in_word(plain, found, before))
        inside = _decoded(found[0]) if depth else ""
        if kind := next((kind for _, _, kind in _found(inside, depth=depth - 1)), None):
            yield *found.span(), f"is base64 of a text that {kind}"


def _marked(text: str) -> Iterator[tuple[str, str]]:
    """The patterns whose mark is in a text, each with a clause. A mark is found many times faster than a pattern."""
    yield from ((pattern, _SHAPE) for prefix, pattern in _ISSUED.items() if prefix in text)
    if "PRIVATE KEY" in text or "PuTTY-User" in text:
        yield _PRIVATE_KEY, _SHAPE
    if "auths" in text:
        yield _REGISTRY_LOGIN, "has the login of a registry"
    for word in re.finditer(_BASIC, text) if "asic " in text else ():
        if re.fullmatch(r"[^\s:]*:\S+", _decoded(word[1])):
            yield re.escape(word[0]), "has a login"


def _in_word(text: str, word: re.Match[str], before: str) -> Iterator[tuple[int, int]]:
    """The credentials in one long word, found by the text before it."""
    if re.search(_NAMED, before) and _is_key(word[0]) and not re.search(_REVISION, before):
        yield word.span()
    for found in re.finditer(_FORGEJO, word[0]):
        start, end = (word.start() + place for place in found.span())
        if not text.startswith("@sha", end) and not re.search(_REVISION, before + word[0][: found.start()]):
            yield start, end


def _decoded(word: str) -> str:
    """The text that a word encodes in base64; empty if it encodes none."""
    digits = word.rstrip("=").translate(_URL_SAFE)
    try:
        text = base64.b64decode(digits + "=" * (-len(digits) % 4)).decode()
    except ValueError:
        return ""
    return "" if re.search(_BINARY, text) else text
