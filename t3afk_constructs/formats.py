"""The formats of Kubernetes as rules and as types: names, labels, annotations, ports, paths, images.

They are the API server's own
(https://kubernetes.io/docs/concepts/overview/working-with-objects/names/, …/labels/, …/annotations/), except where a
docstring says why a rule is narrower.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal, get_args

from t3afk_constructs.inputs import Rule, every, one_of, pattern, shown, whole

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"

dns_label = pattern(
    _LABEL,
    "must be a DNS label: lower-case letters, digits and '-', at most 63 characters, a letter or digit at both ends; "
    "write 'my-app', for example",
    longest=63,
)
dns_subdomain = pattern(
    _SUBDOMAIN,
    "must be a DNS subdomain: lower-case letters, digits, '-' and '.', at most 253 characters; "
    "write 'my-app.data', for example",
    longest=253,
)
service_name = pattern(
    r"[a-z]([-a-z0-9]*[a-z0-9])?",
    "must be a Service's name: lower-case letters, digits and '-', at most 63 characters, a letter first; "
    "write 'my-app', for example",
    longest=63,
)
label_value = pattern(
    rf"({_QUALIFIED})?",
    "must be a label's value: letters, digits, '-', '_' and '.', at most 63 characters, a letter or digit at both ends",
    longest=63,
)
# Narrower than the API server, which accepts every printable character but '='. The start scripts read these names.
environment_name = pattern(
    r"[A-Za-z_][A-Za-z0-9_]*",
    "must be an environment variable's name that a shell can read: letters, digits and '_', no digit first; "
    "write 'LOG_LEVEL', for example",
)
config_key = pattern(
    r"(?!\.\.)(?!\.$)[-._a-zA-Z0-9]+",
    "must be a key of a Secret or ConfigMap: letters, digits, '-', '_' and '.'; write 'API_TOKEN', for example",
    longest=253,
)


def port(value: object) -> str | None:
    """A port's number."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535:  # noqa: PLR2004
        return None
    return "must be a port: a number from 1 to 65535, not text; write 8080, for example"


AccessMode = Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]
_ACCESS_MODES = every(one_of(*get_args(AccessMode)), at_least=1)


def access_modes(value: object) -> str | None:
    """The access modes of a volume or claim. ReadWriteOncePod excludes all others."""
    complaint = _ACCESS_MODES(value)
    if complaint or not isinstance(value, list | tuple):
        return complaint
    alone = "ReadWriteOncePod" not in value or len(value) == 1
    return None if alone else "contains ReadWriteOncePod and others; write it alone or leave it out"


def absolute_path(value: object) -> str | None:
    """An absolute path on one line. Narrower than the API server: without `..`, which may leave the export."""
    if not isinstance(value, str):
        return "is not text; write an absolute path such as '/srv/data'"
    if not value.startswith("/"):
        return f"is not absolute; write {shown('/' + value)}"
    if ".." in value.split("/"):
        return "contains '..'; write the resolved path"
    if re.search("[\0-\x1f\x7f-\x9f]", value):
        return "contains a control character; leave it out"
    return text(value)


def relative_path(value: object) -> str | None:
    """A path below a volume's folder, on one line and without `..`."""
    if isinstance(value, str) and value.startswith("/"):
        return f"is absolute; write {shown(value.lstrip('/') or 'data')}"
    return one_line(value) or ("contains '..'; write the resolved path" if ".." in str(value).split("/") else None)


def port_name(value: object) -> str | None:
    """The name of a container's port (IANA's service names)."""
    complaint = _PORT_NAME(value)
    return complaint or ("contains '--'; write one '-'" if "--" in str(value) else None)


_PORT_NAME = pattern(
    r"(?=.*[a-z])[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    "must be a port's name: lower-case letters, digits and '-', at most 15 characters, a letter among them; write "
    "'metrics', for example",
    longest=15,
)


# kubectl sends JSON for a server-side apply, and the API server reads it as YAML: it refuses these characters, or reads
# a space for U+0085.
_NOT_CARRIED = re.compile("[\x7f-\x9f\ufffe\uffff]")


def carried_text(value: str) -> str | None:
    """Text that reaches the API server unchanged."""
    if found := _NOT_CARRIED.search(value):
        return f"contains U+{ord(found[0]):04X}, which a server-side apply refuses or changes; leave it out"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "contains half of a surrogate pair, which is not valid Unicode; leave it out"
    return None


def text(value: object) -> str | None:
    """Text for a program. Narrower than the API server: without NUL, which ends an argument or a variable."""
    if not isinstance(value, str):
        return "is not text; write a string"
    return "contains a NUL character; leave it out" if "\0" in value else carried_text(value)


def filled_text(value: object) -> str | None:
    """Text that is not blank."""
    return text(value) or (None if str(value).strip() else "is empty; write some text")


def one_line(value: object) -> str | None:
    """Text on one line that is not blank."""
    complaint = filled_text(value)
    return complaint or (
        None if str(value).isprintable() else "contains a line break or control character; write one line"
    )


def host_name(value: object) -> str | None:
    """A host name: labels of letters, digits and '-', joined by dots.

    Narrower than the API server, which takes labels that are too long for DNS, and a wildcard.
    """
    return dns_subdomain(value) or next(
        (
            f"has the label {label!r} of {len(label)} characters; DNS accepts at most 63"
            for label in str(value).split(".")
            if len(label) > 63  # noqa: PLR2004
        ),
        None,
    )


