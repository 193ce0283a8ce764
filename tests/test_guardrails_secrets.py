"""No secret value is rendered: what is found, what is let pass, and that a finding never shows the value."""

from __future__ import annotations

import base64
import random
import string
from pathlib import Path
from typing import Any

import pytest

from t3afk_constructs.guardrails import check
from t3afk_constructs.guardrails.secrets import looks_random
from t3afk_constructs.home import HOME

SCRIPTS = sorted((Path(__file__).parent.parent / "t3afk_constructs" / "scripts").glob("*.sh"))

# Put together here, so that no scanner takes this file for a leak.
CREDENTIALS = {
    "github": "ghp_" + "a1B2c3D4e5" * 4,
    "github-fine-grained": "github_pat_" + "11ABCDEFG0" * 4,
    "anthropic": "sk-ant-" + "oat01-" + "aB3dE6gH9j" * 5,
    "openai": "sk-proj-" + "aB3dE6gH9j" * 5,
    "gitlab": "glpat-" + "aB3dE6gH9jKm" * 2,
    "npm": "npm_" + "aB3dE6gH9j" * 4,
    "slack": "xoxb-" + "1234567890-" + "aB3dE6gH9j",
    "aws": "AKIA" + "ABCDEFGH12345678",
    "google": "AIza" + "aB3dE6gH9j" * 4,
    "vault": "hvs." + "aB3dE6gH9j" * 4,
    "age": "AGE-SECRET-KEY-1" + "ABCDEFGHJK" * 5,
    "jwt": "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0In0",
    "private-key": "-----BEGIN " + "OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n",
    "url": "postgres://user:" + "hunter2@db.example.com/app",
}


