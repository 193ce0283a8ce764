import copy
import pickle
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError

from t3afk_constructs import HOME, Dns, InputError, Nfs, Platform, Quota, Tier


class Word(str, Enum):
    __format__ = object.__format__  # as in Python 3.12 and later, and in some enums before

    DOMAIN = "example.com"
    TOKEN = "TOKEN"


def test_platform_is_frozen_and_hashable() -> None:
    with pytest.raises(FrozenInstanceError):
        HOME.domain = "example.com"  # type: ignore[misc]
    with pytest.raises(TypeError, match="does not support item assignment"):
        HOME.homepage_groups["immich"] = "Other"  # type: ignore[index]
    assert evolve(HOME) == HOME
    assert hash(evolve(HOME)) == hash(HOME)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda platform: pickle.loads(pickle.dumps(platform))])
def test_platform_can_be_copied_and_pickled(again: Callable[[Platform], Platform]) -> None:
    assert again(HOME) == HOME
    assert hash(again(HOME)) == hash(HOME)
    assert repr(again(HOME)) == repr(HOME)


def test_mappings_join_with_dictionaries() -> None:
    assert HOME.git_hosts | {"git.example.com": "LAB_TOKEN"} == {**HOME.git_hosts, "git.example.com": "LAB_TOKEN"}
    assert {"git.example.com": "LAB_TOKEN"} | HOME.git_hosts == {"git.example.com": "LAB_TOKEN", **HOME.git_hosts}


def test_lists_become_tuples() -> None:
    platform = evolve(HOME, tiers=[Tier(name="one")], shared_middlewares=["retry"])
    assert (platform.tiers, platform.shared_middlewares) == ((Tier(name="one"),), ("retry",))
    assert platform.tier("one") == Tier(name="one")
    assert platform.tier("two") is None


def test_default_platform_has_no_fact_of_the_home_cluster() -> None:
    other = Platform(domain="example.com", tls_secret_name="tls", secret_store="safe", nfs=Nfs(storage_class="nfs"))
    assert other.shared_middlewares == other.tiers == other.image_registries == other.default_allowed_groups == ()
    assert (other.dns, dict(other.homepage_groups)) == (Dns(), {})
    for fact in ("viktorbarzin", "192.168", "vault-kv", "truenas", "Home Server"):
        assert fact in repr(HOME)
        assert fact not in repr(other)


@pytest.mark.parametrize("host", ["git.lan", "git.lan:3000", "git.lan:1", "git.lan:65535"])
def test_git_host_may_have_a_port(host: str) -> None:
    assert evolve(HOME, git_hosts={host: "LAB_TOKEN"}).git_hosts == {host: "LAB_TOKEN"}


@pytest.mark.parametrize(
    "host", ["git.lan:", "git.lan:0", "git.lan:65536", "git.lan:080", "git.lan:ssh", "git.lan:1:2"]
)
def test_git_host_with_a_wrong_port_is_refused(host: str) -> None:
    with pytest.raises(InputError, match="needs a port from 1 to 65535 after ':'"):
        evolve(HOME, git_hosts={host: "LAB_TOKEN"})


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: evolve(HOME, domain="Example.com"), "^Platform: domain 'Example.com' breaks the rule"),
        (lambda: evolve(HOME, tls_secret_name=""), "tls_secret_name"),
        (lambda: evolve(HOME, secret_store_kind="Vault"), "use one of 'ClusterSecretStore', 'SecretStore'"),
        (lambda: evolve(HOME, strict_middlewares=1), "strict_middlewares 1 is not a boolean"),
        (lambda: evolve(HOME, dns=None), r"dns None is not a Dns; pass Dns\(…\)"),
        (lambda: evolve(HOME, tiers=("4-aux",)), "tiers .* contains '4-aux', which is not a Tier"),
        (lambda: evolve(HOME, shared_middlewares="retry"), "shared_middlewares 'retry' is not a list"),
        (lambda: evolve(HOME, git_hosts={"example.com": "A-B"}), "environment variable's name"),
        (lambda: evolve(HOME, default_allowed_groups=("Admins, Ops",)), "contains a comma, which separates groups"),
        (lambda: evolve(HOME, domain=Word.DOMAIN), "prints as 'Word.DOMAIN'; pass 'example.com' itself"),
        (lambda: evolve(HOME, git_hosts={"example.com": Word.TOKEN}), "prints as 'Word.TOKEN'; pass 'TOKEN' itself"),
        (lambda: Nfs(storage_class="nfs", ssd_root="srv"), "^Nfs: ssd_root 'srv' is not absolute"),
        (lambda: Dns(public_ipv4="::1"), "is not an IPv4 address"),
        (lambda: Tier(name="big", max_container_memory="8 GB"), "must be a positive quantity"),
        (
            lambda: Tier(name="big", max_container_memory="1Gi", default_memory_limit="2Gi"),
            "default_memory_limit '2Gi' is above the max_container_memory '1Gi'; lower it",
        ),
        (
            lambda: Tier(name="big", max_container_memory="1Gi", default_memory_request="2Gi"),
            "default_memory_request '2Gi' is above the default memory limit '1Gi'; lower it",
        ),
        (lambda: Tier(name="big", max_container_memory="500m"), "is not a multiple of one byte"),
        (lambda: Quota(requests_cpu="-1", pods=0), "2 wrong inputs\n  requests_cpu .*\n  pods 0 must be a number of"),
    ],
)
def test_wrong_fact_is_refused(make: Callable[[], Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as refused:
        make()
    assert refused.value.path is None
