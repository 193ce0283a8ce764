import inspect
from typing import Any

import cdk8s_plus_27 as kplus
import pytest
from cdk8s import ApiObject
from manifests import new_chart, objects, one, synth

from t3afk_constructs import HOME, CollisionError, InputError, Nfs, NfsVolume, Platform

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


def test_minimal_inputs_match_the_golden_file(golden: Any) -> None:
    chart = new_chart()
    NfsVolume(chart, "data", **MINIMAL)
    golden("nfs-volume-minimal", synth(chart))


def test_all_inputs_match_the_golden_file(golden: Any) -> None:
    assert ALL.keys() == inspect.signature(NfsVolume.__init__).parameters.keys() - {"self", "scope", "id"}
    chart = new_chart()
    NfsVolume(chart, "data", **ALL)
    golden("nfs-volume-all-inputs", synth(chart))


def test_every_input_reads_back_with_its_default_resolved() -> None:
    volume = NfsVolume(new_chart(), "data", **MINIMAL)
    read = {name: getattr(volume, name) for name in ALL}
    assert read == {
        **MINIMAL,
        "storage": "10Gi",
        "access_modes": ("ReadWriteMany",),
        "storage_class": "nfs-truenas",
        "driver": "nfs.csi.k8s.io",
        "mount_options": ("nfsvers=4", "soft", "timeo=30", "retrans=3", "actimeo=5"),
        "platform": HOME,
    }


def test_hard_is_the_platforms_mount_for_databases() -> None:
    chart = new_chart()
    NfsVolume(chart, "data", **MINIMAL, mount_options="hard")
    spec = one(objects(chart), "PersistentVolume", "photos-data")["spec"]
    assert spec["mountOptions"] == list(HOME.nfs.hard_mount_options)
    assert "soft" not in spec["mountOptions"]


def test_a_second_volume_in_the_same_chart_keeps_its_own_claim() -> None:
    chart = new_chart()
    NfsVolume(chart, "a", **MINIMAL)
    NfsVolume(chart, "b", **MINIMAL | {"name": "photos-cache"})
    for name in ("photos-data", "photos-cache"):
        assert one(objects(chart), "PersistentVolumeClaim", name)["spec"]["volumeName"] == name


def test_a_volume_carries_no_namespace_though_its_chart_has_one() -> None:
    chart = new_chart(namespace="elsewhere")
    NfsVolume(chart, "data", **MINIMAL)
    assert "namespace" not in one(objects(chart), "PersistentVolume", "photos-data")["metadata"]
    assert one(objects(chart), "PersistentVolumeClaim", "photos-data")["metadata"]["namespace"] == "photos"


def test_a_cdk8s_plus_workload_mounts_the_volume() -> None:
    chart = new_chart()
    volume = NfsVolume(chart, "data", **MINIMAL | {"name": "photos.data"})
    kplus.Deployment(chart, "app", containers=[{"image": "docker.io/library/nginx:1.29"}]).containers[0].mount(
        "/photos", volume.volume
    )
    deployment = next(found for found in objects(chart) if found["kind"] == "Deployment")
    assert deployment["spec"]["template"]["spec"]["volumes"] == [
        {"name": "photos-data", "persistentVolumeClaim": {"claimName": "photos.data", "readOnly": False}}
    ]


def test_the_default_child_is_the_volume() -> None:
    volume = NfsVolume(new_chart(), "data", **MINIMAL)
    assert ApiObject.of(volume).kind == "PersistentVolume"


def test_two_volumes_of_one_name_are_refused_with_both_paths() -> None:
    chart = new_chart()
    NfsVolume(chart, "a", **MINIMAL)
    with pytest.raises(CollisionError, match=r"'photos-data' in the cluster is made twice: by 'test/a/.*'test/b/"):
        NfsVolume(chart, "b", **MINIMAL | {"namespace": "other"})


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("name", "Photos", "must be a DNS subdomain"),
        ("namespace", "photos.data", "must be a DNS label"),
        ("nfs_server", "nas_1", "must be a DNS subdomain"),
        ("nfs_path", "srv/photos", "is not absolute; write '/srv/photos'"),
        ("nfs_path", "/srv/../etc", "has a step back"),
        ("storage", "10GB", "must be a positive quantity"),
        ("storage", "0", "must be a positive quantity"),
        ("storage", 10, "must be a positive quantity"),
        ("access_modes", "ReadWriteMany", "is not a list"),
        ("access_modes", [], "is too short"),
        ("access_modes", ["ReadWriteMany", "ReadWriteMany"], "twice"),
        ("access_modes", ["RWX"], "write one of 'ReadWriteOnce'"),
        ("mount_options", "firm", "write one of 'soft', 'hard'"),
        ("platform", None, "is no Platform"),
    ],
)
def test_a_wrong_input_is_refused_with_path_input_and_rule(name: str, value: object, complaint: str) -> None:
    chart = new_chart()
    with pytest.raises(InputError, match=complaint) as refused:
        NfsVolume(chart, "data", **MINIMAL | {name: value})
    assert str(refused.value).startswith(f"NfsVolume 'test/data': {name} ")
    assert (refused.value.path, refused.value.input, refused.value.value) == ("test/data", name, value)
    assert chart.node.children == []
