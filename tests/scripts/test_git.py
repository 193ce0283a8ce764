"""Authentication of the agent's git, against real repositories over http and https."""

from __future__ import annotations

import base64
import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import needs
from git_forge import Forge

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Executor

GITHUB, FORGEJO = "https://github.com", "https://forgejo.viktorbarzin.me"
HUB_TOKEN, FORGE_TOKEN = "ghp-token-of-github", "token-of-forgejo"


@pytest.fixture(scope="session")
def forge_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    if not shutil.which("openssl"):
        pytest.skip("not on PATH: openssl, which makes the forges' certificates")
    server = Forge(tmp_path_factory.mktemp("forge"))
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def forge(forge_server: Forge) -> Forge:
    forge_server.reset()
    forge_server.tokens = {GITHUB: HUB_TOKEN, FORGEJO: FORGE_TOKEN}
    return forge_server


class Agent:
    """Git as the agent calls it: in the home that start-t3 has prepared."""

    def __init__(self, executor: Executor, forge: Forge, folder: Path) -> None:
        self.executor, self.folder = executor, folder
        executor.env |= forge.environment() | {"GITHUB_TOKEN": HUB_TOKEN, "FORGEJO_TOKEN": FORGE_TOKEN}
        self.clone = folder / "clone"

    def git(self, *arguments: str, **env: str | None) -> subprocess.CompletedProcess[str]:
        return self.executor.run(["git", *arguments], **env)

    def work(self, url: str, **env: str | None) -> list[subprocess.CompletedProcess[str]]:
        """Clone, commit, push, fetch."""
        at = ("-C", str(self.clone))
        return [
            self.git("clone", url, str(self.clone), **env),
            self.git(*at, "commit", "--allow-empty", "-m", "work", **env),
            self.git(*at, "push", "origin", "HEAD:refs/heads/work", **env),
            self.git(*at, "fetch", "origin", **env),
        ]


@pytest.fixture
def agent(executor: Executor, forge: Forge, tmp_path: Path) -> Agent:
    agent = Agent(executor, forge, tmp_path)
    started = executor.start("true")
    assert started.returncode == 0, started.stderr
    return agent


@pytest.mark.parametrize(
    ("host", "form"),
    [
        ("github.com", "https://{}/owner/app.git"),
        ("github.com", "git@{}:owner/app.git"),
        ("github.com", "ssh://git@{}/owner/app.git"),
        ("forgejo.viktorbarzin.me", "https://{}/owner/app.git"),
        ("forgejo.viktorbarzin.me", "git@{}:owner/app.git"),
    ],
)
def test_clone_push_and_fetch_authenticate(agent: Agent, forge: Forge, host: str, form: str) -> None:
    repository = forge.repository(host)
    for done in agent.work(form.format(host)):
        assert done.returncode == 0, done.stderr
    assert (repository / "refs/heads/work").exists()
    author = agent.git("-C", str(repository), "log", "-1", "--format=%an <%ae>", "work").stdout
    assert author == "issue-implementer (AFK) <afk-agent@viktorbarzin.me>\n"
    assert {site for site, _ in forge.seen} == {f"https://{host}"}


def test_token_is_in_no_output_trace_setting_argument_or_file(agent: Agent, forge: Forge) -> None:
    forge.repository("github.com")
    traces = dict.fromkeys(
        ("GIT_TRACE", "GIT_CURL_VERBOSE", "GIT_TRACE_CURL", "GIT_TRACE_SETUP", "GIT_TRACE_PACKET"), "1"
    )
    done = agent.work("https://github.com/owner/app.git", **traces)
    at = ("-C", str(agent.clone))
    done += [agent.git(*at, *words.split()) for words in ("remote -v", "config -l --show-origin")]
    forge.tokens[GITHUB] = "renewed"
    done.append(agent.git(*at, "push", "origin", "HEAD:refs/heads/more", **traces))
    assert [one.returncode == 0 for one in done] == [True] * 6 + [False]
    output = "".join(one.stdout + one.stderr for one in done)
    assert "Authorization: Basic <redacted>" in output
    assert "Authentication failed for 'https://github.com/owner/app.git/'" in output
    files = [path for path in agent.folder.rglob("*") if path.is_file()]
    assert agent.executor.home / ".gitconfig" in files
    sent = [given for _, given in forge.seen if given]
    assert sent
    for secret in (HUB_TOKEN, FORGE_TOKEN, sent[0].removeprefix("Basic ")):
        assert secret not in output
        assert [path for path in files if secret.encode() in path.read_bytes()] == []


