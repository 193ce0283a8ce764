"""Which values each format accepts. cluster/test_inputs_agree.py compares them with a real API server."""

from __future__ import annotations

import re
from typing import Any

import pytest

from t3afk_constructs import formats
from t3afk_constructs.credentials import without_credentials

LONG = "a" * 63
ACCEPTED: dict[str, tuple[Any, ...]] = {
    "dns_label": ("a", "0", "a-b", LONG),
    "dns_subdomain": ("a", "a.b-c.0", "a" * 253),
    "service_name": ("a", "a-0", LONG),
    "port_name": ("a", "0a", "http-metrics-80"),
    "relative_path": ("a", "a/b c", "a..b"),
    "label_value": ("", "a", "A_b.c-0", LONG),
    "environment_name": ("A", "_a0"),
    "config_key": ("a", ".a", "A_b.c-0", "a" * 253),
    "port": (1, 80, 65535),
    "access_modes": (["ReadWriteOncePod"], ["ReadWriteOnce", "ReadOnlyMany"]),
    "absolute_path": ("/", "/a b/'c'", "/...", "/a..b", "/\u2028"),
    "text": ("", "a\nb\t\r\x1b", "é\U0001f600\xa0\ufeff", "\u2028", "0B11", "\ta\n"),
    "carried_text": ("", "\0", "\u2028\ufdd0\U0001ffff"),
    "filled_text": ("a\n",),
    "one_line": ("a b",),
    "host_name": ("a", "a.b", f"{LONG}.b"),
    "ingress_host": ("a", "1.2.3"),
    "host": ("a.b", "1.2.3.4", "::1"),
    "image": ("a:1", "docker.io/library/node:24", "localhost/a:1", "h:5000/a__b/c-d:1", f"a@sha256:{'0' * 64}"),
    "qualified_name": ("a", "A_b", f"a.b/{LONG}"),
    "annotation_key": ("a", "Example.COM/A"),
    "group": ("Home Server Admins",),
    "duration": ("0", "15m", "1h30m", "1.5s", "2562047h47m16.854775807s"),
    "config_size": ("é" * 512 * 1024,),
}
REFUSED: dict[str, tuple[Any, ...]] = {
    "dns_label": ("", "A", "-a", "a-", "a.b", "a\n", f"{LONG}a", None, 3),
    "dns_subdomain": ("", "a..b", ".a", "a_b", "a" * 254),
    "service_name": ("0a", "a.b", f"{LONG}a"),
    "port_name": ("", "A", "80", "a--b", "-a", "prometheus-metrics", 80),
    "relative_path": ("", "/a", "../a", "a/..", "a\nb", 1),
    "label_value": ("-a", "a b", "a/b", f"{LONG}a", None, "é"),
    "environment_name": ("", "0A", "A-B", "A.B", "A=B"),
    "config_key": ("", ".", "..", "..a", "a b", "a/b", "a" * 254),
    "port": (0, 65536, -1, "80", 80.0, True, None),
    "access_modes": ([], "ReadWriteOnce", ["rwx"], ["ReadWriteOncePod", "ReadWriteMany"], ["ReadOnlyMany"] * 2),
    "absolute_path": ("", "a", "/a/../b", "/..", "/a\nb", "/a\0", "/\x7f", "/\x85", None),
    "text": (None, 3, b"a", "\0", "\x7f", "\x85", "a\ud800"),
    "carried_text": ("\x7f", "\x85", "\x9f", "\ufffe", "\uffff", "\ud800", "a\udfff"),
    "filled_text": ("", " \n", None),
    "one_line": ("", "a\nb", "\u2028", "\x1b"),
    "host_name": ("", "a..b", f"{LONG}a.b", "*.a", "A"),
    "ingress_host": ("1.2.3.4", "", "a_b"),
    "host": ("", "fe80::1%eth0", "[::1]", "a b", "256.1.1.1", "1.2.3", None),
    "image": ("", "a", "A:1", "-a:1", "a..b:1", "a//b:1", " a:1", "h:x/a:1", "a:é", f"{'a' * 260}:1", None),
    "qualified_name": ("", "/a", "a/", "a/b/c", "A.b/c", f"{LONG}a", "-a", None),
    "annotation_key": ("", "a_b/c", "\u212a", None),
    "group": ("", "a,b", "a\nb", None),
    "duration": ("", "15", "m", "1d", "-1s", None, "99999999h", "2562047h47m16.854775808s", "9" * 200 + "h"),
    "config_size": ("é" * 512 * 1024 + "a",),
}
WAYS_OUT = ("write", "use", "put", "must be", "leave", "shorten", "give", "choose", "add", "start with", "at most")


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ACCEPTED.items() for value in values])
def test_format_accepts(name: str, value: Any) -> None:
    assert getattr(formats, name)(value) is None


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_format_refuses_and_names_a_way_out(name: str, value: Any) -> None:
    complaint = getattr(formats, name)(value)
    assert any(word in complaint for word in WAYS_OUT), complaint
    assert len(complaint) < 400
    assert complaint.encode()


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("host", "[::1]", "has brackets; write the address without them"),
        ("host", "256.1.1.1", "ends in a number but is not an address; write an address or a host name"),
        ("ingress_host", "1.2.3.4", "is an address; write a host name"),
        ("absolute_path", "a b", "is not absolute; write '/a b'"),
        ("absolute_path", "/a/../b", "contains '..'; write the resolved path"),
        ("text", "a\0", "contains a NUL character; leave it out"),
        ("duration", "2562048h", "is longer than Go's longest duration, 292 years; write at most '2562047h'"),
        ("image", "node", "has no tag; add one, as in 'node:1.0'"),
    ],
)
def test_complaint_names_the_cause(name: str, value: str, complaint: str) -> None:
    assert getattr(formats, name)(value) == complaint


def test_every_format_is_tested_both_ways() -> None:
    rules = {
        name
        for name, value in vars(formats).items()
        if not name.startswith("_")
        and callable(value)
        and getattr(value, "__module__", "").startswith("t3afk_constructs")
    }
    helpers = {"every", "one_of", "pattern", "shown", "whole", "ip_address"}
    assert rules - helpers == set(ACCEPTED) == set(REFUSED)


@pytest.mark.parametrize(("version", "right"), [(4, "1.2.3.4"), (6, "2001:db8::1")])
@pytest.mark.parametrize("wrong", ["1.2.3.4", "2001:db8::1", "", None, "fe80::1%eth0", 4, "1.2.3"])
def test_address_has_the_asked_version_and_no_zone(version: int, right: str, wrong: Any) -> None:
    rule = formats.ip_address(version)
    assert rule(right) is None
    assert wrong == right or f"is not an IPv{version} address" in rule(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "node:24@sha256:0123",
        "node:24@latest is not an image",
        "npm:t3@0.0.27",
        "https://example.com:80/@scope/name",
        "git@example.com:me/name",
        "traefik-retry@kubernetescrd,a@file",
        "write something like 'a:b', or me@example.com",
    ],
)
def test_text_without_a_login_is_shown_unchanged(text: str) -> None:
    assert without_credentials(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "https://user:pa'ss@host/path",
        "redis://:pass@10.0.0.1",
        "postgres://user:pass@db/name",
        "user:pass@example.com/node:1",
        "(user:pass@10.0.0.1)",
    ],
)
def test_login_before_a_host_is_not_shown(text: str) -> None:
    assert not re.search("pa'?ss|user", without_credentials(text))
