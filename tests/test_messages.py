"""The messages to node. One message takes longer than the library's own work for an object."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cdk8s import App
from jsii._kernel.providers.process import _NodeProcess

from t3afk_constructs import (
    HOME,
    ClusterChart,
    ExternalSecret,
    IngressFactory,
    Namespace,
    NfsVolume,
    RemoteRef,
    T3Executor,
    guard,
    synth,
)
from t3afk_constructs.engine import Engine

pytestmark = pytest.mark.program


def make_stacks(count: int, *options: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder)
        for name in (f"agent{index}" for index in range(count)):
            if name == "agent0" or "chart for each" in options:
                chart = ClusterChart(app, name, platform=HOME, namespace="n")
            if name == "agent0":
                Namespace(chart, "namespace", tier="4-aux")
            NfsVolume(chart, f"{name}-data", name=name, nfs_path=f"/srv/{name}", mount_options="hard")
            ExternalSecret(chart, f"{name}-secrets", name=name, data={"A": RemoteRef("b", property="c")})
            executor = T3Executor(
                chart, name, name=name, claim_name=name, secret_name=name, agent_instructions="Work.", parked=True
            )
            groups = [] if "warnings" in options else None
            IngressFactory(
                chart, f"{name}-ingress", name=name, service=executor, dns_type="proxied", allowed_groups=groups
            )
        if "guard" in options:
            guard(app)
        if "app.synth()" in options:
            app.synth()
        if "synth(app)" in options:
            synth(app)


def per_stack(first: int, last: int, *options: str) -> float:
    """The number of messages for one more stack. jsii sends each through one method."""
    counts = []
    for count in (first, last):
        with patch.object(_NodeProcess, "send", autospec=True, side_effect=_NodeProcess.send) as send:
            make_stacks(count, *options)
        counts.append(send.call_count)
    return (counts[1] - counts[0]) / (last - first)


@pytest.mark.parametrize(
    "options", [[], ["app.synth()"], ["synth(app)"], ["guard", "app.synth()"], ["guard", "synth(app)"]]
)
def test_a_stack_takes_one_message_for_each_construct_and_object_and_none_for_synth(options: list[str]) -> None:
    assert per_stack(2, 6, *options) == 4 + 7


@pytest.mark.parametrize("write", ["app.synth()", "synth(app)"])
@pytest.mark.parametrize("options", [["warnings"], ["chart for each"], ["warnings", "chart for each"]])
def test_messages_grow_in_proportion_to_the_stacks(write: str, options: list[str]) -> None:
    assert per_stack(4, 6, "guard", write, *options) == per_stack(2, 4, "guard", write, *options)


@pytest.mark.parametrize("write", [App.synth, synth], ids=["app.synth()", "synth(app)"])
def test_a_synth_of_many_charts_checks_once(write: Any, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    for index in range(5):
        ClusterChart(app, f"c{index}", platform=HOME)
    guard(app)
    with patch.object(Engine, "judge", autospec=True, side_effect=Engine.judge) as judge:
        for times in (1, 2):
            write(app)
            assert judge.call_count == times


HOME_CHART = """
from cdk8s import App
from t3afk_constructs import HOME, T3AfkChart, guard, synth

app = App(outdir="dist")
T3AfkChart(app, platform=HOME)
guard(app)
synth(app)
"""
LOADED = "import json, sys; sys.stdout.write(json.dumps(sorted(sys.modules)))"


def test_a_program_loads_only_what_it_renders_with(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOME_CHART + LOADED],
        env=os.environ | {"JSII_DEBUG": "1"},  # jsii prints its messages
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    messages = [json.loads(line[2:]) for line in done.stderr.splitlines() if line.startswith("> {")]
    assert [m["name"] for m in messages if m.get("api") == "load"] == ["constructs", "cdk8s", "t3afk_manifest"]
    modules = json.loads(done.stdout)
    assert [m for m in modules if m.startswith("t3afk_constructs.imports.t3afk.")] != []
    assert [m for m in modules if m.startswith(("cdk8s_plus_27", "t3afk_constructs.imports.t3afk.io"))] == []