@needs("strace")
def test_token_is_not_in_the_arguments_of_any_process(agent: Agent, forge: Forge) -> None:
    forge.repository("github.com")
    trace = agent.folder / "arguments"
    strace = ("strace", "-f", "-qq", "-e", "trace=execve", "-s", "9999", "-A", "-o", str(trace))
    done = agent.executor.run(["git", "clone", "https://github.com/owner/app.git", str(agent.clone)], prefix=strace)
    started = agent.executor.run(agent.executor.command("start-t3", "true"), prefix=strace)
    assert (done.returncode, started.returncode) == (0, 0), done.stderr + started.stderr
    for process in ("git-remote-http", "token github.com GITHUB_TOKEN get", "printenv", "start-t3"):
        assert process in trace.read_text()
    assert HUB_TOKEN not in trace.read_text()


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com.evil.example/owner/app.git",
        "https://evil.example/github.com/owner/app.git",
        "https://github.com@evil.example/owner/app.git",
        "https://github.com:8443/owner/app.git",
        "https://github.com/moved/owner/app.git",
        "http://github.com/owner/app.git",
        "http://evil.example/owner/app.git",
    ],
)
def test_token_is_not_sent_to_another_host_scheme_or_port(agent: Agent, forge: Forge, url: str) -> None:
    done = agent.git("clone", url, str(agent.clone))
    assert done.returncode == 128
    assert "terminal prompts disabled" in done.stderr
    assert forge.seen
    sent = [base64.b64decode(given.removeprefix("Basic ")).decode() for _, given in forge.seen if given]
    assert sent in ([], ["github.com:"]), "at most the user name of the address itself"


def test_ssh_address_of_a_similar_host_is_not_rewritten(agent: Agent) -> None:
    url = "git@github.com.evil.example:owner/app.git"
    assert agent.git("ls-remote", "--get-url", url).stdout == f"{url}\n"
    assert agent.git("ls-remote", "--get-url", "git@github.com:owner/app.git").stdout == f"{GITHUB}/owner/app.git\n"


@pytest.mark.parametrize(("form", "variable"), [(GITHUB, "GITHUB_TOKEN"), (FORGEJO, "FORGEJO_TOKEN")])
@pytest.mark.parametrize("value", [None, ""])
def test_git_without_a_token_fails_at_once_without_a_prompt(
    agent: Agent, forge: Forge, form: str, variable: str, value: str | None
) -> None:
    env: dict[str, str | None] = {variable: value}
    done = agent.git("clone", f"{form}/owner/app.git", str(agent.clone), **env)
    assert done.returncode == 128
    assert f"no token for {form.removeprefix('https://')}: set {variable} in the Secret" in done.stderr
    assert "terminal prompts disabled" in done.stderr
    assert len(forge.seen) == 1


