"""What a cluster is like: the facts that the constructs read, as one frozen value.

Nothing here decides anything. A cluster of one's own is another `Platform`; the constructs take it as `platform`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from attrs import field, frozen

from t3afk_constructs import formats, inputs, quantities


class _Entries(Mapping[str, str]):
    """A mapping that stays as it is. `MappingProxyType` can be neither copied nor pickled."""

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


# One converter for each type of entry: the input's type, by which an editor checks a call, is its parameter's.
def _texts(values: Sequence[str]) -> tuple[str, ...]:
    made: tuple[str, ...] = _tuple(values)
    return made


def _tiers(values: Sequence["Tier"]) -> tuple["Tier", ...]:
    made: tuple[Tier, ...] = _tuple(values)
    return made


def _tuple(values: Any) -> Any:  # what is no list is left for the validator to refuse
    return tuple(values) if isinstance(values, list) else values


_validator = inputs.validator
_label = _validator(formats.dns_label)
_subdomain = _validator(formats.dns_subdomain)
_lines = _validator(formats.lines)
_quantity = _validator(inputs.optional(quantities.quantity))
_flag = _validator(inputs.boolean)


def _made_of(kind: type) -> Callable[[Any, Any, Any], None]:
    return _validator(inputs.instance_of(kind, f"pass {kind.__name__}(…)"))


def _git_host(value: object) -> str | None:
    name, colon, port = value.partition(":") if isinstance(value, str) else (value, "", "")
    if colon and (not re.fullmatch(r"[1-9][0-9]{0,4}", port) or formats.port(int(port))):
        return "has no port from 1 to 65535 after its ':'; write something like 'git.example.com:3000'"
    return formats.host_name(name)


git_hosts_rule = inputs.mapping(_git_host, formats.environment_name)


def _pods(value: object) -> str | None:
    fine = value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)
    return None if fine else "must be a number of pods above 0, or None"


@frozen(kw_only=True)
class Quota:
    """A ResourceQuota: the most that all pods of a namespace may ask for together. None is no limit."""

    requests_cpu: str | None = field(default=None, validator=_quantity)
    requests_memory: str | None = field(default=None, validator=_quantity)
    limits_memory: str | None = field(default=None, validator=_quantity)
    pods: int | None = field(default=None, validator=_validator(_pods))


@frozen(kw_only=True)
class Tier:
    """A class of namespaces, named by their label `tier`, with the limits that the cluster sets on it.

    Attributes:
        name: the label's value.
        max_container_memory: the LimitRange's maximum of memory for one container; None is no limit.
        quota: the ResourceQuota of each namespace; None is none.
    """

    name: str = field(validator=_validator(formats.label_value))
    max_container_memory: str | None = field(default=None, validator=_quantity)
    quota: Quota | None = field(
        default=None, validator=_validator(inputs.optional(inputs.instance_of(Quota, "pass Quota(…)")))
    )


@frozen(kw_only=True)
class Nfs:
    """How the cluster mounts NFS exports.

    Attributes:
        storage_class: the class that volumes and claims name.
        driver: the CSI driver.
        server: host name or address of the NFS server; None where stacks name one themselves.
        ssd_root: absolute path of the folder of its exports on SSD; None where stacks name a path themselves.
        mount_options: what every mount gets unless it asks for something else.
        hard_mount_options: for databases: a mount that waits for a lost server and never gives an I/O error in
            the middle of a write.
    """

    storage_class: str = field(validator=_subdomain)
    driver: str = field(default="nfs.csi.k8s.io", validator=_subdomain)
    server: str | None = field(default=None, validator=_validator(inputs.optional(formats.host)))
    ssd_root: str | None = field(default=None, validator=_validator(inputs.optional(formats.absolute_path)))
    mount_options: tuple[str, ...] = field(
        default=("nfsvers=4", "soft", "timeo=30", "retrans=3", "actimeo=5"),
        converter=_texts,
        validator=_lines,
    )
    hard_mount_options: tuple[str, ...] = field(
        default=("nfsvers=4", "hard", "timeo=600", "retrans=2", "actimeo=5"),
        converter=_texts,
        validator=_lines,
    )


@frozen(kw_only=True)
class Dns:
    """Where the records of public and internal hosts point.

    Attributes:
        external_dns: whether external-dns runs: `dns_type` then renders a DNSEndpoint; else an annotation alone.
        tunnel_id: the Cloudflare tunnel that proxied hosts are a CNAME to.
        public_ipv4, public_ipv6: the addresses of hosts that are public without the proxy; None is no record.
        internal_ipv4: the load balancer's address inside.
        wildcard: whether the zone has a proxied wildcard record: then only the apex gets a proxied one of its own.
        cloudflare_proxied_property: how external-dns calls Cloudflare's proxy in a DNSEndpoint. The default is read
            by every release but 0.22, which reads `external-dns.kubernetes.io/cloudflare-proxied` alone; from 0.23 on
            it is `cloudflare/proxied`, and both older names are read too.
    """

    external_dns: bool = field(default=False, validator=_flag)
    tunnel_id: str | None = field(default=None, validator=_validator(inputs.optional(formats.dns_label)))
    public_ipv4: str | None = field(default=None, validator=_validator(inputs.optional(formats.ip_address(4))))
    public_ipv6: str | None = field(default=None, validator=_validator(inputs.optional(formats.ip_address(6))))
    internal_ipv4: str | None = field(default=None, validator=_validator(inputs.optional(formats.ip_address(4))))
    wildcard: bool = field(default=False, validator=_flag)
    cloudflare_proxied_property: str = field(
        default="external-dns.alpha.kubernetes.io/cloudflare-proxied", validator=_validator(formats.qualified_name)
    )


@frozen(kw_only=True, cache_hash=True)  # every object that is made is looked up with it
class Platform:
    """One cluster.

    Attributes:
        domain: the zone of the ingress hosts; also the domain of the cluster's own annotations.
        tls_secret_name: the Secret with the zone's wildcard certificate, present in every namespace.
        secret_store: name of the store that ExternalSecrets read.
        secret_store_kind: `ClusterSecretStore` or `SecretStore`.
        nfs: how NFS exports are mounted.
        tiers: the classes of namespaces.
        dns: where records point.
        ingress_class: the class of every Ingress.
        traefik_namespace: where the shared middlewares live.
        shared_middlewares: their names there. `*` stands for any name of lower-case letters, digits and '-'.
        strict_middlewares: whether an Ingress may only name middlewares that are shared or rendered by the app
            (an error at synth); else an unknown name is a warning, since another stack may own it.
        sablier_url: the service that scales workloads to zero and wakes them.
        image_registries: what the cluster's admission takes images from, as patterns with `*`.
        exact_image_pins: whether an image tag that does not name a full version is a warning at synth.
        homepage_groups: the dashboard's group by namespace.
        default_allowed_groups: the groups that forward authentication lets in unless an Ingress names others.
        git_hosts: the Git servers that agents push to, as `host` or `host:port`, and the environment variable with
            the token of each.
    """

    domain: str = field(validator=_validator(formats.host_name))
    tls_secret_name: str = field(validator=_subdomain)
    secret_store: str = field(validator=_subdomain)
    secret_store_kind: Literal["ClusterSecretStore", "SecretStore"] = field(
        default="ClusterSecretStore", validator=_validator(inputs.one_of("ClusterSecretStore", "SecretStore"))
    )
    nfs: Nfs = field(validator=_made_of(Nfs))
    tiers: tuple[Tier, ...] = field(
        default=(),
        converter=_tiers,
        validator=_validator(inputs.every(inputs.instance_of(Tier, "pass Tier(…)"))),
    )
    dns: Dns = field(factory=Dns, validator=_made_of(Dns))
    ingress_class: str = field(default="traefik", validator=_subdomain)
    traefik_namespace: str = field(default="traefik", validator=_label)
    shared_middlewares: tuple[str, ...] = field(default=(), converter=_texts, validator=_lines)
    strict_middlewares: bool = field(default=False, validator=_flag)
    sablier_url: str = field(
        default="http://sablier.sablier.svc.cluster.local:10000", validator=_validator(formats.one_line)
    )
    image_registries: tuple[str, ...] = field(default=(), converter=_texts, validator=_lines)
    exact_image_pins: bool = field(default=False, validator=_flag)
    homepage_groups: Mapping[str, str] = field(
        factory=dict,
        converter=_freeze,
        validator=_validator(inputs.mapping(formats.dns_label, formats.one_line)),
        hash=False,
    )
    default_allowed_groups: tuple[str, ...] = field(
        default=(), converter=_texts, validator=_validator(inputs.every(formats.group))
    )
    git_hosts: Mapping[str, str] = field(
        factory=lambda: {"github.com": "GITHUB_TOKEN"},
        converter=_freeze,
        validator=_validator(git_hosts_rule),
        hash=False,
    )

    def tier(self, name: str) -> Tier | None:
        """The tier of that name, or None."""
        return next((tier for tier in self.tiers if tier.name == name), None)


platform_rule = inputs.instance_of(Platform, "pass a Platform, or leave it out for the home cluster")
