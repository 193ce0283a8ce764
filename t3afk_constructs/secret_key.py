"""One key of a Secret, as a value."""

from attrs import field, frozen

from t3afk_constructs import formats, inputs


@frozen(field_transformer=inputs.checked_fields)
class SecretKey:
    """One key of a Secret, as an environment value. `ExternalSecret.key` makes it; write it for another stack's Secret.

    Attributes:
        secret_name: the Secret's name.
        key: the key in it.
        optional: whether the container starts without the key; the variable is then unset.
    """

    secret_name: formats.DnsSubdomain
    key: formats.ConfigKey
    optional: bool = field(default=False, kw_only=True)
