"""A place in a secret store."""

from typing import Literal

from attrs import field, frozen

from t3afk_constructs.formats import Line
from t3afk_constructs.inputs import checked_fields
from t3afk_constructs.manifests import given


@frozen(field_transformer=checked_fields)
class RemoteRef:
    """An entry of the store, or one property of it.

    Attributes:
        key: the entry, such as `ci/global`.
        property: the property of the entry. Default: the entry as a whole.
        version: of the entry, if the store keeps versions. Default: the newest.
        decoding_strategy: decodes the values before they reach the Secret; `Auto` tries Base64 and Base64URL, and keeps
            a value that is neither. Default: the values stay as they are.
        conversion_strategy: `Unicode` writes characters that no key of a Secret may have as `_U0040_`, for example. For
            whole entries, whose properties become keys. Default: each becomes `_`.
        metadata_policy: `Fetch` reads the metadata of the entry in place of its value.
    """

    key: Line
    property: Line | None = field(default=None, kw_only=True)
    version: Line | None = field(default=None, kw_only=True)
    decoding_strategy: Literal["Auto", "Base64", "Base64URL"] | None = field(default=None, kw_only=True)
    conversion_strategy: Literal["Unicode"] | None = field(default=None, kw_only=True)
    metadata_policy: Literal["Fetch"] | None = field(default=None, kw_only=True)

    def manifest(self) -> dict[str, str]:
        """The fields of a `remoteRef` or an `extract`."""
        fields = {
            "key": self.key,
            "property": self.property,
            "version": self.version,
            "decodingStrategy": self.decoding_strategy,
            "conversionStrategy": self.conversion_strategy,
            "metadataPolicy": self.metadata_policy,
        }
        return given(fields)
