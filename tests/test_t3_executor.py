import inspect
from typing import Any

import cdk8s_plus_27 as kplus
import pytest
from attrs import evolve
from cdk8s import ApiObject, JsonPatch
from manifests import lock_file, new_chart, objects, one, render

from t3afk_constructs import HOME, InputError, Resources, T3Executor

PINNED = {"t3_version": "0.0.28", "claude_cli_version": "2.0.1"}
LOCKFILE = lock_file(*PINNED.values())
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
    **PINNED,
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
    "continue_turns": True,
    "self_updates": True,
    "vendor_telemetry": True,
    "telemetry": "http://collector.example.com:4318",
    "platform": evolve(HOME, domain="example.com"),
}


def pod(**inputs: Any) -> dict[str, Any]:
    chart = new_chart()
    T3Executor(chart, "executor", **MINIMAL | inputs)
    spec: dict[str, Any] = one(objects(chart), "Deployment", "worker")["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize(("name", "inputs"), [("minimal", MINIMAL), ("all-inputs", ALL)])
def test_manifest_matches_the_golden_file(name: str, inputs: dict[str, Any], golden: Any) -> None:
    chart = new_chart()
    T3Executor(chart, "executor", **inputs)
    golden(f"t3-executor-{name}", render(chart))


def test_every_input_reads_back() -> None:
    assert ALL.keys() == inspect.signature(T3Executor.__init__).parameters.keys() - {"self", "scope", "id"}
    executor = T3Executor(new_chart(), "executor", **ALL)
    assert {name: getattr(executor, name) for name in ALL} == ALL


def test_defaults_read_back() -> None:
    executor = T3Executor(new_chart(), "executor", **MINIMAL)
    assert executor.config_map_name == "worker-claudemd"
    assert executor.git_user_email == "afk-agent@viktorbarzin.me"
    assert executor.git_hosts == HOME.git_hosts


def test_token_files_without_git_hosts_mount_nothing() -> None:
    assert pod(token_files=True, git_hosts={}) == pod(git_hosts={})


def test_changed_lock_file_starts_a_new_pod() -> None:
    first, second = (pod(npm_lockfile=text, **PINNED) for text in (LOCKFILE, LOCKFILE + "\n"))
    assert first != second


def test_environment_value_arrives_as_written() -> None:
    values = {entry["name"]: entry["value"] for entry in pod(env={"A": "$(HOME) $$(B) $C"})["containers"][0]["env"]}
    # The kubelet turns `$$` into `$`, and expands any other `$(`.
    assert values["A"].replace("$$", "\0").count("$") == 0
    assert values["A"].replace("$$", "$") == "$(HOME) $$(B) $C"


@pytest.mark.parametrize(("limit", "heap", "seconds"), [("4Gi", 2048, 48), ("512Mi", 256, 22), ("16Gi", 8192, 144)])
def test_heap_and_grace_period_fit_the_memory_limit(limit: str, heap: int, seconds: int) -> None:
    """T3 takes half of it at most, and ends the turns of the agents that fit the rest one after another."""
    spec = pod(resources=Resources(cpu="1", memory="256Mi", memory_limit=limit))
    assert {"name": "NODE_OPTIONS", "value": f"--max-old-space-size={heap}"} in spec["containers"][0]["env"]
    assert spec["terminationGracePeriodSeconds"] == seconds


def test_env_overrides_the_defaults_of_t3() -> None:
    found = [
        entry for entry in pod(env={"NODE_OPTIONS": "--x"})["containers"][0]["env"] if entry["name"] == "NODE_OPTIONS"
    ]
    assert found == [{"name": "NODE_OPTIONS", "value": "--x"}]


def test_two_executors_in_one_namespace_select_their_own_pods() -> None:
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


def test_patches_add_to_the_deployment() -> None:
    chart = new_chart()
    deployment = ApiObject.of(T3Executor(chart, "executor", **MINIMAL))
    template = "/spec/template/spec"
    deployment.metadata.add_annotation("example.com/owner", "me")
    deployment.add_json_patch(JsonPatch.add(f"{template}/nodeSelector", {"disk": "ssd"}))
    deployment.add_json_patch(JsonPatch.add(f"{template}/containers/0/env/-", {"name": "A", "value": "b"}))
    deployment.add_json_patch(JsonPatch.add(f"{template}/containers/-", {"name": "pairing", "image": "ghcr.io/a/b:1"}))
    rendered = one(objects(chart), "Deployment", "worker")
    spec = rendered["spec"]["template"]["spec"]
    assert rendered["metadata"]["annotations"] == {"example.com/owner": "me", "keel.sh/policy": "never"}
    assert spec["nodeSelector"] == {"disk": "ssd"}
    assert spec["containers"][0]["env"][-1] == {"name": "A", "value": "b"}
    assert [container["name"] for container in spec["containers"]] == ["t3", "pairing"]


def test_cdk8s_plus_selects_the_pods_and_routes_to_the_service() -> None:
    chart = new_chart()
    executor = T3Executor(chart, "executor", **MINIMAL)
    before = objects(chart)
    kplus.NetworkPolicy(chart, "policy", selector=executor.pods)
    ingress = kplus.Ingress(chart, "ingress")
    ingress.add_host_rule("t3.example.com", "/", kplus.IngressBackend.from_service(executor.service_handle))
    policy, routes = (each for each in objects(chart) if each not in before)
    assert policy["spec"]["podSelector"] == {"matchLabels": {"app": "worker"}}
    (path,) = routes["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"] == {"service": {"name": "worker", "port": {"number": 3773}}}


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("name", "1worker", "must be a Service's name"),
        ("name", "w" * 64, "has 64 characters"),
        ("agent_instructions", " ", "is empty"),
        ("agent_instructions", "x" * (1024 * 1024 + 1), "a ConfigMap holds 1048576"),
        ("t3_version", '1.0.0"; touch /x; "', "must be one version or tag of npm"),
        ("t3_version", "^0.0.27", "must be one version or tag of npm"),
        ("image", "node", "has no tag; add one, as in 'node:1.0'"),
        ("image", "docker.io/library/Node:24", "must be an image reference"),
        ("resources", {"cpu": "1"}, r"is not a Resources; pass Resources\(…\)"),
        ("parked", 1, "is not a boolean"),
        ("env", {"HOME": "/data"}, "is reserved for the construct; leave it out"),
        ("env", {"GIT_TOKEN_DIR": "/data"}, "is reserved for the construct; leave it out"),
        ("env", {"A B": "x"}, "environment variable's name"),
        ("env", {"A": 1}, "is not text"),
        ("git_hosts", {"https://example.com": "TOKEN"}, "has the key 'https://example.com'"),
        ("git_user_name", "a\nb", "contains a line break"),
        ("npm_registry", "https://user:password@npm.example.com", "without a login"),
        ("npm_token_key", "NPM_TOKEN", "pass npm_registry too"),
        ("telemetry", "http://collector:4318/", "must be the address of an OTLP collector"),
        ("continue_turns", 3, "is not a boolean"),
        ("npm_lockfile", "{", "write it with"),
        ("npm_lockfile", LOCKFILE, r"pins t3 0\.0\.28, but t3_version is '0\.0\.42'; pass t3_version='0\.0\.28'"),
    ],
)
def test_wrong_input_is_refused(name: str, value: object, complaint: str) -> None:
    chart = new_chart()
    with pytest.raises(InputError, match=complaint) as refused:
        T3Executor(chart, "executor", **MINIMAL | {name: value})
    assert str(refused.value).startswith(f"T3Executor 'test/executor': {name} ")
    assert chart.node.children == []


