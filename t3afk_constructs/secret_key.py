"""One key of a Secret, as a value."""

from attrs import frozen

from t3afk_constructs import formats, inputs


@frozen(field_transformer=inputs.checked_fields)
class SecretKey:
    """One key of a Secret, as an environment value. `ExternalSecret.key` makes it; write it for another stack's Secret.

    Attributes:
        secret_name: the Secret's name.
        key: the key in it.
    """

    secret_name: formats.DnsSubdomain
    key: formats.ConfigKey
