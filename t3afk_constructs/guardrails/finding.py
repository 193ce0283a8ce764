"""What a rule says about one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from t3afk_constructs.inputs import without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity = Literal["error", "warning"]


@frozen
class Identity:
    """By what the cluster tells one object from another."""

    api_version: str
    kind: str
    namespace: str | None
    name: str

    def __str__(self) -> str:
        where = f" in namespace '{self.namespace}'" if self.namespace else ""
        return f"{self.kind} '{self.name}'{where}"


def identity(manifest: Mapping[str, Any]) -> Identity:
    """The identity of a manifest, whatever its author left out."""
    metadata = manifest.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    namespace = named.get("namespace")
    return Identity(
        str(manifest.get("apiVersion", "")),
        str(manifest.get("kind", "")),
        str(namespace) if namespace else None,
        str(named.get("name", "")),
    )


@frozen
class Finding:
    """One object that breaks one rule.

    Attributes:
        severity: an `error` stops synth, a `warning` is printed.
        rule: the rule's name.
        identity: the object.
        message: what is wrong and the way out, without what looks like a credential.
    """

    severity: Severity
    rule: str
    identity: Identity
    message: str = field(converter=without_credentials)
