"""The DNS records of an ingress host, for external-dns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from t3afk_constructs.platform import Platform

DnsType = Literal["proxied", "non-proxied", "internal", "none"]
DNS_TYPES: tuple[DnsType, ...] = get_args(DnsType)
PUBLIC_DNS_TYPES = ("proxied", "non-proxied")


class Record(NamedTuple):
    """One record of a host."""

    type: Literal["A", "AAAA", "CNAME"]
    target: str
    proxied: bool


def dns_records(dns_type: DnsType, host: str, platform: Platform) -> tuple[Record, ...]:
    """The records of a host: none if external-dns is off or a wildcard record covers the host."""
    dns = platform.dns
    if not dns.external_dns or dns_type == "none":
        return ()
    if dns_type == "proxied":
        covered = dns.wildcard and host.endswith(f".{platform.domain}")
        return () if covered or not dns.tunnel_id else (Record("CNAME", f"{dns.tunnel_id}.cfargotunnel.com", True),)
    if dns_type == "internal":
        return (Record("A", dns.internal_ipv4, False),) if dns.internal_ipv4 else ()
    return (
        *((Record("A", dns.public_ipv4, False),) if dns.public_ipv4 else ()),
        *((Record("AAAA", dns.public_ipv6, False),) if dns.public_ipv6 else ()),
    )


def endpoints(dns_type: DnsType, host: str, platform: Platform) -> list[dict[str, Any]]:
    """The records of a host, as a DNSEndpoint has them."""
    return [
        {
            "dnsName": host,
            "recordType": record.type,
            "targets": [record.target],
            "providerSpecific": [
                {"name": platform.dns.cloudflare_proxied_property, "value": str(record.proxied).lower()}
            ],
        }
        for record in dns_records(dns_type, host, platform)
    ]


def missing_fact(dns_type: DnsType, host: str, platform: Platform) -> str | None:
    """The complaint about a platform that runs external-dns but has no target for the record."""
    dns = platform.dns
    covered = dns_type == "proxied" and dns.wildcard and host.endswith(f".{platform.domain}")
    if not dns.external_dns or dns_type == "none" or covered or dns_records(dns_type, host, platform):
        return None
    fact = {"proxied": "tunnel_id", "non-proxied": "public_ipv4 or public_ipv6", "internal": "internal_ipv4"}[dns_type]
    return f"needs a DNS record, but the platform's Dns has no target for it; set its {fact}"
