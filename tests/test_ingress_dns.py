from typing import Any

import pytest
from attrs import evolve
from cdk8s import Chart
from manifests import new_chart, objects, one

from t3afk_constructs import HOME, Dns, IngressFactory, InputError, Platform
from t3afk_constructs.dns_records import DNS_TYPES, Record, dns_records, missing_fact


def platform(**facts: Any) -> Platform:
    """The home cluster with external-dns on."""
    return evolve(HOME, dns=evolve(HOME.dns, external_dns=True, **facts))


TUNNEL = Record("CNAME", "75182cd7-bb91-4310-b961-5d8967da8b41.cfargotunnel.com", proxied=True)
PUBLIC = (Record("A", "176.12.22.76", proxied=False), Record("AAAA", "2001:470:6e:43d::2", proxied=False))
INTERNAL = (Record("A", "10.0.20.203", proxied=False),)
HOST = "demo.viktorbarzin.me"


@pytest.mark.parametrize(
    ("dns_type", "host", "wildcard", "records"),
    [
        ("proxied", HOST, True, ()),
        ("proxied", f"deep.{HOST}", True, ()),
        ("proxied", "viktorbarzin.me", True, (TUNNEL,)),
        ("proxied", "demo.example.com", True, (TUNNEL,)),
        ("proxied", "not-viktorbarzin.me", True, (TUNNEL,)),
        ("proxied", HOST, False, (TUNNEL,)),
        ("non-proxied", HOST, True, PUBLIC),
        ("non-proxied", "viktorbarzin.me", True, PUBLIC),
        ("internal", HOST, True, INTERNAL),
        ("internal", HOST, False, INTERNAL),
        ("none", HOST, True, ()),
        ("none", "viktorbarzin.me", False, ()),
    ],
)
def test_a_host_gets_the_records_that_no_wildcard_gives_it(
    dns_type: Any, host: str, wildcard: bool, records: tuple[Record, ...]
) -> None:
    assert dns_records(dns_type, host, platform(wildcard=wildcard)) == records


@pytest.mark.parametrize("dns_type", DNS_TYPES)
def test_without_external_dns_there_are_neither_records_nor_complaints(dns_type: Any) -> None:
    bare = evolve(HOME, dns=Dns())
    assert dns_records(dns_type, HOST, bare) == ()
    assert missing_fact(dns_type, HOST, bare) is None


@pytest.mark.parametrize("address", ["public_ipv4", "public_ipv6"])
def test_one_public_address_is_enough(address: str) -> None:
    (record,) = dns_records("non-proxied", HOST, platform(**{address: None}))
    assert record.target != getattr(HOME.dns, address)
    assert record.type == ("AAAA" if address == "public_ipv4" else "A")


@pytest.mark.parametrize(
    ("dns_type", "unset", "message"),
    [
        ("proxied", {"tunnel_id": None, "wildcard": False}, "give its Dns tunnel_id"),
        ("non-proxied", {"public_ipv4": None, "public_ipv6": None}, "give its Dns public_ipv4 or public_ipv6"),
        ("internal", {"internal_ipv4": None}, "give its Dns internal_ipv4"),
    ],
)
def test_a_record_that_the_platform_cannot_point_anywhere_is_refused(
    dns_type: Any, unset: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=f"dns_type '{dns_type}' needs a record, .*{message}"):
        IngressFactory(new_chart(), "web", name="demo", namespace="apps", dns_type=dns_type, platform=platform(**unset))


def test_a_host_below_the_wildcard_needs_no_tunnel() -> None:
    assert missing_fact("proxied", HOST, platform(tunnel_id=None)) is None


def test_a_covered_host_renders_no_endpoint_but_says_its_dns_type() -> None:
    ingress = IngressFactory(new_chart(), "web", name="demo", namespace="apps", dns_type="proxied", platform=platform())
    (rendered,) = objects(Chart.of(ingress))
    assert rendered["metadata"]["annotations"]["cloudflare.viktorbarzin.me/dns-type"] == "proxied"
    assert ingress.dns_endpoint is None


def test_the_apex_of_the_zone_gets_an_endpoint_that_asks_for_the_proxy() -> None:
    ingress = IngressFactory(
        new_chart(),
        "web",
        name="www",
        namespace="apps",
        full_host="viktorbarzin.me",
        dns_type="proxied",
        platform=platform(),
    )
    (endpoint,) = one(objects(Chart.of(ingress)), "DNSEndpoint", "www")["spec"]["endpoints"]
    assert endpoint == {
        "dnsName": "viktorbarzin.me",
        "recordType": "CNAME",
        "targets": [TUNNEL.target],
        "providerSpecific": [{"name": "external-dns.alpha.kubernetes.io/cloudflare-proxied", "value": "true"}],
    }
