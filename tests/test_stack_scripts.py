"""The scripts in pods of the example stacks, run here."""

import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from cdk8s import App
from manifests import objects, one
from stacks import STACKS

SQLITE = """
import sqlite3, sys
path, command = sys.argv[1:]
database = sqlite3.connect(path)
if command.startswith(".backup "):
    database.backup(sqlite3.connect(command.split()[1]))
else:
    print(database.execute(command).fetchone()[0])
"""


class Vaultwarden:
    """The folders of Vaultwarden's jobs, and the programs that their scripts call."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.backup = folder, folder / "data", folder / "backup"
        self.database, self.metrics = self.data / "db.sqlite3", folder / "metrics"
        self.programs = folder / "programs"
        for each in (self.data, self.backup, self.programs):
            each.mkdir()
        for name, text in {"sqlite3": f"{sys.executable}\n{SQLITE}", "apk": "/bin/sh\n", "wget": "/bin/sh\n"}.items():
            (self.programs / name).write_text(f"#!{text}")
            (self.programs / name).chmod(0o755)
        with closing(sqlite3.connect(self.database)) as database:
            database.execute("CREATE TABLE cipher (secret)")
            database.executemany("INSERT INTO cipher VALUES (?)", [("kept" * 200,)] * 50)
            database.commit()

    def damage(self) -> None:
        whole = self.database.read_bytes()
        self.database.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    def run(self, name: str) -> int:
        """Run the script of a CronJob, and return its status."""
        app = App()
        STACKS["vaultwarden"](app)
        job = one(objects(app.charts[0]), "CronJob", f"vaultwarden-{name}")["spec"]["jobTemplate"]["spec"]
        shell, options, script = job["template"]["spec"]["containers"][0]["command"]
        script = re.sub(r"(?<![\w-])/(data|backup)\b", rf"{self.folder}/\1", script)
        script = script.replace("/tmp/metrics", str(self.metrics))
        environment = {"PATH": f"{self.programs}:{os.environ['PATH']}"}
        return subprocess.run([shell, options, script], env=environment, capture_output=True, check=False).returncode


@pytest.fixture
def vaultwarden(tmp_path: Path) -> Vaultwarden:
    return Vaultwarden(tmp_path)


def test_vaultwarden_copies_its_database_and_attachments_and_drops_old_copies(vaultwarden: Vaultwarden) -> None:
    (vaultwarden.data / "attachments").mkdir()
    old = vaultwarden.backup / "2020"
    old.mkdir()
    os.utime(old, (0, 0))
    assert vaultwarden.run("backup") == 0
    (copy,) = vaultwarden.backup.iterdir()
    with closing(sqlite3.connect(copy / "db.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM cipher").fetchone() == (50,)
    assert (copy / "attachments").is_dir()
    assert re.fullmatch(r"backup_last_success_timestamp \d+\n", vaultwarden.metrics.read_text())


def test_vaultwarden_keeps_no_copy_of_a_damaged_database(vaultwarden: Vaultwarden) -> None:
    vaultwarden.damage()
    assert vaultwarden.run("backup") != 0
    assert not [*vaultwarden.backup.iterdir()]
    assert not vaultwarden.metrics.exists()


@pytest.mark.parametrize("whole", [True, False])
def test_vaultwarden_reports_whether_its_database_is_whole(vaultwarden: Vaultwarden, whole: bool) -> None:
    if not whole:
        vaultwarden.damage()
    assert (vaultwarden.run("integrity-check") == 0) is whole
    assert vaultwarden.metrics.read_text() == f"vaultwarden_sqlite_integrity_ok {whole:d}\n"


def test_servarr_reports_the_bytes_of_each_tracker(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App()
    STACKS["servarr"](app)
    program = one(objects(app.charts[0]), "ConfigMap", "qbittorrent-ratio-monitor-files")["data"]["monitor.py"]
    torrents = [
        {"tracker": "https://a.example:443/x", "uploaded": 3, "downloaded": 1},
        {"tracker": "https://a.example/y", "uploaded": 4, "downloaded": 2},
        {"tracker": "", "uploaded": 0, "downloaded": 5},
    ]
    sent: list[bytes] = []

    def answer(_url: str, data: bytes | None = None, timeout: float = 0) -> io.BytesIO:
        assert timeout
        sent.extend([data] if data else [])
        return io.BytesIO(json.dumps(torrents).encode())

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    exec(compile(program, "monitor.py", "exec"), {})
    assert sent[0].decode().splitlines() == [
        'qbt_tracker_uploaded_bytes{tracker="a.example"} 7',
        'qbt_tracker_downloaded_bytes{tracker="a.example"} 3',
        'qbt_tracker_uploaded_bytes{tracker="unknown"} 0',
        'qbt_tracker_downloaded_bytes{tracker="unknown"} 5',
    ]
