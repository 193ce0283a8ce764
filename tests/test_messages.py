"""What the library asks of the node process. A message costs more than anything that the library itself computes."""

import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

STACKS = """
import sys
import tempfile
from cdk8s import App, Chart
from t3afk_constructs import ExternalSecret, IngressFactory, NfsVolume, T3Executor, guard, synth

folder = tempfile.TemporaryDirectory()
app = App(outdir=folder.name)
chart = Chart(app, "executors", disable_resource_name_hashes=True)
for index in range(int(sys.argv[1])):
    name = f"agent{index}"
    volume = NfsVolume(
        chart, f"{name}-data", name=f"{name}-data", namespace="n", nfs_server="nfs.example.com", nfs_path=f"/srv/{name}"
    )
    secrets = ExternalSecret(chart, f"{name}-secrets", name=f"{name}-secrets", namespace="n", data=[("A", "b", "c")])
    executor = T3Executor(
        chart,
        name,
        name=name,
        namespace="n",
        claim_name=volume.claim_name,
        secret_name=secrets.secret_name,
        agent_instructions="Work.",
    )
    IngressFactory(chart, f"{name}-ingress", name=name, namespace="n", port=executor.port, dns_type="proxied")
if "guard" in sys.argv:
    guard(app)
    synth(app)
else:
    app.synth()
"""
CHECKED_INGRESSES = """
import sys
import tempfile
from cdk8s import App, Chart
from t3afk_constructs import IngressFactory, Sablier

folder = tempfile.TemporaryDirectory()
app = App(outdir=folder.name)
chart = Chart(app, "sites")
for index in range(int(sys.argv[1])):
    name = f"site{index}"
    middlewares = ["sites-own@kubernetescrd"]
    IngressFactory(chart, name, name=name, namespace="sites", extra_middlewares=middlewares, sablier=Sablier(group="a"))
app.synth()
"""
HOME_CHART = """
import sys
import tempfile
from cdk8s import App
from t3afk_constructs import T3AfkChart, guard, synth

folder = tempfile.TemporaryDirectory()
app = App(outdir=folder.name)
T3AfkChart(app)
guard(app)
synth(app)
"""
LOADED = "import json, sys; sys.stdout.write(json.dumps(sorted(sys.modules)))"


def run(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )


@cache
def messages(program: str, *arguments: str) -> list[dict[str, Any]]:
    """What a program asks of the node process: jsii prints each request behind `> ` when JSII_DEBUG is set."""
    lines = run(program, *arguments, JSII_DEBUG="1").stderr.splitlines()
    # A warning of ours may stand before it in its line: both go to one stream.
    found = [json.loads(line[line.index('> {"') + 2 :]) for line in lines if '> {"' in line]
    assert found, "jsii has printed no request"
    return found


def stacks(count: int, *options: str) -> int:
    return len(messages(STACKS, str(count), *options))


def test_a_stack_of_volume_secrets_executor_and_ingress_takes_five_messages() -> None:
    """Four constructs, each with its objects, and the ExternalSecret's typed manifest."""
    assert stacks(2) - stacks(1) == 4 + 1


def test_every_stack_takes_as_many_messages_as_the_one_before() -> None:
    assert stacks(5) - stacks(2) == 3 * (stacks(2) - stacks(1))


def test_the_rules_take_no_message_per_stack() -> None:
    assert stacks(5, "guard") - stacks(2, "guard") == stacks(5) - stacks(2)


def test_the_checks_of_an_ingress_take_no_more_messages_in_a_larger_app() -> None:
    # Each: itself, the typed manifest of its Middleware, two checks, and what those are asked at synth.
    few, more, many = (len(messages(CHECKED_INGRESSES, count)) for count in ("2", "4", "8"))
    assert many - more == 2 * (more - few)


def test_the_home_chart_loads_no_assembly_that_it_does_not_render_with() -> None:
    loaded = [message["name"] for message in messages(HOME_CHART) if message.get("api") == "load"]
    assert loaded == ["constructs", "cdk8s", "t3afk-constructs-kernel", "t3afk_ioexternal-secrets"]


def test_import_and_synth_leave_out_cdk8s_plus_and_the_bindings_that_are_not_used() -> None:
    modules = json.loads(run(HOME_CHART + LOADED).stdout)
    assert "t3afk_constructs.imports.t3afk.io.external_secrets" in modules
    unused = ("cdk8s_plus_27", "t3afk_constructs.imports.t3afk.io.traefik", "t3afk_constructs.imports.t3afk.io.k8s")
    assert [module for module in modules if module.startswith(unused)] == []


def test_import_alone_loads_no_bindings() -> None:
    modules = json.loads(run("import t3afk_constructs\n" + LOADED).stdout)
    assert "t3afk_constructs" in modules
    assert [m for m in modules if m.startswith(("cdk8s_plus_27", "t3afk_constructs.imports"))] == []
