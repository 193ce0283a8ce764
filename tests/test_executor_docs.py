"""docs/executor.md states what the construct renders, and its Renovate managers find both versions."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

from manifests import new_chart, objects, one

from t3afk_constructs import Resources, T3Executor
from t3afk_constructs.executor import pod as executor_pod
from t3afk_constructs.executor.executor import CLAUDE_CLI_VERSION, DEFAULT_RESOURCES, T3_VERSION

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/executor.md").read_text()


def table(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, without its head."""
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    rows = [re.split(r" *\| *", line)[1:-1] for line in section.splitlines() if line.startswith("|")]
    assert len(rows) > 2, heading
    return rows[2:]


def t3(**inputs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pod and its container."""
    chart = new_chart()
    required = dict.fromkeys(("name", "claim_name", "secret_name", "agent_instructions"), "t3")
    T3Executor(chart, "executor", **required | inputs)
    pod: dict[str, Any] = one(objects(chart), "Deployment", "t3")["spec"]["template"]["spec"]
    return pod, pod["containers"][0]


def test_memory_limits_have_the_heap_and_the_grace_period_of_the_table() -> None:
    limits = []
    for shown, heap, agents, grace in table("Stopping"):
        limits.append(shown.removesuffix(" (default)"))
        resources = Resources(cpu="1", memory="1Gi", memory_limit=limits[-1])
        pod, container = t3(resources=resources)
        assert ("(default)" in shown) == (limits[-1] == DEFAULT_RESOURCES.memory_limit)
        assert {"name": "NODE_OPTIONS", "value": f"--max-old-space-size={heap.split()[0]}"} in container["env"]
        assert (f"{executor_pod.agents(resources)}", f"{pod['terminationGracePeriodSeconds']} s") == (agents, grace)
    assert DEFAULT_RESOURCES.memory_limit in limits


def test_probes_ask_as_the_table_says() -> None:
    _, container = t3()
    for name, every, timeout, failures, _ in table("Is it alive?"):
        probe = container[f"{name}Probe"]
        asked = (f"{probe['periodSeconds']} s", f"{probe['timeoutSeconds']} s", str(probe.get("failureThreshold", 3)))
        assert asked == (every, timeout, failures), name


def test_inputs_of_updates_and_telemetry_have_the_defaults_of_the_signature() -> None:
    signature = inspect.signature(T3Executor.__init__).parameters
    for name, default, _ in table("Updates and telemetry"):
        assert f"`{signature[name.strip('`')].default}`" == default, name


def test_default_versions_are_those_of_the_table() -> None:
    assert [row[1] for row in table("Versions")] == [T3_VERSION, CLAUDE_CLI_VERSION]


def test_renovate_finds_each_exact_version_of_a_python_chart() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    chart = f"""T3AfkChart(app, platform=HOME, t3_version="{T3_VERSION}")
        T3Executor(
            self, "executor",
            t3_version = '{T3_VERSION}',
            claude_cli_version="{CLAUDE_CLI_VERSION}",
            npm_lockfile=lock, other_t3_version="1.0.0")
        T3Executor(self, "other", t3_version=version, claude_cli_version="latest")"""
    found: dict[str, list[str]] = {}
    for manager in json.loads(block)["customManagers"]:
        (pattern,) = manager["matchStrings"]
        (files,) = manager["managerFilePatterns"]
        assert re.search(files.strip("/"), "stacks/main.py")
        # JavaScript writes a named group without the P.
        matches = re.finditer(pattern.replace("(?<", "(?P<"), chart)
        found[manager["depNameTemplate"]] = [match["currentValue"] for match in matches]
    assert found == {"t3": [T3_VERSION] * 2, "@anthropic-ai/claude-code": [CLAUDE_CLI_VERSION]}
