"""The environment of a container: values, and references to Secrets, ConfigMaps and fields of the pod."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Protocol

from attrs import frozen

from t3afk_constructs import formats, inputs
from t3afk_constructs.secret_key import SecretKey


@frozen(field_transformer=inputs.checked_fields)
class ConfigMapKey:
    """One key of a ConfigMap, as an environment value."""

    config_map_name: formats.DnsSubdomain
    key: formats.ConfigKey


_FIELDS = (
    *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
    *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
)


def _field_path(value: object) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"metadata\.(labels|annotations)\['[^']+'\]", value):
        return None
    return inputs.one_of(*_FIELDS, "metadata.labels['…']", "metadata.annotations['…']")(value)


@frozen(field_transformer=inputs.checked_fields)
class FieldRef:
    """A field of the pod, as an environment value: `FieldRef("status.podIP")`."""

    path: Annotated[str, _field_path]


@frozen(field_transformer=inputs.checked_fields)
class SecretRef:
    """A whole Secret of another stack, as environment."""

    secret_name: formats.DnsSubdomain


@frozen(field_transformer=inputs.checked_fields)
class ConfigMapRef:
    """A whole ConfigMap, as environment."""

    config_map_name: formats.DnsSubdomain


class HasSecret(Protocol):
    """A construct with a Secret, such as an `ExternalSecret`."""

    @property
    def secret_name(self) -> str:
        """The Secret's name."""
        ...


def _value(value: object) -> str | None:
    if isinstance(value, SecretKey | ConfigMapKey | FieldRef):
        return None
    complaint = formats.text(value)
    return complaint and f"{complaint.partition(';')[0]}; write text, secret.key(…), ConfigMapKey(…) or FieldRef(…)"


def _source(value: object) -> str | None:
    if isinstance(value, ConfigMapRef) or isinstance(getattr(value, "secret_name", None), str):
        return None
    return "is not a Secret or ConfigMap; pass an ExternalSecret, SecretRef(…) or ConfigMapRef(…)"


EnvironmentValue = Annotated[str | SecretKey | ConfigMapKey | FieldRef, _value]
Environment = Mapping[formats.EnvironmentName, EnvironmentValue]
EnvironmentSources = Annotated[Sequence[HasSecret | ConfigMapRef], inputs.every(_source)]


def env(variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A container's `env`. The kubelet expands `$(NAME)` of earlier variables in a value, and takes `$$` for `$`."""
    return [{"name": name, **_rendered(value)} for name, value in variables.items()]


def _rendered(value: Any) -> dict[str, Any]:
    if isinstance(value, SecretKey):
        optional = {"optional": True} if value.optional else {}
        return {"valueFrom": {"secretKeyRef": {"name": value.secret_name, "key": value.key, **optional}}}
    if isinstance(value, ConfigMapKey):
        return {"valueFrom": {"configMapKeyRef": {"name": value.config_map_name, "key": value.key}}}
    if isinstance(value, FieldRef):
        return {"valueFrom": {"fieldRef": {"fieldPath": value.path}}}
    return {"value": value}


def env_from(sources: Sequence[Any]) -> list[dict[str, Any]]:
    """A container's `envFrom`."""
    return [
        {"configMapRef": {"name": source.config_map_name}}
        if isinstance(source, ConfigMapRef)
        else {"secretRef": {"name": source.secret_name}}
        for source in sources
    ]
