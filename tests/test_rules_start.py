"""The rules about what goes wrong after the API server has accepted a pod: its user, and its database's mount."""

from typing import Any

import pytest
from plain import Manifest, container, found, is_one, only, pod, thing, workload

# --- users


def running(image: str, pod_context: Manifest | None = None, **context: Any) -> Manifest:
    template = pod(container(image=image, securityContext=context), securityContext=pod_context or {})
    return workload(template=template)


NON_ROOT = {"runAsNonRoot": True}


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (running("busybox", NON_ROOT), "has runAsNonRoot and the image 'busybox', whose user is root"),
        (running("docker.io/library/node:24@sha256:00", **NON_ROOT), "whose user is root: it will not start"),
        (running("docker.io/node:24-slim", NON_ROOT), "set runAsUser to the number of a user"),
        (running("haproxy:3", NON_ROOT), "whose user is the name 'haproxy': it will not start; set runAsUser to that"),
        (running("example.com/other", NON_ROOT, runAsUser=0), "has runAsNonRoot and runAsUser 0"),
        (running("example.com/other", NON_ROOT | {"runAsUser": 0}), "has runAsNonRoot and runAsUser 0"),
        (running("busybox", NON_ROOT | {"runAsUser": 0}, runAsUser=1000), None),
        (running("busybox", NON_ROOT | {"runAsUser": 1000}), None),
        (running("busybox", NON_ROOT, runAsNonRoot=False), None),
        (running("busybox", runAsUser=0), None),
        (running("example.com/library/busybox", NON_ROOT), None),
        (running("ghcr.io/node:24", NON_ROOT), None),
        (running("nginxinc/nginx-unprivileged:1", NON_ROOT), None),
    ],
)
def test_a_container_that_must_not_run_as_root_has_another_user(made: Manifest, message: str | None) -> None:
    assert is_one(found("non-root-user", made), message)


def test_windows_has_no_root() -> None:
    made = workload(template=pod(container(image="golang"), securityContext=NON_ROOT, os={"name": "windows"}))
    assert not found("non-root-user", made)


# --- databases


def volume(*options: str, in_tree: bool = False, driver: str = "nfs.csi.k8s.io") -> list[Manifest]:
    source: Manifest = {"nfs": {"server": "nas", "path": "/d"}} if in_tree else {"csi": {"driver": driver}}
    persistent = thing("PersistentVolume", name="shared", spec=source | {"mountOptions": list(options)})
    return [persistent, thing("PersistentVolumeClaim", name="data", spec={"volumeName": "shared"})]


def with_database(path: str = "/data", read_only: bool = False, **fields: Any) -> Manifest:
    mounts = [{"name": "data", "mountPath": path, "readOnly": read_only}, {"name": "tmp", "mountPath": f"{path}/tmp"}]
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "tmp", "emptyDir": {}}]
    return workload(template=pod(container(volumeMounts=mounts, **fields), volumes=volumes))


def env(value: str, name: str = "DATABASE_URL") -> Manifest:
    return {"env": [{"name": name, "value": value}]}


T3 = {"command": ["start-t3", "t3 serve"]}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (env("sqlite:///data/x"), "/data/x (the variable DATABASE_URL)"),
        (env("sqlite:////data/sub/x?mode=rwc"), "/data/sub/x"),
        (env("sqlite+aiosqlite:///data/app.db"), "/data/app.db"),
        (env("/data/forum.sqlite3"), "/data/forum.sqlite3"),
        (env("file:/data/x.db?cache=shared"), "/data/x.db"),
        ({"args": ["--db=/data/x.db"]}, "/data/x.db (`args`)"),
        ({"command": ["sh", "-c", "exec app --file '/data/x.sqlite'"]}, "/data/x.sqlite (`command`)"),
        (env("/data/t3/", "T3CODE_HOME") | T3, "/data/t3/userdata (the variable T3CODE_HOME)"),
        (env("/data/t3/", "T3CODE_HOME"), None),
        (env("/data/tmp/x.db"), None),
        (env("/database/x.db"), None),
        (env("/data/x.db.gz"), None),
        (env("https://example.com/data/x.db"), None),
        (env("/data/x.dbx"), None),
        (env("postgres://db/data/x"), None),
    ],
)
def test_a_sqlite_file_is_not_on_a_soft_mount(fields: Manifest, path: str | None) -> None:
    message = found("database-mounts", with_database(**fields), *volume("nfsvers=4", "soft"))
    assert is_one(message, path and f"has a SQLite file at {path}")
    assert not found("database-mounts", with_database(**fields), *volume("nfsvers=4", "hard"))


def test_the_mount_is_followed_to_an_nfs_volume_of_the_app() -> None:
    made = with_database(**env("/data/x.db"))
    assert "'shared', which is mounted `soft`" in only("database-mounts", made, *volume("ro,soft", in_tree=True))
    assert "`softerr`: a pause" in only("database-mounts", made, *volume("softerr"))
    persistent, claim = volume("soft")
    assert not found("database-mounts", made, persistent, claim | {"spec": {"volumeName": ["shared"]}})
    for others in (volume(), volume("soft", driver="disk.example.com"), volume("soft")[:1], volume("soft")[1:]):
        assert not found("database-mounts", made, *others)
    assert not found("database-mounts", with_database(read_only=True, **env("/data/x.db")), *volume("soft"))
    at_root = with_database("/", **env("/x.db"))
    assert found("database-mounts", at_root, *volume("soft"))
