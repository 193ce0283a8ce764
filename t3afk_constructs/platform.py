"""The facts of a cluster, as one frozen value.

Nothing here decides anything. Describe your cluster as a `Platform`, and give it to its charts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from attrs import field, frozen

from t3afk_constructs.formats import (
    AbsolutePath,
    DnsLabel,
    DnsSubdomain,
    EnvironmentName,
    Group,
    Host,
    HostName,
    Ipv4Address,
    Ipv6Address,
    LabelValue,
    Line,
    QualifiedName,
    host_name,
    port,
)
from t3afk_constructs.inputs import InputError, as_tuple, checked_fields
from t3afk_constructs.quantities import Cpu, Size, quantity_value


class _Entries(Mapping[str, str]):
    """An immutable mapping. `MappingProxyType` can neither be copied nor pickled."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, key: str) -> str:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __or__(self, more: Mapping[str, str]) -> dict[str, str]:
        return {**self, **more}

    def __ror__(self, fewer: Mapping[str, str]) -> dict[str, str]:
        return {**fewer, **self}

    def __repr__(self) -> str:
        return repr(self._entries)


def _freeze(mapping: Mapping[str, str]) -> Mapping[str, str]:
    return _Entries(mapping) if isinstance(mapping, Mapping) else mapping


# Converters of their own: a type checker takes the type of a class's input from the converter's parameter.
def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return as_tuple(values)


def _tiers(values: Sequence["Tier"]) -> tuple["Tier", ...]:
    return as_tuple(values)


def _git_host(value: object) -> str | None:
    name, colon, number = value.partition(":") if isinstance(value, str) else (value, "", "")
    if colon and (not re.fullmatch(r"[1-9][0-9]{0,4}", number) or port(int(number))):
        return "needs a port from 1 to 65535 after ':'; write 'git.example.com:3000', for example"
    return host_name(name)


def _pods(value: object) -> str | None:
    right = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return None if right else "must be a number of pods above 0, or None"


def _dots(value: object) -> str | None:
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_DOTS
    return None if right else f"must be a number of dots from 0 to {_MOST_DOTS}, or None"


_MOST_DOTS = 15  # the resolver counts no more
GitHosts = Mapping[Annotated[str, _git_host], EnvironmentName]
Lines = tuple[Line, ...]


@frozen(kw_only=True, field_transformer=checked_fields)
class Quota:
    """A ResourceQuota: the limits for all pods of a namespace together. None is no limit."""

    requests_cpu: Cpu | None = None
    requests_memory: Size | None = None
    limits_memory: Size | None = None
    pods: Annotated[int, _pods] | None = None


@frozen(kw_only=True, field_transformer=checked_fields)
class Tier:
    """A class of namespaces with common limits, named by the label `tier` of a Namespace.

    Attributes:
        name: the label's value.
        max_container_memory: the LimitRange's maximum of memory for one container; None is no limit.
        default_memory_limit: the memory limit that the LimitRange gives a container without one; None is the maximum.
        default_memory_request: the memory request that it gives a container without request and limit; None is the
            default limit.
        default_cpu_request: the CPU request that it gives a container without request and limit; None is no request.
        quota: the ResourceQuota of each namespace; None is no quota.
    """

    name: LabelValue
    max_container_memory: Size | None = None
    default_memory_limit: Size | None = None
    default_memory_request: Size | None = None
    default_cpu_request: Cpu | None = None
    quota: Quota | None = None

    @property
    def given_memory_limit(self) -> str | None:
        """The default memory limit, as the API server completes a LimitRange: the maximum, if it names none."""
        return self.default_memory_limit or self.max_container_memory

    @property
    def given_memory_request(self) -> str | None:
        """The default memory request, as the API server completes a LimitRange: the limit, if it names none."""
        return self.default_memory_request or self.given_memory_limit

    def __attrs_post_init__(self) -> None:
        """Refuse a default above the maximum, and a request above the limit, as the API server does."""
        for name, above, most in (
            ("default_memory_limit", "max_container_memory", self.max_container_memory),
            ("default_memory_request", "default memory limit", self.given_memory_limit),
        ):
            given = getattr(self, name)
            if given and most and quantity_value(given) > quantity_value(most):
                raise InputError("Tier", None, [(name, given, f"is above the {above} {most!r}; lower it")])


@frozen(kw_only=True, field_transformer=checked_fields)
class Nfs:
    """How the cluster mounts NFS exports.

    Attributes:
        storage_class: the class of volumes and claims.
        driver: the CSI driver.
        server: host name or address of the NFS server; None if each stack names its own.
        ssd_root: absolute path of the folder with the server's exports on SSD; None if each stack names a path.
        mount_options: the options of every mount that asks for no others.
        hard_mount_options: the options for databases: the mount waits for a lost server and never fails a write.
    """

    storage_class: DnsSubdomain
    driver: DnsSubdomain = "nfs.csi.k8s.io"
    server: Host | None = None
    ssd_root: AbsolutePath | None = None
    mount_options: Lines = field(default=("nfsvers=4", "soft", "timeo=30", "retrans=3", "actimeo=5"), converter=_texts)
    hard_mount_options: Lines = field(
        default=("nfsvers=4", "hard", "timeo=600", "retrans=2", "actimeo=5"), converter=_texts
    )


@frozen(kw_only=True, field_transformer=checked_fields)
class Block:
    """The classes of block volumes, each of which one node mounts at a time.

    Attributes:
        storage_class: the class of claims.
        encrypted_storage_class: the class of claims with sensitive data; None if the cluster has none.
    """

    storage_class: DnsSubdomain
    encrypted_storage_class: DnsSubdomain | None = None


