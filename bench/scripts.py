"""The start of a pod with unchanged versions: the three scripts on a prepared volume, with `true` instead of T3."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bench.measure import environment, run
from t3afk_constructs.executor import pod

if TYPE_CHECKING:
    from pathlib import Path

FAKE_NPM = """#!/bin/sh
test "$1" = rebuild && exit
for folder; do test "$previous" = --prefix && prefix=$folder; previous=$folder; done
bin=$prefix/node_modules/.bin
mkdir -p "$bin" "$prefix/node_modules/t3"
echo '{"version": "0.0.27", "engines": {"node": ">=22.16"}}' >"$prefix/node_modules/t3/package.json"
for program in t3 claude; do printf '#!/bin/sh\\necho 1\\n' >"$bin/$program"; chmod +x "$bin/$program"; done
"""


def prepared(folder: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Prepare a volume that has the requested versions.

    Returns:
        The command of each container, and the environment of all commands.

    Raises:
        RuntimeError: if a script fails.
    """
    data, home, programs = folder / "data", folder / "home", folder / "bin"
    for path in (data, home, programs):
        path.mkdir()
    data.chmod(0o2775)
    (folder / "CLAUDE.md").write_text("# Agent\n", encoding="utf-8")
    env = environment(
        HOME=str(home),
        T3_INSTALL=str(data / "install"),
        T3_VERSION="0.0.27",
        CLAUDE_CLI_VERSION="2.0.1",
        npm_config_cache=str(data / "cache"),
        T3CODE_HOME=str(data / "t3"),
        CLAUDE_CONFIG_DIR=str(data / "claude"),
        AGENT_INSTRUCTIONS=str(folder / "CLAUDE.md"),
        GIT_USER_NAME="agent",
        GIT_USER_EMAIL="agent@example.com",
        GIT_HOSTS="github.com=GITHUB_TOKEN forgejo.example.com=FORGEJO_TOKEN",
    )
    owner = [str(os.getuid()), str(os.getgid())]
    commands = {
        "fix-perms": ["sh", "-c", pod.script("fix-perms.sh"), "fix-perms", str(data), *owner],
        "install-t3": ["bash", "-c", pod.script("install-t3.sh"), "install-t3"],
        "start-t3": ["bash", "-c", pod.script("start-t3.sh"), "start-t3", "true"],
    }
    npm = programs / "npm"
    npm.write_text(FAKE_NPM, encoding="utf-8")
    npm.chmod(0o755)
    installing = env | {"PATH": f"{programs}:{env['PATH']}"}
    run(commands["fix-perms"], env)
    run(commands["install-t3"], installing)
    return commands, env
