"""A Secret whose values External Secrets reads from a store."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from constructs import Construct

from t3afk_constructs import formats, inputs, secret_template
from t3afk_constructs.checked import checked
from t3afk_constructs.cluster_chart import ChartNamespace, ChartPlatform, PlatformConstruct
from t3afk_constructs.formats import DnsSubdomain, Duration, Line
from t3afk_constructs.remote_ref import RemoteRef
from t3afk_constructs.secret_key import SecretKey

if TYPE_CHECKING:
    import cdk8s_plus_27 as kplus

_DATA = inputs.mapping(formats.config_key, inputs.instance_of(RemoteRef, "write RemoteRef('entry', property='field')"))
_KEYS_OF_ENTRIES = "has conversion_strategy, which is for keys of whole entries; leave it out"


def secret_data(value: object) -> str | None:
    """Keys of a Secret, each with its place in the store."""
    if isinstance(value, list | tuple):
        return "is a list; write {'KEY': RemoteRef('entry', property='field')}"
    if (complaint := _DATA(value)) or not isinstance(value, Mapping):
        return complaint
    converted = next((key for key, place in value.items() if place.conversion_strategy), None)
    return f"has at {inputs.shown(converted)} a RemoteRef that {_KEYS_OF_ENTRIES}" if converted else None


def _entry(value: object) -> str | None:
    return None if isinstance(value, RemoteRef) else formats.one_line(value)


def _label(value: object) -> str | None:
    """A label's value, or a template that gives one."""
    return formats.text(value) if "{{" in str(value) else formats.label_value(value)


Data = Annotated[Mapping[str, RemoteRef], secret_data]
Extract = Annotated[Sequence[str | RemoteRef], inputs.every(_entry, at_least=1)]
Template = Annotated[Mapping[str, str], inputs.mapping(formats.config_key, formats.text)]
Annotations = Annotated[Mapping[str, str], inputs.mapping(formats.annotation_key, formats.text)]
Labels = Annotated[Mapping[str, str], inputs.mapping(formats.qualified_name, _label)]


