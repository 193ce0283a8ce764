import copy
import pickle
from collections.abc import Callable
from enum import Enum

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError

from t3afk_constructs import HOME, Dns, InputError, Nfs, Platform, Quota, Tier


class Word(str, Enum):
    __format__ = object.__format__  # as Python has it since 3.12, and some enums before

    DOMAIN = "example.com"
    TOKEN = "TOKEN"


def test_a_platform_is_frozen_and_hashable() -> None:
    with pytest.raises(FrozenInstanceError):
        HOME.domain = "example.com"  # type: ignore[misc]
    with pytest.raises(TypeError, match="does not support item assignment"):
        HOME.homepage_groups["immich"] = "Other"  # type: ignore[index]
    assert evolve(HOME) == HOME
    assert hash(evolve(HOME)) == hash(HOME)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda platform: pickle.loads(pickle.dumps(platform))])
def test_a_platform_can_be_copied_and_sent_to_another_process(again: Callable[[Platform], Platform]) -> None:
    assert again(HOME) == HOME
    assert hash(again(HOME)) == hash(HOME)
    assert repr(again(HOME)) == repr(HOME)


def test_facts_are_added_to_as_to_a_dictionary() -> None:
    assert HOME.git_hosts | {"git.example.com": "LAB_TOKEN"} == {**HOME.git_hosts, "git.example.com": "LAB_TOKEN"}
    assert {"git.example.com": "LAB_TOKEN"} | HOME.git_hosts == {"git.example.com": "LAB_TOKEN", **HOME.git_hosts}


def test_another_platform_takes_nothing_from_the_home_cluster() -> None:
    other = Platform(domain="example.com", tls_secret_name="tls", secret_store="safe", nfs=Nfs(storage_class="nfs"))
    assert other.shared_middlewares == other.tiers == other.image_registries == other.default_allowed_groups == ()
    assert (other.dns, dict(other.homepage_groups)) == (Dns(), {})
    for fact in ("viktorbarzin", "192.168", "vault-kv", "truenas", "Home Server"):
        assert fact in repr(HOME)
        assert fact not in repr(other)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: evolve(HOME, domain="Example.com"), r"Platform '-': domain 'Example.com' .* DNS subdomain"),
        (lambda: evolve(HOME, tls_secret_name=""), "tls_secret_name"),
        (lambda: evolve(HOME, secret_store_kind="Vault"), "write one of 'ClusterSecretStore', 'SecretStore'"),
        (lambda: evolve(HOME, shared_middlewares="retry"), "shared_middlewares 'retry' is not a list"),
        (lambda: evolve(HOME, git_hosts={"example.com": "A-B"}), "environment variable's name"),
        (lambda: evolve(HOME, default_allowed_groups=("Admins, Ops",)), "has a comma in it, which would make it two"),
        (lambda: evolve(HOME, secret_store="0o7"), "is read as a number by kubectl"),
        (lambda: evolve(HOME, domain=Word.DOMAIN), "prints as 'Word.DOMAIN'; pass 'example.com' itself"),
        (lambda: evolve(HOME, git_hosts={"example.com": Word.TOKEN}), "prints as 'Word.TOKEN'; pass 'TOKEN' itself"),
        (lambda: Nfs(storage_class="nfs", ssd_root="srv"), "is not absolute"),
        (lambda: Dns(public_ipv4="::1"), "no IPv4 address"),
        (lambda: Tier(name="big", max_container_memory="8 GB"), "must be a positive quantity"),
        (lambda: Quota(requests_cpu="-1"), "must be a positive quantity"),
    ],
)
def test_a_wrong_fact_fails_when_the_platform_is_made(make: object, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        make()  # type: ignore[operator]
