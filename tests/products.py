"""The real T3 and the real Claude CLI, in exact versions, and a registry that serves both to the pod's own install.

T3's launcher `t3` is a package of ours in the shape of the real one: what it starts is the real program.
"""

from __future__ import annotations

import fcntl
import io
import json
import platform
import shutil
import subprocess
import tarfile
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from npm_archives import integrity, packed

T3_VERSION = "0.0.42"
CLAUDE_CLI_VERSION = "2.1.331"
T3_PROGRAM = f"@t3code/t3-linux-x64@{T3_VERSION}"
# The packages that npm downloads, with their hashes.
PINNED = {
    T3_PROGRAM: "sha512-iRdhsW7qoQnTW+cChqMmuZwfakz90z5tpi3wA/Jg4AwljXF07o64Rhkf26TyMy0V3BWu5AAHTNFhK3znTMm1uA==",
    f"@anthropic-ai/claude-code@{CLAUDE_CLI_VERSION}": "sha512-E6IE7pon8YAtlzIBB0yhhQgopGvsYuSjnCaoP9ATw64T/f3I4ZfwVcj5jWV9yD7XkrSQZCwO7PgS+qMcP817gA==",  # noqa: E501
    f"@anthropic-ai/claude-code-linux-x64@{CLAUDE_CLI_VERSION}": "sha512-IpvZ9c/NopO/sr8ThWLVAUDXVAFT3auLWrhbR6wq1dgkuJfZYdTtoXf6GajE5KL9R58iTt/86OPXrJAsM4+l8g==",  # noqa: E501
}
CACHE = Path(__file__).parents[1] / "node_modules/.cache/products"

LAUNCHER = """#!/usr/bin/env node
const { spawnSync } = require("node:child_process"), { dirname, join } = require("node:path");
const folder = dirname(require.resolve(`@t3code/t3-${process.platform}-${process.arch}/package.json`));
const { status, signal } = spawnSync(join(folder, "t3"), process.argv.slice(2), { stdio: "inherit" });
process.exit(status ?? 128 + require("node:os").constants.signals[signal]);
"""
LAUNCHER_MANIFEST = {
    "name": "t3",
    "version": T3_VERSION,
    "bin": {"t3": "bin/t3.js"},
    "optionalDependencies": {f"@t3code/t3-{each}": T3_VERSION for each in ("darwin-arm64", "linux-arm64", "linux-x64")},
}


def download(package: str) -> Path:
    """The package's archive, from npm's registry or from the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / f"{package.strip('@').replace('/', '-').replace('@', '-')}.tgz"
    with (CACHE / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            command = ["npm", "pack", package, "--pack-destination", str(CACHE)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        assert integrity(archive.read_bytes()) == PINNED[package], f"{archive} is not {package}: remove it"
    return archive


def skip_elsewhere() -> None:
    """Skip where the pinned programs do not run."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the pinned programs of T3 and the Claude CLI are those for Linux on x86_64")
    if not shutil.which("npm"):
        pytest.skip("not on PATH: npm, which downloads T3 and the Claude CLI")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ProductRegistry

    def log_message(self, *_: object) -> None:
        """Keep pytest's output clean."""

    def do_GET(self) -> None:
        name, _, file = unquote(urlsplit(self.path).path).strip("/").partition("/-/")
        archive = self.server.archives.get(name)
        if archive is None:
            self._answer(404, b"{}")
        elif file:
            self._answer(200, archive)
        else:
            self._answer(200, json.dumps(self.server.document(name)).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class ProductRegistry(ThreadingHTTPServer):
    """An npm registry with one version of each package."""

    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), _Handler)
        self.url = f"http://{address}:{self.server_port}"
        self.archives = {package.rpartition("@")[0]: download(package).read_bytes() for package in PINNED}
        self.archives["t3"] = packed(LAUNCHER_MANIFEST, {"bin/t3.js": LAUNCHER})
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @cache  # noqa: B019 (one server in a run)
    def document(self, name: str) -> dict[str, Any]:
        """The registry's answer about a package."""
        archive = self.archives[name]
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            file = tar.extractfile("package/package.json")
            assert file is not None
            manifest = json.load(file)
        version = manifest["version"]
        dist = {"tarball": f"{self.url}/{name}/-/{version}.tgz", "integrity": integrity(archive)}
        return {"name": name, "dist-tags": {"latest": version}, "versions": {version: manifest | {"dist": dist}}}
