"""One proof for each numbered difference from the Terraform stack in the README's table."""

import re
from pathlib import Path
from typing import Any

import pytest
from cdk8s import App
from manifests import new_chart, objects, one

from t3afk_constructs import ExternalSecret, T3AfkChart

TESTS = Path(__file__).parent
README = (TESTS.parent / "README.md").read_text()

# Those that show only when the pod's scripts run; the others are below.
PROVEN_BY_RUNNING = {
    1: ("scripts/test_git.py", "test_clone_push_and_fetch_authenticate"),
    2: ("scripts/test_git.py", "test_token_is_in_no_output_trace_setting_argument_or_file"),
    4: ("scripts/test_install.py", "test_changed_version_of_either_replaces_the_old_install"),
    5: ("scripts/test_install_faults.py", "test_kill_before_every_command_loses_nothing"),
    6: ("scripts/test_start.py", "test_node_that_does_not_do_is_told_in_one_line_with_both_versions"),
    14: ("scripts/test_start.py", "test_second_start_says_who_writes_and_since_when"),
    16: ("scripts/test_lock_file.py", "test_archive_that_is_not_what_the_lock_file_says_is_refused"),
}


@pytest.fixture(scope="module")
def found() -> list[dict[str, Any]]:
    return objects(T3AfkChart(App()))


@pytest.fixture(scope="module")
def pod(found: list[dict[str, Any]]) -> dict[str, Any]:
    spec: dict[str, Any] = one(found, "Deployment", "t3-afk")["spec"]["template"]["spec"]
    return spec


def test_each_row_of_the_table_has_a_proof() -> None:
    rows = [int(number) for number in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)]
    here = [
        int(number) for number in re.findall(r"^def test_difference_(\d+)", Path(__file__).read_text(), re.MULTILINE)
    ]
    assert rows == list(range(1, 17)) == sorted([*here, *PROVEN_BY_RUNNING])


@pytest.mark.parametrize(("file", "name"), PROVEN_BY_RUNNING.values(), ids=map(str, PROVEN_BY_RUNNING))
def test_the_proof_by_running_is_there(file: str, name: str) -> None:
    assert f"def {name}(" in (TESTS / file).read_text()


def test_difference_03_nothing_is_mounted_into_the_agents_home(pod: dict[str, Any]) -> None:
    mounts = [mount for container in pod["containers"] for mount in container["volumeMounts"]]
    assert mounts
    assert not [mount for mount in mounts if mount["mountPath"].startswith("/home") or "subPath" in mount]


def test_difference_07_the_kubelet_walks_only_when_the_top_is_wrong(pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
    assert pod["initContainers"][0]["command"][-3:] == ["/data", "1000", "1000"]


def test_difference_08_no_container_holds_a_credential_of_the_cluster_or_more_rights_than_it_needs(
    pod: dict[str, Any],
) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["initContainers"] + pod["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"]["drop"] == ["ALL"]
        assert ("add" in context["capabilities"]) == (container["name"] == "fix-perms")


def test_difference_09_v1_is_the_default_and_v1beta1_one_argument(found: list[dict[str, Any]]) -> None:
    assert one(found, "ExternalSecret", "t3-afk-secrets")["apiVersion"] == "external-secrets.io/v1"
    chart = new_chart()
    ExternalSecret(chart, "s", name="s", namespace="a", data=[("A", "b", None)], api_version="v1beta1")
    assert one(objects(chart), "ExternalSecret", "s")["apiVersion"] == "external-secrets.io/v1beta1"


def test_difference_10_every_image_names_its_registry(pod: dict[str, Any]) -> None:
    images = [container["image"] for container in pod["initContainers"] + pod["containers"]]
    assert images == ["docker.io/library/busybox:1.37", "docker.io/library/node:24", "docker.io/library/node:24"]


def test_difference_11_the_version_of_the_claude_cli_is_one_argument(pod: dict[str, Any]) -> None:
    def version(spec: dict[str, Any]) -> str:
        (install,) = [c for c in spec["initContainers"] if c["name"] == "install-t3"]
        return str({env["name"]: env["value"] for env in install["env"]}["CLAUDE_CLI_VERSION"])

    pinned = one(objects(T3AfkChart(App(), claude_cli_version="2.0.1")), "Deployment", "t3-afk")
    assert version(pod) == "latest"
    assert version(pinned["spec"]["template"]["spec"]) == "2.0.1"


def test_difference_12_parked_is_no_pod_and_nothing_else(found: list[dict[str, Any]]) -> None:
    parked = objects(T3AfkChart(App(), parked=True))
    one(parked, "Deployment", "t3-afk")["spec"]["replicas"] = 1
    assert parked == found


def test_difference_13_t3_is_not_process_1(pod: dict[str, Any]) -> None:
    assert pod["shareProcessNamespace"] is True


def test_difference_15_soft_stays_the_default_mount(found: list[dict[str, Any]]) -> None:
    assert "soft" in one(found, "PersistentVolume", "t3-afk-data")["spec"]["mountOptions"]