class ExternalSecret(PlatformConstruct):
    """A Secret that External Secrets fills from a store and keeps up to date. The manifest has no values.

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
        data: Data | None = None,
        extract: Extract | None = None,
        template: Template | None = None,
        template_merge_policy: Literal["Replace", "Merge"] = "Replace",
        namespace: ChartNamespace = None,
        target_name: DnsSubdomain | None = None,
        secret_type: Line | None = None,
        secret_labels: Labels | None = None,
        secret_annotations: Annotations | None = None,
        store: DnsSubdomain | None = None,
        store_kind: Literal["ClusterSecretStore", "SecretStore"] | None = None,
        creation_policy: Literal["Owner", "Orphan", "Merge"] = "Owner",
        deletion_policy: Literal["Retain", "Merge", "Delete"] = "Retain",
        refresh_policy: Literal["Periodic", "CreatedOnce", "OnChange"] = "Periodic",
        refresh_interval: Duration | None = None,
        api_version: Literal["v1", "v1beta1"] = "v1",
        platform: ChartPlatform = None,
    ) -> None:
        """Render the ExternalSecret. It needs `data` or `extract`.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the ExternalSecret.
            data: the keys of the Secret, each with its place in the store. They win over keys of `extract`.
            extract: whole entries of the store: each property becomes a key of the Secret. A later entry wins.
            template: keys of the Secret with their texts, in which `{{ .password }}` is the value that `data` or
                `extract` has under `password` (Go templates with the functions of Sprig). The values themselves are
                then no keys of the Secret.
            template_merge_policy: `Merge` keeps the values as keys beside those of the template.
            namespace: of the ExternalSecret and its Secret; default: the chart's.
            target_name: of the Secret; default: `name`.
            secret_type: of the Secret, such as `kubernetes.io/dockerconfigjson`. Default: `Opaque`.
            secret_labels: of the Secret; their texts are templates too.
            secret_annotations: of the Secret; their texts are templates too.
            store: the store; default: the platform's.
            store_kind: `ClusterSecretStore` is a store of the cluster, `SecretStore` one of the namespace. Default: the
                kind of the platform's.
            creation_policy: `Owner` creates the Secret; deleting the ExternalSecret deletes it. `Orphan` creates it,
                and it stays. `Merge` adds keys to a Secret of somebody else, and creates none.
            deletion_policy: what happens to the Secret when the store has lost every value: it stays as it is, loses
                the keys (`Merge`) or goes too (`Delete`). With `Retain` alone, one missing value is an error.
            refresh_policy: when the store is read: each `refresh_interval`, once, or after changes of the
                ExternalSecret.
            refresh_interval: the time between two reads of the store, in Go's notation (`15m`, `1h30m`); `0` reads it
                once. For `Periodic` alone; default: `15m`.
            api_version: of `external-secrets.io`. Operators before 0.16 have only `v1beta1`; from 0.17 on, it is off
                by default.
            platform: the cluster's facts; default: the chart's.

        Raises:
            InputError: when the API server or the operator would refuse an input, or fail on a template.
        """
        super().__init__(scope, id, namespace=namespace, platform=platform)
        self.name: Final = name
        self.data: Final = dict(data or {})
        self.extract: Final = tuple(RemoteRef(each) if isinstance(each, str) else each for each in extract or ())
        self.template: Final = dict(template or {})
        self.template_merge_policy: Final = template_merge_policy
        self.target_name: Final = target_name or name
        self.secret_type: Final = secret_type
        self.secret_labels: Final = dict(secret_labels or {})
        self.secret_annotations: Final = dict(secret_annotations or {})
        self.store: Final = store or self.platform.secret_store
        self.store_kind: Final = store_kind or self.platform.secret_store_kind
        self.creation_policy: Final = creation_policy
        self.deletion_policy: Final = deletion_policy
        self.refresh_policy: Final = refresh_policy
        self.refresh_interval: Final = refresh_interval or ("15m" if refresh_policy == "Periodic" else None)
        self.api_version: Final = api_version
        self.secret_name: Final = self.target_name
        self._merges: Final = template_merge_policy == "Merge"
        self._periodic: Final = refresh_policy == "Periodic"
        self._keys: Final = secret_template.filled_keys(
            self.data,
            self.template,
            whole_entries=bool(self.extract),
            merge=self._merges,
            others=creation_policy == "Merge",
        )
        values = None if self.extract else list(self.data)
        not_owned = f"needs a Secret of its own, but creation_policy is {creation_policy!r}; leave one of the two out"
        self._refuse(
            data=(data, None if data or extract else "is empty; pass data or extract, or both"),
            template=(template, _templates_complaint(self.template, values)),
            template_merge_policy=(
                template_merge_policy,
                "needs a template; pass template too" if self._merges and not template else None,
            ),
            secret_type=(secret_type, secret_template.type_complaint(secret_type, self._keys)),
            secret_labels=(secret_labels, _templates_complaint(self.secret_labels, values)),
            secret_annotations=(secret_annotations, _templates_complaint(self.secret_annotations, values)),
            deletion_policy=(
                deletion_policy,
                not_owned if deletion_policy == "Delete" and creation_policy != "Owner" else None,
            ),
            refresh_interval=(
                refresh_interval,
                f"has no effect with refresh_policy {refresh_policy!r}; leave one of the two out"
                if refresh_interval and not self._periodic
                else None,
            ),
        )
        self.external_secret: Final = self._object(
            "Resource", f"external-secrets.io/{api_version}", "ExternalSecret", name=name, spec=self._spec()
        )

    def key(self, key: str, *, optional: bool = False) -> SecretKey:
        """One key of the Secret, as the value of an environment variable.

        Args:
            key: the key.
            optional: whether the container starts without it; the variable is then unset.

        Raises:
            InputError: when nothing fills the key. With whole entries, or in a Secret of somebody else, any may exist.
        """
        complaint = formats.config_key(key) or secret_template.key_complaint(key, self._keys, self.data)
        self._refuse(key=(key, complaint))
        return SecretKey(self.secret_name, key, optional=optional)

    @cached_property
    def secret(self) -> "kplus.ISecret":
        """The Secret as a cdk8s-plus object: `kplus.Env.from_secret(secrets.secret)`. Loads cdk8s-plus-27."""
        import cdk8s_plus_27 as kplus  # noqa: PLC0415 (a fifth of a second that only its users pay)

        return kplus.Secret.from_secret_name(self, "SecretHandle", self.secret_name)

    def _spec(self) -> dict[str, Any]:
        metadata = _filled(labels=self.secret_labels, annotations=self.secret_annotations)
        template = _filled(
            type=self.secret_type,
            metadata=metadata,
            data=self.template,
            mergePolicy="Merge" if self._merges else None,
        )
        return _filled(
            refreshPolicy=None if self._periodic else self.refresh_policy,
            refreshInterval=self.refresh_interval,
            secretStoreRef={"name": self.store, "kind": self.store_kind},
            target=_filled(
                name=self.target_name,
                creationPolicy=None if self.creation_policy == "Owner" else self.creation_policy,
                deletionPolicy=None if self.deletion_policy == "Retain" else self.deletion_policy,
                template=template,
            ),
            data=[{"secretKey": key, "remoteRef": place.manifest()} for key, place in self.data.items()],
            dataFrom=[{"extract": place.manifest()} for place in self.extract],
        )


def _filled(**fields: Any) -> dict[str, Any]:
    """The fields that have a value. External Secrets has defaults for the others."""
    return {name: value for name, value in fields.items() if value}


def _templates_complaint(texts: Mapping[str, str], values: Collection[str] | None) -> str | None:
    complaints = ((key, secret_template.template_complaint(text, values)) for key, text in texts.items())
    return next(
        (f"has at {inputs.shown(key)} a template that {complaint}" for key, complaint in complaints if complaint), None
    )
