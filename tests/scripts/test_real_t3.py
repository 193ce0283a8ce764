"""start-t3 becomes the real T3, which has the signals, the exit status, both locks and the log."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pod import T3, Pod, databases, descriptors, free_port, tool_results, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Executor
    from model_api import ModelApi
    from npm_registry import Registry

pytestmark = pytest.mark.product


def test_start_becomes_the_program_behind_the_launcher(pod: Pod) -> None:
    t3 = pod.serve()
    program, *arguments = Path(f"/proc/{t3.pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    assert Path(program).parts[-3:] == ("@t3code", "t3-linux-x64", "t3")
    assert arguments[:3] == ["serve", "--mode", "web"]
    assert Path(f"/proc/{t3.pid}/exe").samefile(program)


def test_sigterm_ends_t3_in_seconds_with_its_own_status(pod: Pod) -> None:
    status, seconds = pod.serve().terminate()
    assert status == 130
    assert seconds < 10


def test_t3_that_cannot_start_says_why_and_ends_with_its_status(pod: Pod) -> None:
    pod.serve().terminate()
    (database,) = databases(pod.executor)
    database.write_bytes(b"no database" * 1000)
    t3 = pod.start()
    assert t3.process.wait(30) == 1
    assert "file is not a database" in t3.log.read_text()


def test_second_start_ends_with_75_while_the_first_answers(pod: Pod) -> None:
    first, second = pod.serve(), pod.start()
    assert second.process.wait(30) == 75
    assert "only one T3 may write there" in second.log.read_text()
    first.wait_until_it_answers()


def test_install_of_another_version_keeps_the_folder_of_the_running_t3(
    real: Executor, pods: Callable[..., Pod], registry: Registry
) -> None:
    installs = real.volume / "t3-install"
    shutil.copytree(real.installs, installs, symlinks=True)
    real.installs, real.env["T3_INSTALL"] = installs, str(installs)
    other = {"NPM_REGISTRY": registry.url, "T3_VERSION": "1.0.0", "CLAUDE_CLI_VERSION": "1.0.0"}
    (folder,) = real.folders()
    t3 = pods(real).serve()
    assert real.install(**other).returncode == 0
    assert folder in real.folders()
    assert len(real.folders()) == 2
    t3.terminate()
    assert real.install(**other).returncode == 0
    assert len(real.folders()) == 1


def test_tools_do_not_get_the_locks_and_orphans_do_not_keep_them(pod: Pod, model: ModelApi) -> None:
    t3 = pod.serve()
    locks = {str(pod.executor.volume / "t3/writer.lock"), os.path.realpath(pod.executor.installs / "current/in-use")}
    assert locks <= descriptors(t3.pid)

    model.plans["Look"] = ["readlink /proc/self/fd/* /proc/$PPID/fd/*", "setsid sleep 300 >/dev/null 2>&1 & echo $!"]
    t3.thread().run_turn("Look.")
    files, orphan = tool_results(model.requests[-1])
    assert "/dev/null" in files
    assert [lock for lock in locks if lock in files] == []
    t3.kill()
    assert pod.run(["kill", "-0", orphan.strip()]).returncode == 0
    pod.serve()


QR_CODE = re.compile(r"[ ▀▄█]+")
# What differs from start to start.
VARYING = re.compile(
    r"^\[[\d:.]+\]|\(#\d+\)|127\.0\.0\.1:\d+|\(node:\d+\)|(?<=^Token: ).*|(?<=#token=).*", re.MULTILINE
)


def lines(log: str) -> Counter[str]:
    return Counter(VARYING.sub("…", log).splitlines())


def test_log_lacks_the_pairing_token_and_nothing_else(pods: Callable[..., Pod], real: Executor) -> None:
    pod = pods(real)
    filtered = pod.serve()
    shown = "T3 Code server is ready."
    until(lambda: "Pairing URL:" in filtered.log.read_text(), shown)
    filtered.terminate()

    shutil.rmtree(real.volume)
    port, programs = free_port(), real.installs / "current/node_modules/.bin"
    serve = [str(programs / "t3"), "serve", "--mode", "web", "--host", "127.0.0.1", "--port", str(port)]
    path = f"{programs}:{os.environ['PATH']}"
    bare = T3(pod, [*serve, "--base-dir", real.env["T3CODE_HOME"]], real.environment({"PATH": path}), port)
    bare.wait_until_it_answers()
    until(lambda: "Pairing URL:" in bare.log.read_text(), shown)
    pod.kill()

    told, log = bare.log.read_text(), filtered.log.read_text()
    assert re.search(r"^Token: (?!\*\*\*)\S+$", told, re.MULTILINE)
    code = [line for line in told.splitlines() if QR_CODE.fullmatch(line)]
    assert len(code) > 10
    assert lines(told) - lines(log) == lines("\n".join(code))
    assert re.findall(r"(?:Token: |#token=)(.*)", log) == ["***"] * 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_filter_of_the_log_ends_with_t3(pod: Pod, number: int) -> None:
    t3 = pod.serve()
    filters = [int(each) for each in Path(f"/proc/{t3.pid}/task/{t3.pid}/children").read_text().split()]
    filters = [each for each in filters if b"start-t3" in Path(f"/proc/{each}/cmdline").read_bytes()]
    assert len(filters) == 1
    t3.signal(number)
    t3.process.wait(20)
    until(lambda: not Path(f"/proc/{filters[0]}").exists(), "the filter ends", timeout=5)
