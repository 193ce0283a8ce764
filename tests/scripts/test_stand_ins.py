"""The stand-ins for T3, in the tests of the scripts and of the cluster, behave as the real T3 does."""

from __future__ import annotations

import base64
import io
import json
import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
import t3_environment
from conftest import Executor
from pod import Pod, descriptors, get, until
from products import T3_VERSION
from stub_registry import packages_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.product
STUB_VERSION = "0.0.27"


def install_cluster_stub(executor: Executor) -> None:
    executor.env["HOSTNAME"] = "executor"
    package = json.loads(packages_json())["t3"]
    modules = executor.installs / "install.stub/node_modules"
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(package["tarballs"][f"t3-{STUB_VERSION}.tgz"]))) as tar:
        tar.extractall(modules)
    (modules / "package").rename(modules / "t3")
    (modules / ".bin").mkdir()
    (modules / ".bin/t3").symlink_to("../t3/t3.js")
    for name in ("wanted", "in-use"):
        (modules.parent / name).touch()
    (executor.installs / "current").symlink_to("install.stub")


@pytest.fixture
def cluster_stub(tmp_path: Path) -> Executor:
    executor = Executor(tmp_path, "http://127.0.0.1:9/")
    install_cluster_stub(executor)
    return executor


@pytest.mark.parametrize(
    ("fixture", "version"), [("real", T3_VERSION), ("cluster_stub", STUB_VERSION), ("executor", "1.0.0")]
)
def test_t3_and_stand_ins_tell_their_version_hold_both_locks_and_end_at_sigterm(
    request: pytest.FixtureRequest, pods: Callable[..., Pod], fixture: str, version: str
) -> None:
    executor: Executor = request.getfixturevalue(fixture)
    asked = executor.run([str(executor.installs / "current/node_modules/.bin/t3"), "--version"])
    assert asked.stdout.rstrip().endswith(version)

    pod = pods(executor)
    t3 = pod.start()
    until(lambda: get(t3.url) or version in t3.log.read_text(), "T3 serves")
    locks = {str(executor.volume / "t3/writer.lock"), os.path.realpath(executor.installs / "current/in-use")}
    assert locks <= descriptors(t3.pid)
    assert pod.start().process.wait(30) == 75
    assert t3.terminate()[1] < 10


def shape(value: Any) -> Any:
    return {name: shape(each) for name, each in value.items()} if isinstance(value, dict) else type(value)


def test_stand_in_of_the_cluster_answers_as_t3_does(real: Executor, pods: Callable[..., Pod], tmp_path: Path) -> None:
    (tmp_path / "stub").mkdir()
    stub = Executor(tmp_path / "stub", "http://127.0.0.1:9/")
    install_cluster_stub(stub)
    addresses = [pods(executor).serve().url for executor in (real, stub)]
    expected, told = (shape(json.loads(get(f"{url}/.well-known/t3/environment") or b"")) for url in addresses)
    assert told.pop("capabilities").items() <= expected.pop("capabilities").items()
    assert told == expected
    assert (get(f"{addresses[0]}/no/such/path") or b"").lower().startswith(t3_environment.PAGE[:15].encode())
