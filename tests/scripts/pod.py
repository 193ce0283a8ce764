"""A pod without a cluster: the executor's scripts and the real T3 in namespaces of their own.

The end of process 1 ends all others, as in a pod; and freeze-agents sees no Claude CLI of this machine.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from control_plane import ControlPlane
from products import CLAUDE_CLI_VERSION, T3_VERSION

from t3afk_constructs.executor.pod import default_environment, t3_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Executor

VERSIONS = {"T3_VERSION": T3_VERSION, "CLAUDE_CLI_VERSION": CLAUDE_CLI_VERSION}
# Process 1 mounts the Claude CLI's managed settings, if there are any, and reaps orphans.
INIT = """
if [[ -n $1 ]]; then
    mount -t tmpfs none "$2" && mkdir -p "$2/upper/claude-code" "$2/work" &&
        printf %s "$1" >"$2/upper/claude-code/managed-settings.json" &&
        mount -t overlay -o "lowerdir=/etc,upperdir=$2/upper,workdir=$2/work" none /etc || exit
fi
echo ready
while read -r _; do :; done
"""
# Without it, the Claude CLI refuses to work for root.
AS_ROOT = {"IS_SANDBOX": "1"}


def until(condition: Callable[[], object], what: str, timeout: float = 60) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not after {timeout} s: {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str) -> bytes | None:
    """The answer with status 200. A request that comes too early is never answered: ask again."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bytes(answer.read())
    except OSError:
        return None


def environment(model: str | None) -> dict[str, str]:
    """What the construct sets for T3, and the address of the model's API."""
    given = default_environment(heap=1024, self_updates=False, vendor_telemetry=False, telemetry=None, workload={})
    pod = t3_environment(
        git_user_name="",
        git_user_email="",
        git_hosts={},
        token_files=False,
        continue_turns=False,
        self_updates=False,
    )
    given |= {"T3_SETTINGS": pod["T3_SETTINGS"], "ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": model}
    return {name: value for name, value in {**given, **AS_ROOT}.items() if value is not None}


def child(pid: int) -> int:
    """The only child of a process, as soon as there is one."""
    file = Path(f"/proc/{pid}/task/{pid}/children")
    until(file.read_text, f"process {pid} has a child")
    return int(file.read_text())


def databases(executor: Executor) -> list[Path]:
    """T3's databases: their number and names differ from version to version."""
    return sorted((executor.volume / "t3/userdata").rglob("*.sqlite"))


def descriptors(pid: int) -> set[str]:
    """The files that a process has open."""
    return {os.path.realpath(each) for each in Path(f"/proc/{pid}/fd").iterdir()}


def tool_results(request: dict[str, Any]) -> list[str]:
    """What the tools answered, in a request to the model."""
    blocks = [block for each in request["messages"] if isinstance(each["content"], list) for block in each["content"]]
    return [block["content"] for block in blocks if block["type"] == "tool_result"]


class T3:
    """A start of start-t3 in a pod.

    Attributes:
        process: the process that waits for T3, and ends as T3 does.
        pid: the process that start-t3 begins as.
        url: where T3 answers.
        log: what the container's log would have.
    """

    def __init__(self, pod: Pod, command: list[str], env: dict[str, str], port: int) -> None:
        self.pod, self.url = pod, f"http://127.0.0.1:{port}"
        self.log = Path(tempfile.mkstemp(dir=pod.executor.volume.parent, prefix="log.")[1])
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*pod.enter, *command], env=env, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )
        pod.started.append(self)
        self.pid = child(self.process.pid)

    def wait_until_it_answers(self) -> None:
        def there() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return get(self.url) is not None

        until(there, "T3 answers")

    def api(self) -> ControlPlane:
        """T3's API, for a control plane with a session of its own."""
        home = self.pod.executor.env["T3CODE_HOME"]
        program = str(self.pod.executor.installs / "current/node_modules/.bin/t3")
        done = self.pod.run([program, "auth", "session", "issue", "--base-dir", home, "--ttl", "1h", "--json"])
        assert done.returncode == 0, done.stderr
        return ControlPlane(self.url, json.loads(done.stdout)["token"])

    def thread(self, name: str = "thread") -> ControlPlane:
        """T3's API, and a new thread in a worktree of a new repository."""
        folder = self.pod.executor.volume.parent / name
        author = "-c user.name=test -c user.email=test@example.com"
        commit = f"git {author} commit -q --allow-empty -m first"
        script = f"git init -q repository && cd repository && {commit} && git worktree add -q -b t3/branch ../worktree"
        folder.mkdir()
        subprocess.run(["bash", "-c", script], cwd=folder, check=True)
        api = self.api()
        places = {"repository": str(folder / "repository"), "worktree": str(folder / "worktree")}
        api.create_thread(**places, branch="t3/branch", thread=name)
        return api

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait(20)

    def terminate(self) -> tuple[int, float]:
        """T3's exit status after SIGTERM, and the seconds that it took."""
        start = time.monotonic()
        self.signal(signal.SIGTERM)
        return self.process.wait(60), time.monotonic() - start


class Pod:
    """Namespaces for processes and mounts, in which an executor's scripts run."""

    def __init__(self, executor: Executor, *, managed_settings: str = "") -> None:
        self.executor = executor
        self.started: list[T3] = []
        etc = tempfile.mkdtemp(dir=executor.volume.parent, prefix="etc.")
        user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        namespaces = ("unshare", *user, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        self.init = subprocess.Popen(
            [*namespaces, "bash", "-c", INIT, "init", managed_settings, etc],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.init.stdout is not None
        if self.init.stdout.readline() != "ready\n":
            pytest.skip(f"no namespaces for a pod: {self.init.communicate()[1].strip()}")
        self.enter = ["nsenter", "--target", str(child(self.init.pid)), *user[:1], "--pid", "--mount", "--"]

    def run(self, command: list[str], **env: str | None) -> subprocess.CompletedProcess[str]:
        """Run a command in the pod, as `kubectl exec` does."""
        return self.executor.run(command, prefix=tuple(self.enter), **env)

    def start(self, **env: str | None) -> T3:
        """Begin start-t3."""
        port = free_port()
        serve = ("t3", "serve", "--mode", "web", "--host", "127.0.0.1", "--port", str(port))
        command = self.executor.command("start-t3", *serve, "--base-dir", self.executor.env["T3CODE_HOME"])
        return T3(self, command, self.executor.environment(env), port)

    def serve(self, **env: str | None) -> T3:
        """Begin start-t3, and wait until T3 answers."""
        t3 = self.start(**env)
        t3.wait_until_it_answers()
        return t3

    def freeze_agents(self) -> None:
        """What the kubelet does before it sends SIGTERM."""
        done = self.run(self.executor.command("freeze-agents"))
        assert (done.returncode, done.stderr) == (0, "")

    def kill(self) -> None:
        """End all processes of the pod at once."""
        self.init.kill()
        self.init.communicate()
        for t3 in self.started:
            t3.process.communicate(timeout=20)