def ingress_host(value: object) -> str | None:
    """A host name that an Ingress routes: no address. Narrower than the API server as `host_name` is."""
    if ip_address(4)(value) is None:
        return "is an address; write a host name"
    return host_name(value)


def host(value: object) -> str | None:
    """A host name or an IP address. A name whose last label is a number is a mistyped address (RFC 1123)."""
    try:
        ipaddress.ip_address(value if isinstance(value, str) and "%" not in value else "")
    except ValueError:
        if isinstance(value, str) and value.startswith("["):
            return "has brackets; write the address without them"
        if isinstance(value, str) and value.rpartition(".")[2].isdecimal():
            return "ends in a number but is not an address; write an address or a host name"
        return host_name(value)
    return None


def ip_address(version: int) -> Rule:
    """An IP address of version 4 or 6."""

    def check(value: object) -> str | None:
        try:
            # A zone (`fe80::1%eth0`) means something on one machine only.
            if isinstance(value, str) and "%" not in value and ipaddress.ip_address(value).version == version:
                return None
        except ValueError:
            pass
        return f"is not an IPv{version} address; write one as text"

    return check


def image(value: object) -> str | None:
    """A container image: a repository and a tag or digest. Without a tag, each pull may bring another program.

    Narrower than the API server, which accepts any text: only references that a container runtime can pull
    (https://pkg.go.dev/github.com/distribution/reference).
    """
    complaint = _IMAGE(value)
    if complaint or re.search(r"(:\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})$", str(value), re.ASCII):
        return complaint
    return f"has no tag; add one, as in {shown(str(value) + ':1.0')}"


_HOST_PART = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_PATH_PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_IMAGE = pattern(
    # The first part is a host if it has a dot or port, or is localhost.
    rf"(({_HOST_PART}(\.{_HOST_PART})+(:[0-9]+)?|{_HOST_PART}:[0-9]+|localhost)/)?{_PATH_PART}(/{_PATH_PART})*"
    r"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?",
    "must be an image reference such as 'docker.io/library/node:24'",
    longest=255,
)


def qualified_name(value: object) -> str | None:
    """The key of a label or annotation: an optional DNS subdomain and '/', then a name of at most 63 characters."""
    prefix, slash, name = value.rpartition("/") if isinstance(value, str) else ("", "", "")
    if (dns_subdomain(prefix) if slash else None) or not re.fullmatch(_QUALIFIED, name) or len(name) > 63:  # noqa: PLR2004
        return "must be a key such as 'example.com/name': at most 63 letters, digits, '-', '_' and '.' after the '/'"
    return None


def annotation_key(value: object) -> str | None:
    """The key of an annotation. The API server compares its lower-case form, so a prefix may be upper-case too."""
    return qualified_name(value.lower() if isinstance(value, str) and value.isascii() else value)


def group(value: object) -> str | None:
    """The name of a group. An annotation joins groups by commas."""
    complaint = one_line(value)
    if complaint is None and "," in str(value):
        return "contains a comma, which separates groups; write two entries"
    return complaint


_DURATION = pattern(
    r"0|([0-9]+(\.[0-9]+)?(ms|s|m|h))+",
    "must be a duration in Go's notation: numbers with the units h, m, s, ms; write '15m', for example",
    longest=100,
)
_NANOSECONDS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def duration(value: object) -> str | None:
    """A duration that Go holds in 64 bits. A longer one in an object stops clients from listing its kind."""
    if complaint := _DURATION(value):
        return complaint
    parts = re.findall(r"([0-9.]+)(ms|s|m|h)", str(value))
    fits = sum(Decimal(number) * _NANOSECONDS[unit] for number, unit in parts) < 2**63
    return None if fits else "is longer than Go's longest duration, 292 years; write at most '2562047h'"


ANNOTATIONS_BYTES = 256 * 1024
"""The limit of one object's annotations, keys and values together."""

CONFIG_MAP_BYTES = 1024 * 1024


def config_size(value: object) -> str | None:
    """Text that fits a ConfigMap: 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/)."""
    size = len(str(value).encode(errors="replace"))
    fits = size <= CONFIG_MAP_BYTES
    return None if fits else f"has {size} bytes, but a ConfigMap holds {CONFIG_MAP_BYTES}; shorten it"


DnsLabel = Annotated[str, dns_label]
DnsSubdomain = Annotated[str, dns_subdomain]
ServiceName = Annotated[str, service_name]
LabelValue = Annotated[str, label_value]
QualifiedName = Annotated[str, qualified_name]
EnvironmentName = Annotated[str, environment_name]
ConfigKey = Annotated[str, config_key]
Port = Annotated[int, port]
AccessModes = Annotated[Sequence[AccessMode], access_modes]
AbsolutePath = Annotated[str, absolute_path]
Text = Annotated[str, text]
Line = Annotated[str, one_line]
HostName = Annotated[str, host_name]
Host = Annotated[str, host]
Ipv4Address = Annotated[str, ip_address(4)]
Ipv6Address = Annotated[str, ip_address(6)]
Image = Annotated[str, image]
Group = Annotated[str, group]
Duration = Annotated[str, duration]
Labels = Mapping[QualifiedName, LabelValue]
Annotations = Mapping[Annotated[str, annotation_key], Text]
Count = Annotated[int, whole(0, 3)]
PositiveCount = Annotated[int, whole(1, 10)]
PortName = Annotated[str, port_name]
RelativePath = Annotated[str, relative_path]
