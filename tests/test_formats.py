"""What each format takes and refuses. That the API server agrees is proven in cluster/test_inputs_agree.py."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from cdk8s import Yaml

from t3afk_constructs import formats, inputs

LONG = "a" * 63
TAKEN: dict[str, tuple[Any, ...]] = {
    "dns_label": ("a", "0", "a-b", LONG),
    "dns_subdomain": ("a", "a.b-c.0", "a" * 253),
    "service_name": ("a", "a-0", LONG),
    "label_value": ("", "a", "A_b.c-0", LONG),
    "environment_name": ("A", "_a0"),
    "config_key": ("a", ".a", "A_b.c-0", "a" * 253),
    "port": (1, 80, 65535),
    "access_modes": (["ReadWriteOncePod"], ["ReadWriteOnce", "ReadOnlyMany"]),
    "absolute_path": ("/", "/a b/'c'", "/...", "/a..b"),
    "text": ("", "a\nb\t\r\x1b", "é\U0001f600\xa0\ufeff"),
    "filled_text": ("a\n",),
    "one_line": ("a b",),
    "host_name": ("a", "a.b", f"{LONG}.b"),
    "ingress_host": ("a", "1.2.3"),
    "host": ("a.b", "1.2.3.4", "::1"),
    "image": ("a:1", "docker.io/library/node:24", "localhost/a:1", "h:5000/a__b/c-d:1", f"a@sha256:{'0' * 64}"),
    "qualified_name": ("a", "A_b", f"a.b/{LONG}"),
    "annotation_key": ("a", "Example.COM/A"),
    "group": ("Home Server Admins",),
    "annotations_size": ({"a": "x" * (256 * 1024 - 1)},),
    "duration": ("0", "15m", "1h30m", "1.5s"),
    "config_size": ("é" * 512 * 1024,),
}
REFUSED: dict[str, tuple[Any, ...]] = {
    "dns_label": ("", "A", "-a", "a-", "a.b", "a\n", f"{LONG}a", None, 3),
    "dns_subdomain": ("", "a..b", ".a", "a_b", "a" * 254),
    "service_name": ("0a", "a.b", f"{LONG}a"),
    "label_value": ("-a", "a b", "a/b", f"{LONG}a", None, "é"),
    "environment_name": ("", "0A", "A-B", "A.B", "A=B"),
    "config_key": ("", ".", "..", "..a", "a b", "a/b", "a" * 254),
    "port": (0, 65536, -1, "80", 80.0, True, None),
    "access_modes": ([], "ReadWriteOnce", ["rwx"], ["ReadWriteOncePod", "ReadWriteMany"], ["ReadOnlyMany"] * 2),
    "absolute_path": ("", "a", "/a/../b", "/..", "/a\nb", "/a\0", "/\x7f", None),
    "text": (None, 3, b"a", "0o7", "\0", "\x7f", "\x85", "\u2028", "\uffff", "\ud800"),
    "filled_text": ("", " \n", None),
    "one_line": ("", "a\nb", "\u2028", "\x1b"),
    "host_name": ("", "a..b", f"{LONG}a.b", "*.a", "A"),
    "ingress_host": ("1.2.3.4", "", "a_b"),
    "host": ("", "fe80::1%eth0", "a b", "256.1.1.1", "1.2.3", None),
    "image": ("", "a", "A:1", "-a:1", "a..b:1", "a//b:1", " a:1", "h:x/a:1", "a:é", f"{'a' * 260}:1", None),
    "qualified_name": ("", "/a", "a/", "a/b/c", "A.b/c", f"{LONG}a", "-a", None),
    "annotation_key": ("", "a_b/c", "\u212a", None),
    "group": ("", "a,b", "a\nb", None),
    "duration": ("", "15", "m", "1d", "-1s", None),
    "annotations_size": ({"a": "x" * 256 * 1024},),
    "config_size": ("é" * 512 * 1024 + "a",),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in TAKEN.items() for value in values])
def test_a_format_takes(name: str, value: Any) -> None:
    assert getattr(formats, name)(value) is None


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_a_format_refuses_and_says_what_to_do(name: str, value: Any) -> None:
    complaint = getattr(formats, name)(value)
    assert isinstance(complaint, str)
    assert any(
        word in complaint for word in ("write", "put", "must be", "leave", "shorten", "give", "takes", "is the most")
    )
    assert len(complaint) < 400
    assert complaint.encode()


def test_every_format_is_tried_both_ways() -> None:
    rules = {
        name
        for name, value in vars(formats).items()
        if not name.startswith("_")
        and callable(value)
        and getattr(value, "__module__", "").startswith("t3afk_constructs")
    }
    helpers = {"every", "one_of", "pattern", "shown", "ip_address", "lines"}
    assert rules - helpers == set(TAKEN) == set(REFUSED)


@pytest.mark.parametrize("version", [4, 6])
def test_an_address_is_of_its_version_and_of_no_zone(version: int) -> None:
    taken = {4: "1.2.3.4", 6: "2001:db8::1"}
    rule = formats.ip_address(version)
    assert rule(taken[version]) is None
    for wrong in (taken[10 - version], "", None, "fe80::1%eth0", 4, "1.2.3"):
        assert f"no IPv{version} address" in rule(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "node:24@sha256:0123",
        "node:24@latest is no image",
        "npm:t3@0.0.27",
        "https://example.com:80/@scope/name",
        "git@example.com:me/name",
        "traefik-retry@kubernetescrd,a@file",
        "write something like 'a:b', or me@example.com",
    ],
)
def test_what_is_no_login_stays_in_a_message(text: str) -> None:
    assert inputs.without_credentials(text) == text


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
def test_a_login_before_a_host_is_not_shown(text: str) -> None:
    assert not re.search("pa'?ss|user", inputs.without_credentials(text))


@pytest.mark.parametrize("value", ["/" + "a" * 10**6, "ghp_" + "a1B2c3D4e5" * 4, "x" * 10**6])
def test_a_complaint_shows_neither_a_megabyte_nor_a_credential(value: str) -> None:
    for name in ("absolute_path", "image", "dns_label", "text"):
        complaint = getattr(formats, name)(value) or ""
        assert len(complaint) < 400
        assert "a1B2c3" not in complaint
    error = inputs.InputError("Kind", "path", "name", value, "is wrong")
    assert len(str(error)) < 200
    assert "a1B2c3" not in str(error)
    assert error.value is value


@pytest.mark.parametrize("value", ["\t1\n", "\n\t1\n", " \t1\n", " \n", "a\n\t1\n", " a\n b\n", "\n\n", "\n a"])
def test_text_that_is_taken_comes_back_from_the_manifest(value: str) -> None:
    """Of several lines that begin with a tab or are blank, cdk8s writes a block that reads as an error or otherwise."""
    complaint = formats.text(value)
    try:
        read = yaml.safe_load(Yaml.stringify({"a": value}))["a"]
    except yaml.YAMLError:
        read = None
    assert (read == value) or complaint
    assert complaint is None or "begins with a tab" in complaint
