"""The rule against credentials in manifests: what it finds, what it allows, and that no finding shows the value."""

import base64
import json
import random
import re
import string
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from plain import Manifest, container, found, pod, thing, workload

import t3afk_constructs
from t3afk_constructs.credentials import ISSUED, credential_in, looks_random, without_credentials
from t3afk_constructs.inputs import InputError

SCRIPTS = sorted(Path(t3afk_constructs.__file__).parent.glob("executor/scripts/*.sh"))

LONG = base64.b64encode(random.Random(3).randbytes(30)).decode()
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
    "pgp-key": "-----BEGIN " + "PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\nlQdGBGV4YW1wbGU\n",
    "encrypted-key": "-----BEGIN " + "RSA PRIVATE KEY-----\\nProc-Type: 4,ENCRYPTED\\n\\nMIIEowIBAAKC\\n",
    "putty-key": "PuTTY-User-Key-File-3: " + "ssh-ed25519\nPrivate-Lines: 1\nAAAAIHNlY3JldA",
    "url": "postgres://user:" + "hunter2@db.example.com/app",
    "url-token": "https://" + LONG.replace("/", "x") + "@git.example.com/a/b",
    "forgejo": "0123456789" + "abcdef0123" * 3,
    "gitlab-runner": "glrt-" + "aB3dE6gH9jKm" * 2,
    "hugging-face": "hf_" + "aBcDeFgHiJ" * 3 + "kLmN",
    "slack-hook": "https://hooks.slack" + ".com/services/T01ABCDEF/B01ABCDEF/aB3dE6gH9jKm",
    "discord-hook": "https://discord" + ".com/api/webhooks/1234567890/" + "aB3dE6gH9j" * 6,
    "telegram": "123456789" + ":AAabcdefgh" + "aB3dE6gH9j" * 3,
    "aws-secret": "aws_secret_access_key = " + LONG,
    "wireguard": "PrivateKey = " + base64.b64encode(random.Random(2).randbytes(32)).decode(),
    "key-in-json": '{"api_key": "' + "0123456789abcdef" * 2 + '"}',
    "bearer": "Authorization: Bearer " + LONG,
    "basic": "Authorization: Basic " + base64.b64encode(b"user:hunter2").decode(),
    "registry": '{"auths": {"ghcr.io": {"username": "me", "auth": "bWU6aHVudGVyMg=="}}}',
    "registry-beside-a-template": '{"auths": {"a": {"password": "{{ .pat }}"}, "b": {"auth": "bWU6aHVudGVyMg=="}}}',
    "registry-base64": base64.b64encode(b'{"auths":{"ghcr.io":{"auth":"bWU6aHVudGVyMg=="}}}').decode(),
    "kubeconfig": "client-key-data: "
    + base64.b64encode(b"-----BEGIN " + b"EC PRIVATE KEY-----\nMHcCAQEEIIsecret\n").decode(),
}


def secrets_in(*manifests: Manifest) -> list[str]:
    return found("no-secret-values", *manifests)


def with_env(name: str, value: str) -> Manifest:
    return workload("Pod", template=pod(container(env=[{"name": name, "value": value}])))


@pytest.mark.parametrize("secret", CREDENTIALS.values(), ids=CREDENTIALS)
def test_a_credential_is_found_in_any_text_and_not_shown(secret: str) -> None:
    annotated = thing("ConfigMap")
    annotated["metadata"]["annotations"] = {"note": secret}
    encoded = base64.b64encode(b"\xff\n" + secret.encode()).decode()
    for manifest, where in (
        (thing("ConfigMap", data={"start.sh": f"#!/bin/sh\nlogin '{secret}'\n"}), "data.start.sh"),
        (thing("ConfigMap", binaryData={"file": encoded, "other": "bm8=", "broken": "a"}), "binaryData.file"),
        (thing("Widget", "example.com/v1", spec={"list": [{secret: 1}]}), "spec.list[0].(key)"),
        (annotated, "metadata.annotations.note"),
        (with_env("SOME_TOKEN", secret), "spec.containers[0].env[0].value"),
    ):
        (message,) = secrets_in(manifest)
        assert f"the text at {where} " in message
        assert "ExternalSecret" in message
        assert secret.strip() not in message
        assert encoded not in message


ISSUED_TOKENS = [(prefix, rest) for issued in ISSUED.values() for prefix, rest in issued.items()]


@pytest.mark.parametrize(("prefix", "rest"), ISSUED_TOKENS, ids=[prefix for prefix, _ in ISSUED_TOKENS])
def test_no_message_shows_a_token_behind_a_line_break_or_an_escape(prefix: str, rest: str) -> None:
    @settings(max_examples=2, database=None, derandomize=True, phases=[Phase.generate])
    @given(st.from_regex(re.compile(re.escape(prefix) + rest, re.ASCII), fullmatch=True))
    def every(token: str) -> None:
        for text in (token, f"a\n{token}\n", f"a\t{token}", f"'{token}'", f"x={token};", f"\x1b{token}\u2028"):
            assert credential_in(text)
            for shown in (text, repr(text), json.dumps(text), f"%0A{token}"):
                assert token[len(prefix) :] not in without_credentials(shown)

    every()


