"""Git forges: any host name over http and https, `git http-backend` behind basic authentication.

Git reaches them as through a proxy, so that the names, schemes and ports of the addresses are the real ones. A forge
with an address of its own is reached there, over https alone.
"""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = ("github.com", "forgejo.viktorbarzin.me", "github.com.evil.example", "evil.example", "git.lan")


def openssl(*arguments: str, folder: Path) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_certificates(folder: Path, address: str) -> None:
    """Make a certificate authority, and a certificate for all hosts."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority", folder=folder)
    openssl("req", *key, "-keyout", "host.key", "-out", "host.csr", "-subj", "/CN=forge", folder=folder)
    (folder / "names").write_text("subjectAltName=" + ",".join(f"DNS:{host}" for host in HOSTS) + f",IP:{address}")
    authority = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    openssl("x509", "-req", "-in", "host.csr", *authority, "-out", "host.pem", "-extfile", "names", folder=folder)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Forge
    tunnel = ""

    def log_message(self, *_: object) -> None:
        """Keep pytest's output clean."""

    def setup(self) -> None:
        super().setup()
        if self.server.tls_alone:
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
            self.setup_files()
            self.tunnel = f"https://{self.server.address}"

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.tunnel = f"https://{self.path.removesuffix(':443')}"
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.setup_files()
        self.close_connection = False

    def setup_files(self) -> None:
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)  # type: ignore[assignment]

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def do_GET(self) -> None:
        forge = self.server
        address = urlsplit(self.tunnel + self.path)
        site = f"{address.scheme}://{address.netloc}"
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        given = self.headers.get("Authorization")
        forge.seen.append((site, given))
        if address.path.startswith("/moved/"):
            self.answer(
                302, b"", [("Location", f"https://evil.example{address.path.removeprefix('/moved')}?{address.query}")]
            )
            return
        password = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")[2] if given else None
        if password is None or password != forge.tokens.get(site):
            self.answer(401, b"", [("WWW-Authenticate", 'Basic realm="forge"')])
            return
        self.answer(*self.git(address.netloc + address.path, address.query, body))

    do_POST = do_GET  # noqa: N815  (the name that http.server looks for)

    def git(self, path: str, query: str, body: bytes) -> tuple[int, bytes, list[tuple[str, str]]]:
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{path}",
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "agent",
        }
        done = subprocess.run(["git", "http-backend"], env=environment, input=body, capture_output=True, check=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n"))]
        status = int(dict(headers).get("Status", "200").split()[0])
        return status, content, [(name, value) for name, value in headers if name != "Status"]

    def answer(self, status: int, content: bytes, headers: list[tuple[str, str]]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Forge(ThreadingHTTPServer):
    """Each site's token in `tokens`, and each request's site and `Authorization` in `seen`."""

    daemon_threads = True

    def __init__(self, folder: Path, address: str | None = None) -> None:
        super().__init__((address or "127.0.0.1", 0), Handler)
        make_certificates(folder, address or "127.0.0.1")
        self.tls_alone = address is not None
        self.address = f"{address}:{self.server_port}"
        self.root = folder / "repositories"
        self.authority = folder / "ca.pem"
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(folder / "host.pem", folder / "host.key")
        self.tokens: dict[str, str] = {}
        self.seen: list[tuple[str, str | None]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """Ignore clients that close the connection early."""

    def reset(self) -> None:
        self.tokens, self.seen = {}, []

    def repository(self, host: str) -> Path:
        """A new bare repository `owner/app` with one commit, on that host."""
        path = self.root / host / "owner/app.git"
        if path.exists():
            subprocess.run(["rm", "-rf", path], check=True)
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main"]
        subprocess.run([*git, "init", "-q", "--bare", path], check=True)
        subprocess.run([*git, "-C", path, "config", "http.receivepack", "true"], check=True)
        tree = (
            subprocess.run([*git, "-C", path, "mktree"], input=b"", capture_output=True, check=True)
            .stdout.decode()
            .strip()
        )
        commit = subprocess.run([*git, "-C", path, "commit-tree", "-m", "first", tree], capture_output=True, check=True)
        subprocess.run([*git, "-C", path, "update-ref", "refs/heads/main", commit.stdout.decode().strip()], check=True)
        return path

    def environment(self) -> dict[str, str]:
        """The variables that send git's requests to this server."""
        proxy = f"http://127.0.0.1:{self.server_port}"
        return {"https_proxy": proxy, "http_proxy": proxy, "GIT_SSL_CAINFO": str(self.authority)}
