"""A Secret whose values External Secrets reads from the cluster's store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from t3afk_constructs import formats, inputs
from t3afk_constructs.api_objects import ApiObjects, Manifest
from t3afk_constructs.home import HOME
from t3afk_constructs.platform import Platform, platform_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk8s import ApiObject
    from constructs import Construct

_ENTRY_LENGTH = 3


def _entry(value: object) -> str | None:
    if not isinstance(value, tuple | list) or len(value) != _ENTRY_LENGTH:
        return "is not a triple; write (secret key, remote key, property), with None for no property"
    key, remote_key, remote_property = value
    return formats.config_key(key) or formats.one_line(remote_key) or inputs.optional(formats.one_line)(remote_property)


def _data(value: object) -> str | None:
    complaint = inputs.every(_entry, at_least=1)(value)
    if complaint or not isinstance(value, list | tuple):
        return complaint
    keys = [entry[0] for entry in value]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    return f"fills the key {twice!r} twice; leave one out" if twice else None


def _manifest(secret: ExternalSecret) -> Manifest:
    """The object, from what was decided about it. Nothing of node is there yet."""
    # Loaded where it is used: each assembly of bindings that node loads costs some 10 ms. Only the manifest is
    # theirs: an object of theirs drops the fields that a caller patches in and their schema does not know.
    from t3afk_constructs.imports.t3afk.io import external_secrets as bindings  # noqa: PLC0415

    rendered: Manifest = bindings.ExternalSecret.manifest(
        metadata={"name": secret.name, "namespace": secret.namespace},
        spec={
            "refresh_interval": secret.refresh_interval,
            "secret_store_ref": {"name": secret.platform.secret_store, "kind": secret.platform.secret_store_kind},
            "target": {"name": secret.target_name},
            "data": [
                bindings.ExternalSecretSpecData(
                    secret_key=key, remote_ref={"key": remote} | ({"property": field} if field else {})
                )
                for key, remote, field in secret.data
            ],
        },
    )
    return rendered | {"apiVersion": f"external-secrets.io/{secret.api_version}"}


class ExternalSecret(ApiObjects):
    """A Secret that External Secrets fills from the platform's store and keeps up to date. It holds no value itself.

    The operator writes the Secret some seconds after the apply; a pod that needs it waits until then.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: str,
        namespace: str,
        data: Sequence[tuple[str, str, str | None]],
        target_name: str | None = None,
        refresh_interval: str = "15m",
        api_version: Literal["v1", "v1beta1"] = "v1",
        platform: Platform = HOME,
    ) -> None:
        """Render the ExternalSecret.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the ExternalSecret.
            namespace: of the ExternalSecret and its Secret.
            data: what to read, as triples: the key in the Secret, the entry in the store, the field of that entry
                (None for an entry without fields).
            target_name: of the Secret; default: `name`.
            refresh_interval: how often the store is read again, in Go's notation (`15m`, `1h30m`); `0` reads it once.
            api_version: of `external-secrets.io`. `v1beta1` is for operators before 0.16, which have no `v1`; from
                0.17 on it is not served by default.
            platform: the cluster's facts.

        Raises:
            InputError: when the API server or the operator would refuse an input.
            CollisionError: when another construct of this library makes an ExternalSecret of that name in the app.
        """
        inputs.check(
            "ExternalSecret",
            scope,
            id,
            platform=(platform, platform_rule),
            name=(name, formats.dns_subdomain),
            namespace=(namespace, formats.dns_label),
            data=(data, _data),
            target_name=(target_name, inputs.optional(formats.dns_subdomain)),
            refresh_interval=(refresh_interval, formats.duration),
            api_version=(api_version, inputs.one_of("v1", "v1beta1")),
        )
        self.name: Final = name
        self.namespace: Final = namespace
        self.data: Final = tuple((key, remote, field) for key, remote, field in data)
        self.target_name: Final = target_name or name
        self.refresh_interval: Final = refresh_interval
        self.api_version: Final = api_version
        self.platform: Final = platform
        self.secret_name: Final = self.target_name

        super().__init__(scope, id, platform=platform, manifests={"Resource": _manifest(self)})

    @property
    def external_secret(self) -> ApiObject:
        """The ExternalSecret."""
        return self._api_object("Resource")
