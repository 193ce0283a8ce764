import inspect
from enum import Enum
from typing import Any

import cdk8s_plus_27 as kplus
import pytest
from attrs import evolve
from cdk8s import ApiObject, JsonPatch
from manifests import lock_file, new_chart, objects, one, synth

from t3afk_constructs import HOME, CollisionError, InputError, Resources, T3Executor

LOCKFILE = lock_file("0.0.28", "2.0.1")
MINIMAL: dict[str, Any] = {
    "namespace": "agents",
    "name": "worker",
    "claim_name": "worker-data",
    "secret_name": "worker-secrets",
    "agent_instructions": "Be exact.\n",
}
ALL: dict[str, Any] = {
    **MINIMAL,
    "config_map_name": "house-rules",
    "t3_version": "0.0.28",
    "claude_cli_version": "2.0.1",
    "image": "ghcr.io/example/node:24.10.0",
    "fix_permissions_image": "ghcr.io/example/busybox:1.37.0",
    "fix_permissions": False,
    "resources": Resources(cpu="500m", memory="1Gi", memory_limit="2Gi"),
    "parked": True,
    "env": {"LOG_LEVEL": "debug", "PROMPT": "costs $(HOME) or $$5"},
    "git_hosts": {"git.example.com": "EXAMPLE_TOKEN"},
    "git_user_name": "worker",
    "git_user_email": "worker@example.com",
    "token_files": True,
    "npm_registry": "http://npm.example.com:4873",
    "npm_token_key": "NPM_TOKEN",
    "npm_lockfile": LOCKFILE,
    "platform": evolve(HOME, domain="example.com"),
}


def pod(**inputs: Any) -> dict[str, Any]:
    chart = new_chart()
    T3Executor(chart, "executor", **MINIMAL | inputs)
    spec: dict[str, Any] = one(objects(chart), "Deployment", "worker")["spec"]["template"]["spec"]
    return spec


def test_minimal_inputs_match_the_golden_file(golden: Any) -> None:
    chart = new_chart()
    T3Executor(chart, "executor", **MINIMAL)
    golden("t3-executor-minimal", synth(chart))


def test_all_inputs_match_the_golden_file(golden: Any) -> None:
    assert ALL.keys() == inspect.signature(T3Executor.__init__).parameters.keys() - {"self", "scope", "id"}
    chart = new_chart()
    T3Executor(chart, "executor", **ALL)
    golden("t3-executor-all-inputs", synth(chart))


def test_every_input_reads_back() -> None:
    executor = T3Executor(new_chart(), "executor", **ALL)
    assert {name: getattr(executor, name) for name in ALL} == ALL


def test_defaults_read_back_resolved() -> None:
    executor = T3Executor(new_chart(), "executor", **MINIMAL)
    assert executor.config_map_name == "worker-claudemd"
    assert executor.git_user_email == "afk-agent@viktorbarzin.me"
    assert executor.git_hosts == HOME.git_hosts


def test_without_a_git_host_no_token_is_mounted() -> None:
    assert pod(token_files=True, git_hosts={}) == pod(git_hosts={})


def test_parked_differs_in_the_replica_count_alone() -> None:
    rendered = []
    for parked in (False, True):
        chart = new_chart()
        T3Executor(chart, "executor", **MINIMAL, parked=parked)
        rendered.append(synth(chart))
    assert rendered[1] == rendered[0].replace("replicas: 1", "replicas: 0")
    assert rendered[1] != rendered[0]


