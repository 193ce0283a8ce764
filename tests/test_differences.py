"""One test for each numbered difference from the Terraform stack in the README's table."""

import re
from pathlib import Path
from typing import Any

from cdk8s import App
from manifests import new_chart, objects, one

from t3afk_constructs import HOME, ExternalSecret, RemoteRef, T3AfkChart, T3Executor
from t3afk_constructs.executor.pod import script
from t3afk_constructs.quantities import quantity_value

README = (Path(__file__).parents[1] / "README.md").read_text()
# They show only when the pod's scripts run: in tests/scripts.
SHOWN_BY_SCRIPTS = (1, 2, 4, 5, 6, 14, 16, 17, 23, 24)


def stack(**inputs: Any) -> list[dict[str, Any]]:
    return objects(T3AfkChart(App(), platform=HOME, **inputs))


FOUND = stack()
POD = one(FOUND, "Deployment", "t3-afk")["spec"]["template"]["spec"]
CONTAINERS = POD["initContainers"] + POD["containers"]
T3 = POD["containers"][0]
ENV = {entry["name"]: entry["value"] for entry in T3["env"]}


def test_each_row_of_the_table_has_a_test() -> None:
    rows = [int(number) for number in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)]
    here = [int(name.split("_")[2]) for name in globals() if name.startswith("test_difference_")]
    assert rows == sorted([*here, *SHOWN_BY_SCRIPTS])


def test_difference_03_nothing_is_mounted_into_the_agents_home() -> None:
    mounts = [mount for container in POD["containers"] for mount in container["volumeMounts"]]
    assert not [mount for mount in mounts if mount["mountPath"].startswith("/home") or "subPath" in mount]


def test_difference_07_kubelet_changes_owners_only_if_the_top_folder_is_wrong() -> None:
    assert POD["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
    assert POD["initContainers"][0]["command"][-3:] == ["/data", "1000", "1000"]


def test_difference_08_containers_have_no_cluster_credential_and_few_privileges() -> None:
    assert POD["automountServiceAccountToken"] is False
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in CONTAINERS:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"]["drop"] == ["ALL"]
        assert ("add" in context["capabilities"]) == (container["name"] == "fix-perms")


def test_difference_09_v1_is_the_default_and_v1beta1_an_input() -> None:
    assert one(FOUND, "ExternalSecret", "t3-afk-secrets")["apiVersion"] == "external-secrets.io/v1"
    older = ExternalSecret(new_chart(), "s", name="s", data={"A": RemoteRef("b")}, api_version="v1beta1")
    assert older.external_secret.api_version == "external-secrets.io/v1beta1"


def test_difference_10_every_image_names_its_registry() -> None:
    assert {container["image"].split("/")[0] for container in CONTAINERS} == {"docker.io"}


def test_difference_11_version_of_the_claude_cli_is_exact_and_an_input() -> None:
    def version(**inputs: Any) -> str:
        pod = one(stack(**inputs), "Deployment", "t3-afk")["spec"]["template"]["spec"]
        return {entry["name"]: entry["value"] for entry in pod["initContainers"][-1]["env"]}["CLAUDE_CLI_VERSION"]

    assert re.fullmatch(r"\d+\.\d+\.\d+", version())
    assert version(claude_cli_version="2.0.1") == "2.0.1"


def test_difference_12_parked_changes_the_replica_count_alone() -> None:
    parked = stack(parked=True)
    deployment = one(parked, "Deployment", "t3-afk")["spec"]
    assert deployment["replicas"] == 0
    deployment["replicas"] = 1
    assert parked == FOUND


def test_difference_13_t3_is_not_process_1() -> None:
    assert POD["shareProcessNamespace"] is True


def test_difference_15_the_mount_waits_for_its_server() -> None:
    assert "hard" in one(FOUND, "PersistentVolume", "t3-afk-data")["spec"]["mountOptions"]


def test_difference_18_sessions_are_on_the_volume_and_agents_cannot_turn_the_clean_up_on() -> None:
    mounts = {mount["name"]: mount for mount in T3["volumeMounts"]}
    assert ENV["CLAUDE_CONFIG_DIR"].startswith(mounts["data"]["mountPath"] + "/")
    assert mounts["claude-settings"]["readOnly"]


def test_difference_19_probes_ask_over_http_and_without_a_delay() -> None:
    probes = [T3[f"{name}Probe"] for name in ("startup", "readiness", "liveness")]
    assert all("httpGet" in probe and "initialDelaySeconds" not in probe for probe in probes)


def test_difference_20_agents_are_frozen_before_t3_gets_sigterm() -> None:
    assert script("freeze-agents.sh") in T3["lifecycle"]["preStop"]["exec"]["command"]


def test_difference_21_grace_period_has_two_seconds_for_each_agent_that_fits() -> None:
    limit = quantity_value(T3["resources"]["limits"]["memory"])
    assert POD["terminationGracePeriodSeconds"] >= 2 * (limit / 1024**2 / 256 - 2)


def test_difference_22_heap_of_t3_leaves_half_of_the_memory_to_the_agents() -> None:
    heap = int(ENV["NODE_OPTIONS"].removeprefix("--max-old-space-size="))
    assert heap * 1024**2 * 2 <= quantity_value(T3["resources"]["limits"]["memory"])


def test_difference_25_updates_and_vendor_telemetry_are_off_until_inputs_turn_them_on() -> None:
    required = dict.fromkeys(("name", "claim_name", "secret_name", "agent_instructions"), "t3")
    chart = new_chart()
    T3Executor(chart, "executor", **required, self_updates=True, vendor_telemetry=True)
    (container,) = one(objects(chart), "Deployment", "t3")["spec"]["template"]["spec"]["containers"]
    removed = ENV.keys() - {entry["name"] for entry in container["env"]}
    assert {"DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY", "T3CODE_TELEMETRY_ENABLED"} <= removed