def test_lock_file_may_pin_any_version_of_latest() -> None:
    T3Executor(new_chart(), "executor", **MINIMAL | dict.fromkeys(PINNED, "latest"), npm_lockfile=LOCKFILE)


def test_inputs_that_contradict_each_other_are_refused_in_one_error() -> None:
    with pytest.raises(InputError, match="2 wrong inputs") as refused:
        T3Executor(new_chart(), "executor", **MINIMAL, npm_lockfile=LOCKFILE, npm_token_key="NPM_TOKEN")
    assert [wrong.name for wrong in refused.value.wrong] == ["npm_lockfile", "npm_token_key"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"npm_registry": "https://user:hunter2@npm.example.com"},
        {"git_hosts": {"https://user:hunter2@example.com": "TOKEN"}},
        {"env": {"DATABASE": "postgres://user:hunter2@example.com/db\0"}},
        {"image": "user:hunter2@example.com/node"},
        {"env": {"GITHUB_TOKEN": "ghp_hunter2hunter2hunter2"}},
    ],
)
def test_credential_in_a_wrong_input_is_not_shown(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="<credential>") as refused:
        T3Executor(new_chart(), "executor", **MINIMAL | wrong)
    assert "hunter2" not in str(refused.value)


def test_memory_request_above_the_limit_is_refused() -> None:
    with pytest.raises(InputError, match=r"^Resources: memory '3Gi' is above memory_limit '2048Mi'; raise the limit"):
        Resources(cpu="1", memory="3Gi", memory_limit="2048Mi")
