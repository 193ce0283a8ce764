"""An npm registry in a pod of the cluster, with fakes of the two packages that the executor installs.

Pods of the test cluster have no DNS: its address is its pod's. Below `/slow/MILLISECONDS` every answer takes that long,
so that a test can kill an install.
"""

from __future__ import annotations

import base64
import json

from npm_archives import integrity, packed
from t3_environment import PAGE, environment

PORT = 4873

SERVER = """
const http = require("http"), packages = JSON.parse(require("fs").readFileSync("/srv/packages.json"));
http.createServer((request, response) => {
  const [, slow, path] = /^(?:\\/slow\\/(\\d+))?\\/(.*)$/.exec(decodeURIComponent(request.url));
  const base = `http://${request.headers.host}` + (slow ? `/slow/${slow}` : "");
  const [name, file] = path.split("/-/"), document = packages[name];
  const answer = (status, body) => { response.writeHead(status); response.end(body); };
  const send = (status, body) => setTimeout(answer, Number(slow || 0), status, body);
  if (!document) return send(404, "{}");
  if (file) return send(200, Buffer.from(document.tarballs[file], "base64"));
  const versions = JSON.parse(JSON.stringify(document.versions));
  for (const version of Object.values(versions)) version.dist.tarball = `${base}/${name}/-/${version.dist.file}`;
  send(200, JSON.stringify({ name, "dist-tags": document.tags, versions }));
}).listen(4873, "0.0.0.0", () => console.log("ready"));
"""

# Like the real T3, it opens a SQLite database, and answers without a login.
T3 = """#!/usr/bin/env node
const { version, mute, hungry, environment, page, silent } = require("./package.json"), fs = require("fs");
const [command, ...options] = process.argv.slice(2), option = (name) => options[options.indexOf(name) + 1];
if (command === "--version") console.log(version);
if (command === "serve" && mute) { console.log("t3: out of luck"); process.exit(1); }
if (command === "serve") {
  const { DatabaseSync } = require("node:sqlite");
  fs.mkdirSync(option("--base-dir"), { recursive: true });
  const database = new DatabaseSync(option("--base-dir") + "/state.sqlite");
  database.exec("create table if not exists events (what text, host text)");
  const note = (what) => database.prepare("insert into events values (?, ?)").run(what, process.env.HOSTNAME);
  note("opened by " + version);
  const hoard = [], allocate = () => setInterval(() => hoard.push(Buffer.alloc(32 << 20, 1)), 5);
  if (hungry) allocate();
  require("http").createServer((request, response) => {
    if (request.url === "/.well-known/t3/environment" && silent) return;
    if (request.url === "/.well-known/t3/environment" && page) return response.end(page);
    if (request.url === "/.well-known/t3/environment") return response.end(JSON.stringify(environment));
    if (request.url === "/allocate") allocate();
    if (request.url === "/write") note("written");
    const count = (what) => database.prepare("select count(*) n from events where what like ?").get(what).n;
    response.end(JSON.stringify({
      version, opened: count("opened%"), written: count("written"),
      hosts: database.prepare("select distinct host from events").all(),
      check: Object.values(database.prepare("pragma integrity_check").get())[0],
    }));
  }).listen(Number(option("--port")), option("--host"), () => console.log("t3 " + version + " listens"));
}
"""
CLAUDE = '#!/usr/bin/env node\nconsole.log(require("../package.json").version);\n'
POSTINSTALL = """
const fs = require("fs");
setTimeout(() => { fs.copyFileSync("claude.js", "bin/claude.exe"); fs.chmodSync("bin/claude.exe", 0o755); }, 400);
"""


def _package(name: str, version: str, files: dict[str, str], **more: object) -> tuple[str, dict[str, object], str]:
    manifest = {"name": name, "version": version, **more}
    data = packed(manifest, files)
    file = f"{name.rpartition('/')[2]}-{version}.tgz"
    return file, {**manifest, "dist": {"integrity": integrity(data), "file": file}}, base64.b64encode(data).decode()


def packages_json() -> str:
    found: dict[str, dict[str, dict[str, object]]] = {}

    def add(name: str, version: str, files: dict[str, str], **more: object) -> None:
        file, document, data = _package(name, version, files, **more)
        package = found.setdefault(name, {"versions": {}, "tarballs": {}, "tags": {}})
        package["versions"][version], package["tarballs"][file] = document, data
        package["tags"].setdefault("latest", version)

    def add_t3(version: str, node: str = ">=18", **more: object) -> None:
        more = {"environment": environment(version)} | more
        add("t3", version, {"t3.js": T3}, bin={"t3": "t3.js"}, engines={"node": node}, **more)

    for version in ("0.0.27", "0.0.28"):
        add_t3(version)
    add_t3("0.0.20", page=PAGE)
    add_t3("0.0.33", silent=True)
    add_t3("0.0.46", environment=environment("0.0.46", orchestrationProtocolVersion=2))
    add_t3("0.0.55", environment=environment("0.0.54"))
    add_t3("0.0.66", mute=True)
    add_t3("0.0.77", hungry=True)
    add_t3("0.0.99", node="^98.1 || >=99.4")
    for version in ("1.0.0", "1.1.0"):
        add(
            "@anthropic-ai/claude-code",
            version,
            {"claude.js": CLAUDE, "install.cjs": POSTINSTALL, "bin/claude.exe": "#!/bin/sh\nexit 1\n"},
            bin={"claude": "bin/claude.exe"},
            scripts={"postinstall": "node install.cjs"},
        )
    return json.dumps(found)


def registry_objects(namespace: str, image: str) -> list[dict[str, object]]:
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "registry", "namespace": namespace},
            "data": {"server.js": SERVER, "packages.json": packages_json()},
        },
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "registry", "namespace": namespace},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [
                    {
                        "name": "registry",
                        "image": image,
                        "command": ["node", "/srv/server.js"],
                        "volumeMounts": [{"name": "srv", "mountPath": "/srv"}],
                        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
                    }
                ],
                "volumes": [{"name": "srv", "configMap": {"name": "registry"}}],
            },
        },
    ]
