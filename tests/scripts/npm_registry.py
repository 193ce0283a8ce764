"""A real npm registry on loopback (verdaccio), with fakes of the two packages that the executor installs."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from npm_archives import integrity, packed

ROOT = Path(__file__).parents[2]
VERDACCIO = ROOT / "node_modules/verdaccio/bin/verdaccio"
CONFIG = """
storage: ./storage
auth: {htpasswd: {file: ./htpasswd, max_users: 10}}
packages:
  'T3-PRIVATE': {access: $authenticated, publish: $all}
  '**': {access: ACCESS, publish: $all}
log: {type: stdout, format: json, level: error}
web: {enable: false}
"""

T3 = """#!/usr/bin/env node
const { version, broken } = require("./package.json");
const [command, ...options] = process.argv.slice(2);
if (command === "--version") { if (broken) { console.error("t3 is broken"); process.exit(1); } console.log(version); }
if (command === "dependency") console.log(require("t3-dependency/package.json").version);
if (command === "serve") {
  process.on("SIGTERM", () => { console.log("stopped"); process.exit(43); });
  process.stdin.resume().on("end", () => process.exit(Number(process.env.STUB_EXIT || 0)));
  console.log(JSON.stringify({ version, options, path: process.env.PATH, pid: process.pid }));
}
"""
CLAUDE = '#!/usr/bin/env node\nconsole.log("claude " + require("../package.json").version);\n'
POSTINSTALL = """
const fs = require("fs");
fs.rmSync("bin/claude.exe", { force: true });
fs.copyFileSync("claude.js", "bin/claude.exe");
fs.chmodSync("bin/claude.exe", 0o755);
if (process.env.TOUCH_ON_INSTALL) fs.writeFileSync(process.env.TOUCH_ON_INSTALL, "");
"""


class Registry:
    """Verdaccio in a process of its own. By default, everybody may read."""

    def __init__(self, folder: Path, *, access: str = "$all") -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(CONFIG.replace("ACCESS", access))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = (folder / "log").open("wb")
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        command = ["node", VERDACCIO, "--config", folder / "config.yaml", "--listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, env=environment)
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, "verdaccio does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}-/ping", timeout=5):
                return True
        except OSError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.log.close()

    def put(self, path: str, document: object) -> dict[str, object]:
        body, headers = json.dumps(document).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers, method="PUT")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def add_user(self) -> str:
        """The token of a new user, who may read private packages."""
        account = {"name": "executor", "password": "correct horse battery", "type": "user", "roles": []}
        return str(self.put("-/user/org.couchdb.user:executor", account)["token"])

    def publish(self, name: str, version: str, files: dict[str, str], **manifest: object) -> None:
        document = {"name": name, "version": version, **manifest}
        data = packed(document, files)
        file = f"{name}-{version}.tgz"
        dist = {
            "integrity": integrity(data),
            "shasum": hashlib.sha1(data).hexdigest(),
            "tarball": f"{self.url}{name}/-/{file}",
        }
        attachment = {
            "content_type": "application/octet-stream",
            "data": base64.b64encode(data).decode(),
            "length": len(data),
        }
        self.put(
            name.replace("/", "%2f"),
            {
                "_id": name,
                "name": name,
                "dist-tags": {"latest": version},
                "versions": {version: {**document, "_id": f"{name}@{version}", "dist": dist}},
                "_attachments": {file: attachment},
            },
        )

    def publish_t3(self, version: str, *, node: str = ">=18", **manifest: object) -> None:
        self.publish(
            "t3",
            version,
            {"t3.js": T3},
            bin={"t3": "t3.js"},
            engines={"node": node},
            dependencies={"t3-dependency": "^1.0.0"},
            **manifest,
        )

    def publish_claude(self, version: str) -> None:
        self.publish(
            "@anthropic-ai/claude-code",
            version,
            {"claude.js": CLAUDE, "install.cjs": POSTINSTALL, "bin/claude.exe": "#!/bin/sh\nexit 1\n"},
            bin={"claude": "bin/claude.exe"},
            scripts={"postinstall": "node install.cjs"},
        )

    def tag(self, name: str, tag: str, version: str) -> None:
        self.put(f"-/package/{name.replace('/', '%2f')}/dist-tags/{tag}", version)

    def tamper(self, name: str, version: str) -> None:
        """Serve an archive with another hash than the registry's index has."""
        (self.folder / "storage" / name / f"{name}-{version}.tgz").write_bytes(
            packed({"name": name, "version": version}, {"t3.js": "evil"})
        )


def fill(registry: Registry) -> None:
    registry.publish("t3-dependency", "1.0.0", {})
    for version in ("1.0.0", "2.0.0", "6.6.6"):
        registry.publish_t3(version)
    registry.publish_t3("7.0.0-mute", broken=True)
    registry.publish_t3("99.0.0", node="^98.1 || >=99.4")
    registry.publish_claude("1.0.0")
    registry.publish_claude("1.1.0")
    registry.tamper("t3", "6.6.6")
    registry.tag("t3", "latest", "1.0.0")