@pytest.mark.parametrize("secret", CREDENTIALS.values(), ids=CREDENTIALS)
def test_no_error_shows_any_part_of_a_credential(secret: str) -> None:
    error = InputError("Thing", "a/b", [("one", f"x\n{secret}", "is wrong"), ("two", {"k": [secret]}, "is wrong")])
    parts = [part for part in re.split(r"[\s:@/\"'\\]+", secret) if len(part) >= 12]
    words = {"Authorization", "PuTTY-User-Key-File-3", "client-key-data", "aws_secret_access_key", "db.example.com"}
    words |= {"git.example.com", "hooks.slack.com"}
    assert not [part for part in parts if part in str(error) and part not in words]
    assert "one '" in str(error)
    assert str(error).count("is wrong") == 2


REVISION = "0123456789" + "abcdef0123" * 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("image", f"ghcr.io/a/b:{REVISION}"),
        ("tag", f"{REVISION}@sha256:{REVISION}{REVISION[:24]}"),
        ("GIT_COMMIT", REVISION),
        ("targetRevision", REVISION),
        ("SENTINEL_ID_0", REVISION),
        ("checksum/config", REVISION),
        ("checksum/secret", REVISION + REVISION[:24]),
        ("example.com/version", f"1.16-alpha.{REVISION}"),
        ("image", f"ghcr.io/a/b:v1.2.3-{REVISION}"),
        ("description", f"see https://github.com/a/b/blob/{REVISION}/x.go and main@sha1:{REVISION}"),
        ("args", f"go install example.com/a/b@{REVISION} && git checkout --commit {REVISION}"),
        ("url", f"https://example.com/x?ref={REVISION}"),
        ("script", "grep -q 'BEGIN OPENSSH PRIVATE KEY' x"),
        ("key", "-----BEGIN " + "PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"),
        ("caBundle", base64.b64encode(b"-----BEGIN CERTIFICATE-----\nMIIBszCCARygAwIBAgI\n").decode()),
        ("secretName", "my-app-registration-token-2024-for-the-home-cluster"),
        ("path", "/var/run/secrets/kubernetes.io/serviceaccount/token"),
        ("tokenPath", "/etc/3proxy/2nd/token/9th/x1/y2"),
        ("clone", "https://git@github.com/a/b and https://${TOKEN}@github.com/a/b"),
        ("note", "Basic authentication protects this, bearer of news"),
        ("digest", f"sha256:{REVISION}{REVISION[:24]}"),
        ("disk", "disk-usage-of-volume-123456"),
    ],
)
def test_a_revision_and_a_word_about_credentials_is_allowed(name: str, text: str) -> None:
    assert not secrets_in(thing("Widget", "example.com/v1", spec={name: text}))


def test_a_message_hides_40_hexadecimal_digits_that_the_rule_allows() -> None:
    assert without_credentials(f"the image 'ghcr.io/a/b:{REVISION}' and\\n{REVISION}.") == (
        "the image 'ghcr.io/a/b:<credential>' and\\n<credential>."
    )


@pytest.mark.parametrize(
    "spec",
    [
        {"api_token": "0123456789abcdef" * 2},
        {"env": [{"name": "API_TOKEN", "value": "0123456789abcdef" * 2}]},
        {"args": ["serve", "--api-token", "0123456789abcdef" * 2]},
        {"gethomepage.dev/widget.key": "0123456789abcdef" * 2},
    ],
)
def test_the_name_of_a_text_tells_a_key_from_a_digest(spec: Manifest) -> None:
    (message,) = secrets_in(thing("Widget", "example.com/v1", spec=spec))
    assert "has the shape of a credential" in message
    assert not secrets_in(thing("Widget", "example.com/v1", spec={"checksum": ["0123456789abcdef" * 2]}))


def test_the_path_to_a_credential_does_not_show_another() -> None:
    secret = CREDENTIALS["github"]
    messages = secrets_in(thing("Widget", "example.com/v1", spec={secret: {"deep": secret}}))
    assert len(messages) == 2  # the key and the value
    assert not any(secret in message for message in messages)


@pytest.mark.parametrize("field", ["data", "stringData"])
def test_a_secret_has_no_values(field: str) -> None:
    (message,) = secrets_in(thing("Secret", **{field: {"password": "aHVudGVyMg==", "a": ""}}))
    assert "its values (keys a, password) are readable in the manifest" in message
    assert "aHVudGVyMg" not in message
    assert not secrets_in(thing("Secret", **{field: {}}))


