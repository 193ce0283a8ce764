from typing import Any

import pytest
from attrs import evolve
from manifests import new_chart, objects, one

from t3afk_constructs import HOME, IngressFactory, InputError, Platform
from t3afk_constructs.ingress.dns import Record, dns_records, missing_fact


def platform(**facts: Any) -> Platform:
    """The home cluster with external-dns on."""
    return evolve(HOME, dns=evolve(HOME.dns, **{"external_dns": True} | facts))


TUNNEL = Record("CNAME", "75182cd7-bb91-4310-b961-5d8967da8b41.cfargotunnel.com", proxied=True)
IPV4, IPV6 = Record("A", "176.12.22.76", proxied=False), Record("AAAA", "2001:470:6e:43d::2", proxied=False)
INTERNAL = Record("A", "10.0.20.203", proxied=False)
HOST = "demo.viktorbarzin.me"


@pytest.mark.parametrize(
    ("dns_type", "host", "facts", "records"),
    [
        ("proxied", f"deep.{HOST}", {"tunnel_id": None}, ()),
        ("proxied", "viktorbarzin.me", {}, (TUNNEL,)),
        ("proxied", "not-viktorbarzin.me", {}, (TUNNEL,)),
        ("proxied", HOST, {"wildcard": False}, (TUNNEL,)),
        ("non-proxied", HOST, {}, (IPV4, IPV6)),
        ("non-proxied", HOST, {"public_ipv4": None}, (IPV6,)),
        ("non-proxied", HOST, {"public_ipv6": None}, (IPV4,)),
        ("internal", HOST, {}, (INTERNAL,)),
        ("none", "viktorbarzin.me", {}, ()),
        ("proxied", "viktorbarzin.me", {"external_dns": False}, ()),
        ("non-proxied", HOST, {"external_dns": False}, ()),
        ("internal", HOST, {"external_dns": False}, ()),
    ],
)
def test_a_host_gets_the_records_that_no_wildcard_covers_if_external_dns_is_on(
    dns_type: Any, host: str, facts: dict[str, Any], records: tuple[Record, ...]
) -> None:
    assert dns_records(dns_type, host, platform(**facts)) == records
    assert missing_fact(dns_type, host, platform(**facts)) is None


@pytest.mark.parametrize(
    ("dns_type", "unset", "fact"),
    [
        ("proxied", {"tunnel_id": None, "wildcard": False}, "tunnel_id"),
        ("non-proxied", {"public_ipv4": None, "public_ipv6": None}, "public_ipv4 or public_ipv6"),
        ("internal", {"internal_ipv4": None}, "internal_ipv4"),
    ],
)
def test_a_record_without_a_target_on_the_platform_is_refused(dns_type: Any, unset: dict[str, Any], fact: str) -> None:
    needs = f"dns_type '{dns_type}' needs a DNS record, but the platform's Dns has no target for it; set its {fact}"
    with pytest.raises(InputError, match=needs):
        IngressFactory(new_chart(platform=platform(**unset)), "web", name="demo", dns_type=dns_type)


def test_the_apex_of_the_zone_gets_a_proxied_record_and_a_covered_host_no_object() -> None:
    chart = new_chart(platform=platform())
    IngressFactory(chart, "web", name="www", full_host="viktorbarzin.me", dns_type="proxied")
    assert IngressFactory(chart, "covered", name="demo", dns_type="proxied").dns_endpoint is None
    (endpoint,) = one(objects(chart), "DNSEndpoint", "www")["spec"]["endpoints"]
    proxied = {"name": "external-dns.alpha.kubernetes.io/cloudflare-proxied", "value": "true"}
    record = {"recordType": "CNAME", "targets": [TUNNEL.target], "providerSpecific": [proxied]}
    assert endpoint == {"dnsName": "viktorbarzin.me"} | record
