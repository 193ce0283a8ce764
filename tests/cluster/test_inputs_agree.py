"""Our formats against a real API server, both ways.

The API server accepts every value that a rule accepts. It refuses every value that the rule refuses, except for those
in `narrower`; the rule's docstring says why it is narrower.
"""

from __future__ import annotations

import itertools
import random
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from lightkube import Client

from t3afk_constructs import formats, quantities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from t3afk_constructs.inputs import Rule

pytestmark = pytest.mark.cluster

VALUES = 600  # of each format
AT_ONCE = 8
NAMESPACED = {"name": "agree", "namespace": "default"}


def _pod(**container: Any) -> dict[str, Any]:
    whole = {"name": "a", "image": "docker.io/library/busybox:1.37"} | container
    return {"apiVersion": "v1", "kind": "Pod", "metadata": NAMESPACED, "spec": {"containers": [whole]}}


def _config_map(metadata: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": NAMESPACED | (metadata or {}), "data": data}


def _claim(storage: Any = "1Gi", access_modes: Any = ("ReadWriteMany",)) -> dict[str, Any]:
    spec = {"accessModes": list(access_modes), "resources": {"requests": {"storage": storage}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": NAMESPACED, "spec": spec}


def _volume(path: Any) -> dict[str, Any]:
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteMany"], "nfs": {"server": "nas", "path": path}}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "agree"}, "spec": spec}


def _service(name: Any = "agree", port: Any = 80) -> dict[str, Any]:
    metadata = NAMESPACED | {"name": name}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": port}]}}


def _ingress(host: Any) -> dict[str, Any]:
    backend = {"service": {"name": "a", "port": {"number": 80}}}
    rule = {"host": host, "http": {"paths": [{"path": "/", "pathType": "ImplementationSpecific", "backend": backend}]}}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": NAMESPACED, "spec": {"rules": [rule]}}


class Place(NamedTuple):
    """A format, an object in which the API server checks it, and values to try."""

    rule: Rule
    manifest: Callable[[Any], dict[str, Any]]
    alphabet: str
    lengths: tuple[int, ...] = (1, 2, 3, 5, 8, 62, 63, 64)
    given: tuple[Any, ...] = ()
    narrower: Callable[[Any], bool] | None = None


# ruff: noqa: RUF001 (look-alikes of other scripts are tested)
# fmt: off
ODD = (
    "", " ", "a ", " a", "a\n", "\n", "é", "ａ", "\u212a",
    "-", ".", "..", "_", "a..b", "a.-b", "A", "a_b", "/", "a/b", "1",
)
# fmt: on
LONG = (1, 2, 3, 8, 63, 64, 252, 253, 254)


def _unusual_quantity(value: Any) -> bool:
    """Whether it is a quantity of a sign, number and unit that is unusual, not whole, or more than 64 bits hold."""
    text = str(value)
    form = re.fullmatch(r"[+-]?([0-9]*)\.?([0-9]*)(n|u|m|k|[KMGTPE]i?|[eE][+-]?[0-9]+)?", text)
    return form is not None and (quantities.size(text) is not None or quantities.cpu(text) is not None)


def _absolute(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/")


PLACES = {
    "dns_label": Place(
        formats.dns_label,
        lambda v: {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": v}},
        "aaz09--.A_",
        given=ODD,
    ),
    "dns_subdomain": Place(
        formats.dns_subdomain, lambda v: _config_map({"name": v}), "aaaz09--..A_", LONG, (*ODD, "a" * 200 + ".b")
    ),
    "service_name": Place(formats.service_name, lambda v: _service(name=v), "aaz09--.A", given=ODD),
    "label_value": Place(formats.label_value, lambda v: _config_map({"labels": {"k": v}}), "aZ09-_.é ", given=ODD),
    "label_key": Place(
        formats.qualified_name,
        lambda v: _config_map({"labels": {v: "x"}}),
        "aaZ09-_./",
        given=(
            *ODD,
            "a/" + "b" * 63,
            "a/" + "b" * 64,
            "a" * 253 + "/b",
            "a" * 254 + "/b",
            "A.b/c",
            "/b",
            "a/",
            "a/b/c",
        ),
    ),
    "annotation_key": Place(
        formats.annotation_key,
        lambda v: _config_map({"annotations": {v: "x"}}),
        "aaZ09-_./",
        given=(*ODD, "Example.COM/Name", "a_b/c"),
        # Go lower-cases letters of other scripts too: the Kelvin sign becomes `k`.
        narrower=lambda v: not v.isascii(),
    ),
    "annotation_value": Place(
        formats.text,
        lambda v: _config_map({"annotations": {"k": v}}),
        "a'\"\n\t\\$({:#é\U0001f600\x01\x1b\xa0\xad\ufeff\x7f\u2028\0",
        (0, 1, 5, 1000),
        (*ODD, "\x85", "\ta\n", "0B11", "\x7f"),
        narrower=lambda v: isinstance(v, str),
    ),
    "config_key": Place(
        formats.config_key, lambda v: _config_map(**{v: "x"}), "aZ09-_. /", LONG, (*ODD, "...", "..a", ".a", "a..")
    ),
    "environment_name": Place(
        formats.environment_name,
        lambda v: _pod(env=[{"name": v, "value": "x"}]),
        "aZ09_-. =é",
        given=(*ODD, "9A", "A=B"),
        narrower=lambda v: v.isascii() and v.isprintable() and "=" not in v and bool(v),
    ),
    "quantity_of_storage": Place(
        quantities.size,
        _claim,
        "0012359..kKmMGTPEien+-",
        (1, 2, 3, 4, 5, 6),
        (
            "0",
            "0.000",
            "10Gi",
            "1.5Gi",
            "1e3",
            "1E3",
            "1E",
            "1e99",
            "999999999999999Ei",
            "1.",
            ".5",
            "+1",
            "-1",
            "1n",
        ),
        narrower=_unusual_quantity,
    ),
    "quantity_of_memory": Place(
        quantities.size,
        lambda v: _pod(resources={"requests": {"memory": v}}),
        "0012359..kKmMGTPEien+-",
        (1, 2, 3, 4, 5, 6),
        ("0", "1", "1Ki", "1ki", "1K", "1mi", "1GiB", "1 Gi", "Gi", "", "1e", "1e1.5", "0x10", "1_000", "１", "1Gi\n"),
        narrower=_unusual_quantity,
    ),
    "quantity_of_cpu": Place(
        quantities.cpu,
        lambda v: _pod(resources={"requests": {"cpu": v}}),
        "0012359..kKmMGTPEien+-",
        (1, 2, 3, 4, 5, 6),
        ("0", "1", "500m", "0.5m", "1.5", "0.001", "1e-3", "9007199254740993", "100E"),
        narrower=_unusual_quantity,
    ),
    "service_port": Place(
        formats.port,
        lambda v: _service(port=v),
        "0123456789",
        (1, 2, 4, 5, 6),
        (0, -1, 1, 80, 65535, 65536, 2**31, 2**63, 1.5, True, None, *range(1, 65535, 997)),
    ),
    "container_port": Place(
        formats.port,
        lambda v: _pod(ports=[{"containerPort": v}]),
        "0123456789",
        (1, 2, 4, 5, 6),
        (0, -1, 1, 80, 65535, 65536, 2**31, 2**63, 1.5, True, None, *range(1, 65535, 997)),
    ),
    "absolute_path": Place(
        formats.absolute_path,
        _volume,
        "aZ09/./..é $\n",
        (1, 2, 3, 8, 100),
        ("/a", "a", "", "/..", "/a/../b", "/...", "/a:b", "/ ", " /a", "//", "/\x7f"),
        narrower=_absolute,
    ),
    "host_of_an_ingress": Place(
        formats.ingress_host,
        _ingress,
        "aaaz09--..A_*",
        (1, 2, 3, 8, 40, 63),
        (
            *tuple(value for value in ODD if value),
            "a.b",
            "a" * 63 + ".b",
            "*.a.b",
            "*",
            "a.*",
            "1.2.3.4",
            "1.2.3",
            "1.2.3.256",
        ),
        # DNS has no labels of more than 63 characters. Another input accepts a wildcard.
        narrower=lambda v: v.startswith("*.") or any(len(label) > 63 for label in v.split(".")),
    ),
    "image": Place(
        formats.image,
        lambda v: _pod(image=v),
        "aaz09A-_./:@",
        (1, 3, 8, 20),
        (
            "a:1",
            "docker.io/library/node:24",
            "localhost:5000/a/b:1@sha256:" + "a" * 64,
            "a",
            " a:1",
            "a:1 ",
            "",
            "-a:1",
        ),
        narrower=lambda v: bool(v) and v == v.strip(),
    ),
}


def _values(place: Place, seed: str) -> list[Any]:
    chance = random.Random(seed)
    made: dict[str, Any] = {repr(value): value for value in place.given}
    near = [value for value in place.given if isinstance(value, str) and place.rule(value) is None] or ["a", "1"]
    while len(made) < VALUES:
        length = chance.choice(place.lengths)
        if chance.random() < 0.4:  # one character away from a value that is likely to be accepted
            value = chance.choice(near) if chance.random() < 0.5 else place.alphabet[0] * length
            at = chance.randrange(len(value) + 1)
            value = value[:at] + chance.choice(place.alphabet) + value[at + chance.randrange(2) :]
        else:
            value = "".join(chance.choices(place.alphabet, k=length))
        made[repr(value)] = value
        if len(near) < 200 and place.rule(value) is None:
            near.append(value)
    return list(made.values())


@pytest.fixture(scope="module")
def api_server(cluster: str) -> Iterator[Callable[[dict[str, Any]], str | None]]:
    """A server-side dry run: None if the API server accepts the object, else its message."""
    assert cluster
    http = Client()._client._client  # noqa: SLF001 (requests of any shape)

    def create(manifest: dict[str, Any]) -> str | None:
        group = manifest["apiVersion"]
        prefix = f"/apis/{group}" if "/" in group else f"/api/{group}"
        namespace = manifest["metadata"].get("namespace")
        plural = {"Ingress": "ingresses"}.get(manifest["kind"], f"{manifest['kind'].lower()}s")
        path = f"{prefix}/namespaces/{namespace}/{plural}" if namespace else f"{prefix}/{plural}"
        answer = http.post(path, params={"dryRun": "All"}, json=manifest)
        if answer.status_code in (201, 409):  # 409: the object exists already
            return None
        assert answer.status_code in (400, 422), answer.text[:300]
        return str(answer.json()["message"])[:300]

    yield create
    http.close()


@pytest.mark.parametrize("name", PLACES)
def test_format_agrees_with_the_api_server(name: str, api_server: Callable[[dict[str, Any]], str | None]) -> None:
    place = PLACES[name]
    values = _values(place, name)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(api_server, map(place.manifest, values)))
    ours = [place.rule(value) for value in values]
    pairs = list(zip(values, ours, answers, strict=True))
    accepted = [value for value, our, _ in pairs if our is None]
    assert 20 <= len(accepted) <= len(values) - 5, "the values are nearly all accepted, or nearly all refused"
    assert [(value, theirs) for value, our, theirs in pairs if our is None and theirs is not None] == []
    refused = [(value, our) for value, our, theirs in pairs if our is not None and theirs is None]
    assert [pair for pair in refused if not (place.narrower and place.narrower(pair[0]))] == []


def test_every_quantity_that_the_api_server_accepts_has_a_value(
    api_server: Callable[[dict[str, Any]], str | None],
) -> None:
    place = PLACES["quantity_of_memory"]
    texts = [value for value in _values(place, "any quantity") if isinstance(value, str)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(api_server, map(place.manifest, texts)))
    accepted = [text for text, answer in zip(texts, answers, strict=True) if answer is None and text]
    assert len(accepted) >= 20
    for text in accepted:
        quantities.quantity_value(text)


@pytest.mark.parametrize("size", range(1, 5))
def test_access_modes_agree_with_the_api_server(size: int, api_server: Callable[[dict[str, Any]], str | None]) -> None:
    words = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod", "rwx")
    for modes in itertools.permutations(words, size):
        assert (formats.access_modes(modes) is None) == (api_server(_claim(access_modes=modes)) is None), modes