@pytest.mark.parametrize("name", ["PASSWORD", "DB_PASSWORD", "TOKEN", "api_key", "AWS_SECRET_ACCESS_KEY", "GH_PAT"])
def test_a_variable_with_the_name_of_a_secret_has_no_plain_value(name: str) -> None:
    (message,) = secrets_in(with_env(name, "hunter2"))
    assert f"container 'app': {name} has a plain value" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN_FILE", "/run/secrets/token"),
        ("GITHUB_TOKEN", "/run/secrets/token"),
        ("GITHUB_TOKEN", "$(FROM_SECRET)"),
        ("REFRESH_TOKEN", "true"),
        ("MAX_TOKEN", "4096"),
        ("API_KEY", ""),
        ("API_KEY", "INSERT_API_KEY"),
        ("GIT_HOSTS", "github.com=GITHUB_TOKEN forgejo.viktorbarzin.me=FORGEJO_TOKEN"),
        ("TUNNEL", "75182cd7-bb91-4310-b961-5d8967da8b41"),
        ("IMAGE", "docker.io/library/node@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("URL", "https://sablier.sablier.svc.cluster.local:10000/api?session_duration=3h"),
        ("CLONE", "https://x-access-token:$TOKEN@github.com/a/b"),
        ("CLONE", "ssh://git@github.com:22/a/b"),
        ("HOST", "frontend-v2-7d9c5b8f66-x2x4z.prod.svc.cluster.local"),
        ("CLASS", "HTTP2ServerConnectionHandlerFactoryBean"),
        ("BUCKET", "backup-2024-home-server-media-library-2"),
        ("LIST", "sk-usage-of-the-whole-disk-by-name"),
        ("ALPHABET", "abcdefghijklmnopqrstuvwxyz0123456789"),
        ("NODE_OPTIONS", "--max-old-space-size=4096"),
    ],
)
def test_a_value_that_opens_nothing_is_allowed(name: str, value: str) -> None:
    assert not secrets_in(with_env(name, value))


def test_the_scripts_of_the_executor_are_allowed() -> None:
    assert SCRIPTS
    for text in (script.read_text(encoding="utf-8") for script in SCRIPTS):
        assert not secrets_in(thing("ConfigMap", data={"script": text}), with_env("SCRIPT", text))


def test_a_random_value_is_found_in_a_variable_of_any_name() -> None:
    value = base64.b64encode(random.Random(1).randbytes(32)).decode()
    (message,) = secrets_in(with_env("SETTING", value))
    assert "container 'app': the value of SETTING looks like a key" in message
    assert value not in message


@pytest.mark.parametrize("length", [32, 40, 64])
def test_nearly_every_long_random_value_is_found(length: int) -> None:
    chance = random.Random(length)
    alphabet = string.ascii_letters + string.digits
    words = ["".join(chance.choices(alphabet, k=length)) for _ in range(500)]
    encoded = [base64.b64encode(chance.randbytes(length)).decode() for _ in range(500)]
    url_safe = [base64.urlsafe_b64encode(chance.randbytes(length)).decode().rstrip("=") for _ in range(500)]
    for values in (words, encoded, url_safe):
        assert sum(map(looks_random, values)) >= 490


LETTERS = string.ascii_lowercase * 60


@pytest.mark.parametrize(
    ("value", "random"),
    [
        ("g1h2i3j4k5" * 60 + LETTERS[:1400], True),  # 0.3 changes between letters and digits for each character
        ("g1h2i3j4k5" * 60 + LETTERS[:1401], False),  # 0.2999
        ("g1h2i3j4k5m" * 10 + "6", True),  # 3.502 bits for each character
        ("g1h2i3j4k5m" * 11 + "6", False),  # 3.4997
        ("g1h2i3j4k5m6n7p8q9r0", True),
        ("g1h2i3j4k5m6n7p8q9r", False),  # 19 characters
        ("g1h2i3j4k5m6n7p8-_/+", True),
        ("g1h2i3j4k5m6n7p8-_/+-", False),  # under 80% letters and digits
        ("g1h2i3j4k5m6n7p8 q9r0", False),  # two words
        ("a1b2c3d4e5f60718293a", False),  # hexadecimal
        ("gAhBiCjDkEmFnGpHqIrJ", False),  # no digit
    ],
)
def test_a_random_value_is_one_long_and_varied_word(value: str, random: bool) -> None:
    assert looks_random(value) is random


def annotated(**widget: str) -> Manifest:
    made = thing("Ingress", "networking.k8s.io/v1", "photo-album")
    made["metadata"]["annotations"] = {f"gethomepage.dev/{name}": value for name, value in widget.items()}
    return made


@pytest.mark.parametrize("name", ["widget.key", "widget.password", "widget.token", "widget.headers.Authorization"])
def test_a_widget_of_homepage_names_a_variable_and_no_key(name: str) -> None:
    (message,) = secrets_in(annotated(**{name: "correct horse"}))
    word = name.partition(".")[2].replace(".", "_").upper()
    assert message.endswith(
        f"the annotation gethomepage.dev/{name} is readable in the manifest; write "
        f"'{{{{HOMEPAGE_VAR_PHOTO_ALBUM_{word}}}}}', and give homepage that variable from a Secret"
    )
    (message,) = secrets_in(annotated(**{name: CREDENTIALS["github"]}))
    assert "has the shape of a credential" in message
    for fine in ("{{HOMEPAGE_VAR_KEY}}", "Bearer {{HOMEPAGE_FILE_KEY}}", "", "${SECRET}"):
        assert not secrets_in(annotated(**{name: fine}))
    assert not secrets_in(annotated(**{"widget.type": "sonarr", "widget.url": "http://a", "name": "token"}))
