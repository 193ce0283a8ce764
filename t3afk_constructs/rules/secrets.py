"""The rule against credentials in manifests. Its messages give the place, never the value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from t3afk_constructs.credentials import credential_in, looks_random
from t3afk_constructs.manifests import Plain, at, container_name, decoded, identity, mappings, pointer, table
from t3afk_constructs.rules.finding import Complaint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered

_WAY_OUT = "read it from a Secret that an ExternalSecret fills"
_SECRET_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|API_?KEY|(ACCESS|PRIVATE|SECRET)_KEY|PAT)$", re.IGNORECASE
)
# The dashboard homepage reads its widgets from annotations, and fills in its own environment and files:
# https://gethomepage.dev/installation/docker/#using-environment-secrets
_WIDGET = re.compile(r"gethomepage\.dev/widget.*(key|password|secret|token|authorization)", re.IGNORECASE)
_FILLED = re.compile(r"\s*|.*\{\{HOMEPAGE_(VAR|FILE)_\w+\}\}.*|\$\{\w+\}", re.DOTALL)
_HARMLESS = re.compile(r"\s*|[0-9.]+[a-z]?|true|false|none|null|[./~].*|\$.*|[a-z]+://[^@]*", re.IGNORECASE)


def _complaint(text: str, name: str = "token") -> str | None:
    """A complaint about a text. Without its name: a complaint for the names of secrets."""
    found = credential_in(text, name)
    return found and f"{found}; {_WAY_OUT}"


def _environment(rendered: Rendered) -> Iterator[tuple[Plain, Plain, str, str]]:
    for pod in rendered.pods:
        for container in pod.containers():
            for variable in mappings(container.get("env")):
                if isinstance(value := variable.get("value"), str):
                    yield pod.owner, container, str(variable.get("name")), value


def _in_environment(rendered: Rendered) -> Complaints:
    for owner, container, name, value in _environment(rendered):
        if looks_random(value):
            found = f"the value of {name} looks like a key"
        elif _SECRET_NAME.search(name) and not _HARMLESS.fullmatch(value) and name not in value:  # `INSERT_API_KEY`
            found = f"{name} has a plain value"
        else:
            continue
        if not credential_in(value, name):  # else found as text
            yield Complaint(owner, f"{container_name(container)}: {found}; {_WAY_OUT}", (name,))


def _in_widgets(rendered: Rendered) -> Complaints:
    for manifest in rendered.manifests:
        for name, value in table(at(manifest, "metadata", "annotations")).items():
            if isinstance(value, str) and _WIDGET.fullmatch(str(name)) and not _FILLED.fullmatch(value):
                word = re.sub(r"\W+", "_", str(name).rpartition("widget.")[2]).upper()
                service = re.sub(r"\W+", "_", identity(manifest).name).upper()
                message = (
                    f"the annotation {name} is readable in the manifest; write "
                    f"'{{{{HOMEPAGE_VAR_{service}_{word}}}}}', "
                    "and give homepage that variable from a Secret"
                )
                if not credential_in(value, str(name)):  # else found as text
                    pointed = pointer(("metadata", "annotations", name))
                    yield Complaint(manifest, message, (pointed, str(name)))


def _in_binary_data(rendered: Rendered) -> Complaints:
    for config_map in rendered.of_kind("ConfigMap", "v1"):
        for key, value in table(at(config_map, "binaryData")).items():
            if complaint := _complaint((decoded(value) or b"").decode(errors="replace"), str(key)):
                places = (f"/binaryData/{key}", f"binaryData.{key}", str(key))
                yield Complaint(config_map, f"the text at binaryData.{key} {complaint}", places)


def _in_secrets(rendered: Rendered) -> Complaints:
    for secret in rendered.of_kind("Secret", "v1"):
        keys = sorted({*map(str, table(at(secret, "data"))), *map(str, table(at(secret, "stringData")))})
        if keys:
            yield secret, f"its values (keys {', '.join(keys)}) are readable in the manifest; use an ExternalSecret"


def no_secret_values(rendered: Rendered) -> Complaints:
    """No manifest contains a credential."""
    yield from rendered.texts_against(_complaint, _complaint)
    yield from _in_environment(rendered)
    yield from _in_widgets(rendered)
    yield from _in_binary_data(rendered)
    yield from _in_secrets(rendered)