def config_map(**data: str) -> dict[str, Any]:
    metadata = {"name": "c", "namespace": "ns"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def with_env(name: str, value: str) -> dict[str, Any]:
    pod = {"containers": [{"name": "app", "image": "docker.io/library/a:1", "env": [{"name": name, "value": value}]}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "ns"}, "spec": pod}


def found(manifest: dict[str, Any]) -> list[str]:
    return [finding.message for finding in check([manifest], HOME) if finding.rule == "no-secret-values"]


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_a_credential_is_found_in_any_text_and_never_shown(kind: str) -> None:
    secret = CREDENTIALS[kind]
    in_text = config_map(**{"start.sh": f"#!/bin/sh\nlogin '{secret}'\n"})
    annotated = config_map()
    annotated["metadata"]["annotations"] = {"note": secret}
    for manifest, where in ((in_text, "data.start.sh"), (annotated, "metadata.annotations.note")):
        messages = found(manifest)
        assert len(messages) == 1
        assert f"the text at {where} " in messages[0]
        assert secret.strip() not in messages[0]
        assert "ExternalSecret" in messages[0]


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_a_credential_in_the_environment_is_said_once(kind: str) -> None:
    assert len(found(with_env("SOME_TOKEN", CREDENTIALS[kind]))) == 1


def test_a_credential_that_is_a_key_is_not_shown_either() -> None:
    secret = CREDENTIALS["github"]
    messages = found(config_map(**{secret: "x"}) | {"spec": {secret: {"deep": secret}}})
    assert len(messages) == 3  # two keys and a value
    assert all(secret not in message for message in messages)


@pytest.mark.parametrize("field", ["data", "stringData"])
def test_a_secret_with_values_is_found(field: str) -> None:
    secret = config_map() | {"kind": "Secret", field: {"password": "aHVudGVyMg=="}}
    assert "keys password" in "".join(found(secret))
    assert "aHVudGVyMg" not in "".join(found(secret))


@pytest.mark.parametrize(
    "name", ["PASSWORD", "DB_PASSWORD", "GITHUB_TOKEN", "api_key", "AWS_SECRET_ACCESS_KEY", "GH_PAT"]
)
def test_a_variable_that_is_named_as_a_secret_has_no_plain_value(name: str) -> None:
    messages = found(with_env(name, "hunter2"))
    assert len(messages) == 1
    assert f"{name} is given as a plain value" in messages[0]
    assert "hunter2" not in messages[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN_FILE", "/run/secrets/token"),
        ("GITHUB_TOKEN", "/run/secrets/token"),
        ("GITHUB_TOKEN", "$(FROM_SECRET)"),
        ("REFRESH_TOKEN", "true"),
        ("MAX_TOKEN", "4096"),
        ("API_KEY", ""),
        ("PATH", "/usr/bin:/bin"),
        ("GIT_HOSTS", "github.com=GITHUB_TOKEN forgejo.viktorbarzin.me=FORGEJO_TOKEN"),
        ("TUNNEL", "75182cd7-bb91-4310-b961-5d8967da8b41"),
        ("LOCK_SHA256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("GIT_COMMIT", "4b975d8c3fd2a70e1f5b6c7d8e9f0a1b2c3d4e5f"),
        ("IMAGE", "docker.io/library/node@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("URL", "https://sablier.sablier.svc.cluster.local:10000/api?session_duration=3h"),
        ("CLONE", "https://x-access-token:$TOKEN@github.com/a/b"),
        ("CLONE", "ssh://git@github.com:22/a/b"),
        ("HOST", "frontend-v2-7d9c5b8f66-x2x4z.prod.svc.cluster.local"),
        ("CLASS", "HTTP2ServerConnectionHandlerFactoryBean"),
        ("BUCKET", "backup-2024-home-server-media-library-2"),
        ("PROXY", "disk-usage-exporter-config-2-and-more-words"),
        ("LIST", "sk-usage-of-the-whole-disk-by-name"),
        ("TZ", "Europe/Sofia"),
        ("AGENT", "Mozilla/5.0"),
        ("ALPHABET", "abcdefghijklmnopqrstuvwxyz0123456789"),
        ("NODE_OPTIONS", "--max-old-space-size=4096"),
        ("npm_config_cache", "/data/npm-cache"),
    ],
)
def test_what_opens_nothing_is_let_pass(name: str, value: str) -> None:
    assert not found(with_env(name, value))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_text_of_the_scripts_is_let_pass(script: Path) -> None:
    assert not found(config_map(script=script.read_text(encoding="utf-8")))
    assert not found(with_env("SCRIPT", script.read_text(encoding="utf-8")))


def test_there_are_scripts() -> None:
    assert SCRIPTS


@pytest.mark.parametrize("length", [32, 40, 64])
def test_nearly_every_long_random_value_is_found(length: int) -> None:
    chance = random.Random(length)
    alphabet = string.ascii_letters + string.digits
    words = ["".join(chance.choices(alphabet, k=length)) for _ in range(500)]
    encoded = [base64.b64encode(chance.randbytes(length)).decode() for _ in range(500)]
    url_safe = [base64.urlsafe_b64encode(chance.randbytes(length)).decode().rstrip("=") for _ in range(500)]
    for values in (words, encoded, url_safe):
        assert sum(map(looks_random, values)) >= 490


def test_a_random_value_is_found_in_a_variable_of_any_name() -> None:
    value = base64.b64encode(random.Random(1).randbytes(32)).decode()
    messages = found(with_env("SETTING", value))
    assert len(messages) == 1
    assert "the value of SETTING looks like a key" in messages[0]
    assert value not in messages[0]


@pytest.mark.parametrize("value", CREDENTIALS.values(), ids=CREDENTIALS)
def test_a_credential_in_binary_data_is_found_and_not_shown(value: str) -> None:
    encoded = base64.b64encode(b"\xff\n" + value.encode()).decode()
    (message,) = found(config_map() | {"binaryData": {"file": encoded, "other": "bm8=", "broken": "a"}})
    assert "the text at binaryData.file" in message
    assert value not in message
    assert encoded not in message