def test_without_fix_permissions_nothing_runs_as_root() -> None:
    spec = pod(fix_permissions=False)
    assert [container["name"] for container in spec["initContainers"]] == ["install-t3"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    for container in [*spec["initContainers"], *spec["containers"]]:
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def test_only_the_root_container_keeps_capabilities() -> None:
    spec = pod()
    kept = {
        container["name"]: container["securityContext"]["capabilities"].get("add")
        for container in [*spec["initContainers"], *spec["containers"]]
    }
    assert kept == {"fix-perms": ["CHOWN", "DAC_OVERRIDE", "FOWNER"], "install-t3": None, "t3": None}


def test_a_changed_lock_file_starts_a_new_pod() -> None:
    versions = {"t3_version": "0.0.28"}
    assert pod(npm_lockfile=LOCKFILE, **versions) != pod(npm_lockfile=LOCKFILE + "\n", **versions)


def test_an_environment_value_arrives_as_written() -> None:
    # What the kubelet makes of it: `$$` is `$`, and nothing is left that it would expand.
    values = {entry["name"]: entry["value"] for entry in pod(env={"A": "$(HOME) $$(B) $C"})["containers"][0]["env"]}
    assert values["A"].replace("$$", "\0").count("$") == 0
    assert values["A"].replace("$$", "$") == "$(HOME) $$(B) $C"


def test_two_executors_live_in_one_namespace() -> None:
    chart = new_chart()
    T3Executor(chart, "a", **MINIMAL)
    T3Executor(chart, "b", **MINIMAL | {"name": "reviewer", "claim_name": "reviewer-data"})
    found = objects(chart)
    for name in ("worker", "reviewer"):
        labels = {"app": name}
        deployment = one(found, "Deployment", name)
        assert deployment["spec"]["selector"]["matchLabels"] == labels
        assert deployment["spec"]["template"]["metadata"]["labels"] == labels
        assert one(found, "Service", name)["spec"]["selector"] == labels
    with pytest.raises(CollisionError, match="made twice"):
        T3Executor(chart, "c", **MINIMAL)


def test_a_caller_adds_to_what_is_rendered_in_one_line_each() -> None:
    chart = new_chart()
    executor = T3Executor(chart, "executor", **MINIMAL)
    template = "/spec/template/spec"
    deployment = ApiObject.of(executor)
    deployment.metadata.add_annotation("example.com/owner", "me")
    deployment.add_json_patch(JsonPatch.add(f"{template}/nodeSelector", {"disk": "ssd"}))
    deployment.add_json_patch(JsonPatch.add(f"{template}/containers/0/env/-", {"name": "A", "value": "b"}))
    deployment.add_json_patch(JsonPatch.add(f"{template}/containers/-", {"name": "pairing", "image": "ghcr.io/a/b:1"}))
    kplus.NetworkPolicy(chart, "policy", selector=executor.pods)

    found = objects(chart)
    rendered = one(found, "Deployment", "worker")
    spec = rendered["spec"]["template"]["spec"]
    assert rendered["metadata"]["annotations"] == {"example.com/owner": "me", "keel.sh/policy": "never"}
    assert spec["nodeSelector"] == {"disk": "ssd"}
    assert spec["containers"][0]["env"][-1] == {"name": "A", "value": "b"}
    assert [container["name"] for container in spec["containers"]] == ["t3", "pairing"]
    policy = next(o for o in found if o["kind"] == "NetworkPolicy")
    assert policy["spec"]["podSelector"] == {"matchLabels": {"app": "worker"}}


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("name", "1worker", "must be a Service's name"),
        ("name", "w" * 64, "has 64 characters"),
        ("agent_instructions", " ", "is empty"),
        ("agent_instructions", "x" * (1024 * 1024 + 1), "a ConfigMap holds 1048576"),
        ("t3_version", '1.0.0"; touch /x; "', "must be one version or tag of npm"),
        ("t3_version", "^0.0.27", "must be one version or tag of npm"),
        ("image", "node", "has no tag; write 'node:1.0'"),
        ("image", "docker.io/library/Node:24", "must be an image reference"),
        ("resources", {"cpu": "1"}, "pass Resources"),
        ("parked", 1, "neither True nor False"),
        ("env", {"HOME": "/data"}, "is set by the construct itself"),
        ("env", {"A B": "x"}, "environment variable's name"),
        ("env", {"A": 1}, "is not text"),
        ("git_hosts", {"https://example.com": "TOKEN"}, "has the key 'https://example.com'"),
        ("git_user_name", "a\nb", "has a line break"),
        ("npm_registry", "https://user:password@npm.example.com", "without a login in it"),
        ("npm_token_key", "NPM_TOKEN", "give npm_registry as well"),
        ("npm_lockfile", "{", "write it with"),
        ("npm_lockfile", LOCKFILE, r"pins t3 0\.0\.28, and t3_version is '0\.0\.27'; give t3_version='0\.0\.28'"),
    ],
)
def test_a_wrong_input_is_refused(name: str, value: object, complaint: str) -> None:
    chart = new_chart()
    with pytest.raises(InputError, match=complaint) as refused:
        T3Executor(chart, "executor", **MINIMAL | {name: value})
    assert str(refused.value).startswith(f"T3Executor 'test/executor': {name} ")
    assert chart.node.children == []


def test_a_credential_in_the_environment_is_refused_and_not_shown() -> None:
    token = "ghp_" + "a1B2" * 9
    with pytest.raises(InputError, match="put it into the Secret") as refused:
        T3Executor(new_chart(), "executor", **MINIMAL, env={"GITHUB_TOKEN": token})
    assert token not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"npm_registry": "https://user:hunter2@npm.example.com"},
        {"git_hosts": {"https://user:hunter2@example.com": "TOKEN"}},
        {"env": {"DATABASE": "postgres://user:hunter2@example.com/db\0"}},
        {"image": "user:hunter2@example.com/node"},
    ],
)
def test_a_password_before_a_host_is_not_shown(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"<credential>@\S*example.com") as refused:
        T3Executor(new_chart(), "executor", **MINIMAL | wrong)
    assert "hunter2" not in str(refused.value)


def test_a_request_above_the_limit_is_refused() -> None:
    with pytest.raises(InputError, match=r"memory '3Gi' is above memory_limit '2048Mi'"):
        Resources(cpu="1", memory="3Gi", memory_limit="2048Mi")


def test_a_construct_that_collides_leaves_nothing_and_its_names_are_free_again() -> None:
    chart = new_chart()
    first = T3Executor(chart, "first", **MINIMAL)
    with pytest.raises(CollisionError, match=r"ConfigMap 'worker-claudemd' .* by 'test/first/.* by 'test/second/"):
        T3Executor(chart, "second", **MINIMAL)
    assert chart.node.children == [first]
    chart.node.try_remove_child("first")
    T3Executor(chart, "second", **MINIMAL)


def test_text_that_prints_as_another_one_is_refused() -> None:
    class Name(str, Enum):
        WORKER = "worker"

        def __str__(self) -> str:
            return "Name.WORKER"

        __format__ = object.__format__  # as Python 3.12 does

    with pytest.raises(InputError, match="pass 'worker' itself"):
        T3Executor(new_chart(), "executor", **MINIMAL | {"name": Name.WORKER})


@pytest.mark.parametrize("value", [10**5000, type("Odd", (), {"__repr__": lambda _: 1 / 0})()], ids=["number", "odd"])
def test_a_value_that_cannot_be_printed_is_named_by_its_kind(value: object) -> None:
    with pytest.raises(InputError, match=r"<(int|Odd)>"):
        T3Executor(new_chart(), "executor", **MINIMAL | {"parked": value})