@frozen(kw_only=True, field_transformer=checked_fields)
class Dns:
    """The targets of DNS records for public and internal hosts.

    Attributes:
        external_dns: whether external-dns runs. If so, `dns_type` renders a DNSEndpoint; else an annotation alone.
        tunnel_id: the Cloudflare tunnel, the CNAME of proxied hosts.
        public_ipv4, public_ipv6: the addresses of public hosts without the proxy; None is no record.
        internal_ipv4: the internal address of the load balancer.
        wildcard: whether the zone has a proxied wildcard record. If so, only the apex gets a proxied record.
        cloudflare_proxied_property: external-dns's name for Cloudflare's proxy in a DNSEndpoint. Every release but
            0.22 reads the default; 0.22 reads `external-dns.kubernetes.io/cloudflare-proxied` alone. From 0.23 on the
            name is `cloudflare/proxied`, and both older names work too.
    """

    external_dns: bool = False
    tunnel_id: DnsLabel | None = None
    public_ipv4: Ipv4Address | None = None
    public_ipv6: Ipv6Address | None = None
    internal_ipv4: Ipv4Address | None = None
    wildcard: bool = False
    cloudflare_proxied_property: QualifiedName = "external-dns.alpha.kubernetes.io/cloudflare-proxied"


@frozen(kw_only=True, field_transformer=checked_fields)
class Admission:
    """The values that the cluster's admission controllers write into workloads. Default: none.

    Attributes:
        image_pull_policy: whether they overwrite the `imagePullPolicy` of containers: `Always` for the tag `latest` or
            no tag, else `IfNotPresent`.
        ndots: the DNS option `ndots` of pods without it; None is no option.
        priority_class: the priority class of pods without one, with `{tier}` in the place of their namespace's tier;
            None is no class.
        gpu_priority_class: the priority class of pods with a GPU, whatever the manifest says; None is that of others.
        tier_label: whether workloads without the label `tier` get that of their namespace.
        annotations: the annotations of workloads without them.
        owned_annotations: the annotations that controllers write or remove, whatever the manifest says.
    """

    image_pull_policy: bool = False
    ndots: Annotated[int, _dots] | None = None
    priority_class: Line | None = None
    gpu_priority_class: DnsSubdomain | None = None
    tier_label: bool = False
    annotations: Mapping[QualifiedName, Line] = field(factory=dict, converter=_freeze, hash=False)
    owned_annotations: tuple[QualifiedName, ...] = field(default=(), converter=_texts)


@frozen(kw_only=True, field_transformer=checked_fields)
class Platform:
    """One cluster.

    Attributes:
        domain: the zone of the ingress hosts, and the domain of the cluster's own annotations.
        tls_secret_name: the Secret with the zone's wildcard certificate, present in every namespace.
        shared_secrets: the other Secrets that every namespace has, such as logins of registries.
        secret_store: name of the store that ExternalSecrets read.
        secret_store_kind: `ClusterSecretStore` or `SecretStore`.
        nfs: how the cluster mounts NFS exports.
        block: the classes of block volumes; None if each claim names its own.
        tiers: the classes of namespaces.
        untiered: the limits of a Namespace without the label `tier`; None is no limit.
        dns: the targets of DNS records.
        ingress_class: the class of every Ingress.
        traefik_namespace: the namespace of the shared middlewares.
        shared_middlewares: their names there. `*` matches lower-case letters, digits and '-'.
        strict_middlewares: whether a middleware that is neither shared nor rendered by the app is an error at synth.
            Else it is a warning, because another stack may own it.
        sablier_url: the service that scales workloads to zero and wakes them.
        image_registries: the images that the cluster's admission accepts, as patterns with `*`.
        exempt_namespaces: the namespaces that the admission rules exempt.
        admission: what the cluster's admission controllers write into workloads.
        exact_image_pins: whether an image tag without a full version is a warning at synth.
        homepage_groups: the dashboard's group by namespace.
        default_allowed_groups: the groups that forward authentication admits, unless an Ingress names others.
        git_hosts: the Git servers that agents push to, as `host` or `host:port`, and the environment variable with the
            token of each.
    """

    domain: HostName
    tls_secret_name: DnsSubdomain
    secret_store: DnsSubdomain
    shared_secrets: tuple[DnsSubdomain, ...] = field(default=(), converter=_texts)
    secret_store_kind: Literal["ClusterSecretStore", "SecretStore"] = "ClusterSecretStore"  # noqa: S105 (a kind)
    nfs: Nfs
    block: Block | None = None
    tiers: tuple[Tier, ...] = field(default=(), converter=_tiers)
    untiered: Tier | None = None
    dns: Dns = field(factory=Dns)
    ingress_class: DnsSubdomain = "traefik"
    traefik_namespace: DnsLabel = "traefik"
    shared_middlewares: Lines = field(default=(), converter=_texts)
    strict_middlewares: bool = False
    sablier_url: Line = "http://sablier.sablier.svc.cluster.local:10000"
    image_registries: Lines = field(default=(), converter=_texts)
    exempt_namespaces: tuple[DnsLabel, ...] = field(default=(), converter=_texts)
    admission: Admission = field(factory=Admission)
    exact_image_pins: bool = False
    homepage_groups: Mapping[DnsLabel, Line] = field(factory=dict, converter=_freeze, hash=False)
    default_allowed_groups: tuple[Group, ...] = field(default=(), converter=_texts)
    git_hosts: GitHosts = field(factory=lambda: {"github.com": "GITHUB_TOKEN"}, converter=_freeze, hash=False)

    def tier(self, name: str) -> Tier | None:
        """The tier of that name, or None."""
        return next((tier for tier in self.tiers if tier.name == name), None)