def test_rotated_token_in_a_mounted_file_needs_no_restart(agent: Agent, forge: Forge, tmp_path: Path) -> None:
    forge.repository("github.com")
    secret = tmp_path / "mounted secret"
    secret.mkdir()
    (secret / "GITHUB_TOKEN").write_text("first\n")
    for token in ("first", "second"):
        (secret / "GITHUB_TOKEN").write_text(f"{token}\n")
        forge.tokens[GITHUB] = token
        done = agent.git("ls-remote", f"{GITHUB}/owner/app.git", GIT_TOKEN_DIR=str(secret))
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", ["first\nhost=evil.example\n", "\n\nfirst\n", "first"])
def test_token_is_the_first_line_with_text(agent: Agent, forge: Forge, tmp_path: Path, text: str) -> None:
    forge.repository("github.com")
    forge.tokens[GITHUB] = "first"
    (tmp_path / "GITHUB_TOKEN").write_text(text)
    done = agent.git("ls-remote", f"{GITHUB}/owner/app.git", GIT_TOKEN_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    ask = r"printf 'protocol=https\nhost=github.com\n' | git credential fill"
    for env in ({"GIT_TOKEN_DIR": str(tmp_path)}, {"GITHUB_TOKEN": text}):
        told = agent.executor.run(["sh", "-c", ask], **env)  # type: ignore[arg-type]
        assert told.stdout == "protocol=https\nhost=github.com\nusername=x-access-token\npassword=first\n"


@pytest.mark.parametrize("variable", ["SELFHOSTED_TOKEN", "HOST", "VARIABLE", "token", "get", "_x"])
def test_variable_of_a_token_may_have_any_name(agent: Agent, forge: Forge, variable: str) -> None:
    forge.repository("git.lan")
    forge.tokens["https://git.lan"] = "lan"
    agent.executor.env |= {"GIT_HOSTS": f"git.lan={variable}", variable: "lan"}
    assert agent.executor.start("true").returncode == 0
    done = agent.git("ls-remote", "https://git.lan/owner/app.git")
    assert done.returncode == 0, done.stderr


def test_host_without_a_token_file_uses_the_environment(agent: Agent, forge: Forge, tmp_path: Path) -> None:
    forge.repository("github.com")
    done = agent.git("ls-remote", f"{GITHUB}/owner/app.git", GIT_TOKEN_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_credential_helper_of_the_system_does_not_get_the_token(agent: Agent, forge: Forge, tmp_path: Path) -> None:
    forge.repository("github.com")
    (tmp_path / "system").write_text(f"[credential]\n\thelper = store --file='{tmp_path}/stored'\n")
    env = {"GIT_CONFIG_NOSYSTEM": None, "GIT_CONFIG_SYSTEM": str(tmp_path / "system")}
    done = agent.git("ls-remote", f"{GITHUB}/owner/app.git", **env)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "stored").exists()


def test_other_hosts_and_ports_may_be_set(agent: Agent, forge: Forge) -> None:
    forge.repository("git.lan:3000")
    forge.tokens["https://git.lan:3000"] = "lan"
    agent.executor.env |= {"GIT_HOSTS": "git.lan:3000=LAN_TOKEN", "LAN_TOKEN": "lan"}
    assert agent.executor.start("true").returncode == 0
    done = agent.git("ls-remote", "git@git.lan:owner/app.git")
    assert done.returncode == 0, done.stderr


def test_ssh_address_leads_to_the_first_port_of_a_host(agent: Agent, forge: Forge) -> None:
    forge.repository("git.lan:4000")
    forge.tokens["https://git.lan:4000"] = "four"
    agent.executor.env |= {"GIT_HOSTS": "git.lan:3000=THREE git.lan:4000=FOUR", "THREE": "three", "FOUR": "four"}
    for _ in range(2):
        assert agent.executor.start("true").returncode == 0
        for url in ("git@git.lan:owner/app.git", "ssh://git@git.lan/owner/app.git"):
            asked = agent.git("ls-remote", "--get-url", url).stdout
            assert asked == "https://git.lan:3000/owner/app.git\n"
    done = agent.git("ls-remote", "https://git.lan:4000/owner/app.git")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("host", ["git.lan", "git.lan:3000", "git.lan:1", "git.lan:65535"])
def test_script_accepts_a_host_with_or_without_a_port(agent: Agent, host: str) -> None:
    assert agent.executor.start("true", GIT_HOSTS=f"{host}=LAN_TOKEN").returncode == 0


@pytest.mark.parametrize("pattern", ["*", "?=TOKEN"])
def test_hosts_are_not_file_patterns(agent: Agent, monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    (agent.folder / "a=TOKEN").touch()
    monkeypatch.chdir(agent.folder)
    done = agent.executor.start("true", GIT_HOSTS=pattern)
    assert f"GIT_HOSTS: '{pattern}' is not host[:port]=VARIABLE" in done.stderr


def test_second_start_in_the_same_home_changes_nothing(agent: Agent) -> None:
    config = agent.executor.home / ".gitconfig"
    before = agent.git("config", "--global", "--list").stdout
    config.with_name(".gitconfig.lock").write_text("left by a kill")
    assert agent.executor.start("true").returncode == 0
    assert agent.git("config", "--global", "--list").stdout == before
    assert before.count("insteadof") == 4


@pytest.mark.parametrize("pair", ["github.com", "github.com=A;B", "=TOKEN", 'github.com="$(id)"', "GitHub.com=TOKEN"])
def test_pair_that_is_not_host_and_variable_is_refused(agent: Agent, pair: str) -> None:
    done = agent.executor.start("true", GIT_HOSTS=pair)
    assert done.returncode == 1
    assert f"start-t3: GIT_HOSTS: '{pair}' is not host[:port]=VARIABLE; T3 is not started" in done.stderr
