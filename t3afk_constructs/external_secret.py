"""A Secret whose values External Secrets reads from the cluster's store."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Final, Literal

from constructs import Construct

from t3afk_constructs import formats, inputs
from t3afk_constructs.checked import checked
from t3afk_constructs.cluster_chart import ChartNamespace, ChartPlatform, PlatformConstruct
from t3afk_constructs.formats import DnsSubdomain, Duration

if TYPE_CHECKING:
    import cdk8s_plus_27 as kplus

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
    return f"has the key {twice!r} twice; leave one out" if twice else None


Data = Annotated[Sequence[tuple[str, str, str | None]], _data]


class ExternalSecret(PlatformConstruct):
    """A Secret that External Secrets fills from the platform's store and keeps up to date. The manifest has no values.

    The operator writes the Secret some seconds after the apply; pods that need it wait until then.

    Attributes:
        external_secret: the ExternalSecret.
        secret_name: the Secret's name.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: DnsSubdomain,
        data: Data,
        namespace: ChartNamespace = None,
        target_name: DnsSubdomain | None = None,
        refresh_interval: Duration = "15m",
        api_version: Literal["v1", "v1beta1"] = "v1",
        platform: ChartPlatform = None,
    ) -> None:
        """Render the ExternalSecret.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the ExternalSecret.
            data: the values, as triples: the key in the Secret, the entry in the store, the property of that entry
                (None for an entry without properties).
            namespace: of the ExternalSecret and its Secret; default: the chart's.
            target_name: of the Secret; default: `name`.
            refresh_interval: the time between two reads of the store, in Go's notation (`15m`, `1h30m`); `0` reads it
                once.
            api_version: of `external-secrets.io`. Operators before 0.16 have only `v1beta1`; from 0.17 on, it is off
                by default.
            platform: the cluster's facts; default: the chart's.

        Raises:
            InputError: when the API server or the operator would refuse an input.
        """
        super().__init__(scope, id, namespace=namespace, platform=platform)
        self.name: Final = name
        self.data: Final = tuple((key, remote, field) for key, remote, field in data)
        self.target_name: Final = target_name or name
        self.refresh_interval: Final = refresh_interval
        self.api_version: Final = api_version
        self.secret_name: Final = self.target_name

        self.external_secret: Final = self._object(
            "Resource",
            f"external-secrets.io/{api_version}",
            "ExternalSecret",
            name=name,
            spec={
                "refreshInterval": refresh_interval,
                "secretStoreRef": {"name": self.platform.secret_store, "kind": self.platform.secret_store_kind},
                "target": {"name": self.target_name},
                "data": [
                    {"secretKey": key, "remoteRef": {"key": remote} | ({"property": field} if field else {})}
                    for key, remote, field in self.data
                ],
            },
        )

    @cached_property
    def secret(self) -> "kplus.ISecret":
        """The Secret as a cdk8s-plus object: `kplus.Env.from_secret(secrets.secret)`. Loads cdk8s-plus-27."""
        import cdk8s_plus_27 as kplus  # noqa: PLC0415 (a fifth of a second that only its users pay)

        return kplus.Secret.from_secret_name(self, "SecretHandle", self.secret_name)
