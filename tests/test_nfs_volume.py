import inspect
from typing import Any

import cdk8s_plus_27 as kplus
import pytest
from manifests import new_chart, objects, one, render

from t3afk_constructs import HOME, InputError, Nfs, NfsVolume, Platform

MINIMAL: dict[str, Any] = {
    "name": "photos-data",
    "namespace": "photos",
    "nfs_server": "192.0.2.7",
    "nfs_path": "/srv/photos",
}
ALL: dict[str, Any] = {
    "name": "photos-archive",
    "namespace": "photos",
    "nfs_server": "nas.example.com",
    "nfs_path": "/srv/photos archive",
    "storage": "1.5Ti",
    "access_modes": ["ReadOnlyMany"],
    "storage_class": "nfs-slow",
    "driver": "nfs.example.com",
    "mount_options": ["nfsvers=4.1", "ro"],
    "platform": Platform(
        domain="example.com", tls_secret_name="tls", secret_store="store", nfs=Nfs(storage_class="unused")
    ),
}


@pytest.mark.parametrize(("name", "inputs"), [("minimal", MINIMAL), ("all-inputs", ALL)])
def test_manifest_matches_the_golden_file(name: str, inputs: dict[str, Any], golden: Any) -> None:
    chart = new_chart()
    NfsVolume(chart, "data", **inputs)
    golden(f"nfs-volume-{name}", render(chart))


def test_every_input_reads_back_with_its_default() -> None:
    assert ALL.keys() == inspect.signature(NfsVolume.__init__).parameters.keys() - {"self", "scope", "id"}
    volume = NfsVolume(new_chart(), "data", **MINIMAL)
    assert {name: getattr(volume, name) for name in ALL} == {
        **MINIMAL,
        "storage": "10Gi",
        "access_modes": ("ReadWriteMany",),
        "storage_class": "nfs-truenas",
        "driver": "nfs.csi.k8s.io",
        "mount_options": ("nfsvers=4", "soft", "timeo=30", "retrans=3", "actimeo=5"),
        "platform": HOME,
    }


def test_server_is_the_platforms_or_has_to_be_passed() -> None:
    inputs = {name: value for name, value in MINIMAL.items() if name != "nfs_server"}
    assert NfsVolume(new_chart(), "data", **inputs).nfs_server == HOME.nfs.server == "192.168.1.127"
    with pytest.raises(InputError, match="nfs_server None has no default on this platform; pass it, or set the pl"):
        NfsVolume(new_chart(), "data", **inputs, platform=ALL["platform"])


@pytest.mark.parametrize(
    ("asked", "mounted"), [("soft", HOME.nfs.mount_options), ("hard", HOME.nfs.hard_mount_options)]
)
def test_soft_and_hard_are_the_platforms_mount_options(asked: Any, mounted: tuple[str, ...]) -> None:
    chart = new_chart()
    NfsVolume(chart, "data", **MINIMAL, mount_options=asked)
    assert asked in mounted
    assert one(objects(chart), "PersistentVolume", "photos-data")["spec"]["mountOptions"] == list(mounted)


def test_second_volume_in_a_chart_keeps_its_own_claim() -> None:
    chart = new_chart()
    NfsVolume(chart, "a", **MINIMAL)
    NfsVolume(chart, "b", **MINIMAL | {"name": "photos-cache"})
    for name in ("photos-data", "photos-cache"):
        assert one(objects(chart), "PersistentVolumeClaim", name)["spec"]["volumeName"] == name


def test_volumes_of_one_name_collide_across_namespaces() -> None:
    chart = new_chart()
    NfsVolume(chart, "a", **MINIMAL)
    NfsVolume(chart, "b", **MINIMAL | {"namespace": "other"})
    with pytest.raises(RuntimeError, match="test/a/Resource and test/b/Resource: PersistentVolume 'photos-data': "):
        objects(chart)


def test_cdk8s_plus_workload_mounts_the_volume() -> None:
    chart = new_chart(namespace=MINIMAL["namespace"])
    volume = NfsVolume(chart, "data", **MINIMAL | {"name": "photos.data"})
    kplus.Deployment(chart, "app", containers=[{"image": "docker.io/nginxinc/nginx-unprivileged:1.29"}]).containers[
        0
    ].mount("/photos", volume.volume)
    deployment = next(found for found in objects(chart) if found["kind"] == "Deployment")
    assert deployment["spec"]["template"]["spec"]["volumes"] == [
        {"name": "photos-data", "persistentVolumeClaim": {"claimName": "photos.data", "readOnly": False}}
    ]


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("name", "Photos", "must be a DNS subdomain"),
        ("namespace", "photos.data", "must be a DNS label"),
        ("nfs_server", "nas_1", "must be a DNS subdomain"),
        ("nfs_path", "srv/photos", "is not absolute; write '/srv/photos'"),
        ("nfs_path", "/srv/../etc", "contains '..'; write the resolved path"),
        ("storage", "10GB", "must be a positive quantity"),
        ("storage", 10, "must be a positive quantity"),
        ("access_modes", "ReadWriteMany", "is not a list"),
        ("access_modes", [], "is too short"),
        ("access_modes", ["ReadWriteMany", "ReadWriteMany"], "twice"),
        ("access_modes", ["RWX"], "use one of 'ReadWriteOnce'"),
        ("mount_options", "firm", "use one of 'soft', 'hard'"),
        ("mount_options", ["ro", 3], "contains 3, which is not text"),
        ("platform", "home", "is not a Platform; pass Platform"),
    ],
)
def test_wrong_input_is_refused(name: str, value: object, complaint: str) -> None:
    chart = new_chart()
    with pytest.raises(InputError, match=complaint) as refused:
        NfsVolume(chart, "data", **MINIMAL | {name: value})
    assert str(refused.value).startswith(f"NfsVolume 'test/data': {name} ")
    assert (refused.value.path, *refused.value.wrong[0][:2]) == ("test/data", name, value)
    assert chart.node.children == []
