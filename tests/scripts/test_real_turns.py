"""Turns of the real T3 and the real Claude CLI over a stop, a kill and a start."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from pod import T3, Pod, tool_results, until

from t3afk_constructs.executor.pod import CLAUDE_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Executor
    from control_plane import ControlPlane
    from model_api import ModelApi

    Pods = Callable[..., Pod]

pytestmark = pytest.mark.product
CONTINUE = "Continue where you left off."


def begin(t3: T3, model: ModelApi, text: str, api: ControlPlane | None = None) -> ControlPlane:
    """Start a turn, and return when its first tool runs. The tool ends when the file `released` is there."""
    folder = t3.pod.executor.volume.parent
    wait = f"touch '{folder}/started'; until [ -e '{folder}/released' ]; do sleep 0.05; done"
    model.plans[text] = [wait, f"touch '{folder}/second'"]
    (folder / "started").unlink(missing_ok=True)
    api = api or t3.thread()
    api.url = t3.url
    api.start_turn(text)
    until((folder / "started").exists, "the agent's tool runs")
    return api


def asked(model: ModelApi, text: str) -> bool:
    return any(text in json.dumps(each["messages"]) for each in model.requests)


def stays_interrupted(api: ControlPlane, model: ModelApi) -> None:
    """Assert that T3 gives the turn up. It would continue one within three seconds of its start."""
    until(lambda: (api.thread()["session"] or {}).get("status") == "error", "T3 marks the turn as interrupted")
    time.sleep(5)
    assert model.requests == []


@pytest.mark.parametrize(("limit", "continues"), [("2", 1), ("1", 0), (None, 0)])
def test_interrupted_turn_goes_on_in_at_most_that_many_starts(
    pods: Pods, real: Executor, model: ModelApi, limit: str | None, continues: int
) -> None:
    """A start counts whether or not a turn goes on: the first one here counts too."""
    pod = pods(real)
    t3 = pod.serve(CONTINUE_TURNS=limit)
    api = begin(t3, model, "Build it")
    for _ in range(continues):
        pod.kill()
        pod = pods(real)
        t3 = pod.serve(CONTINUE_TURNS=limit)
        api.url = t3.url
        until(lambda: asked(model, CONTINUE), "T3 continues the turn")
        assert "Build it" in json.dumps(model.requests[-1]["messages"])
        until(lambda: api.thread()["latestTurn"]["state"] == "completed", "the turn ends")
        begin(t3, model, "Test it", api)

    model.requests.clear()
    pod.kill()
    t3 = pods(real).serve(CONTINUE_TURNS=limit)
    api.url = t3.url
    stays_interrupted(api, model)
    told = f"start-t3: {limit} starts in an hour: T3 does not continue interrupted turns this time"
    assert (told in t3.log.read_text()) == (limit is not None)
    assert api.run_turn("Go on")["latestTurn"]["state"] == "completed"
    assert "Build it" in json.dumps(model.requests[-1]["messages"]), "the session goes on"


def change_settings(t3: T3, patch: dict[str, Any]) -> None:
    """Change T3's settings as its page does, over a WebSocket."""
    ticket = t3.api().ask("/api/auth/websocket-ticket", {})["ticket"]
    request = {"_tag": "Request", "id": "1", "tag": "server.updateSettings", "payload": {"patch": patch}, "headers": []}
    send = """const [url, request] = process.argv.slice(1), socket = new WebSocket(url);
        socket.onopen = () => socket.send(request);
        socket.onmessage = ({data}) => { if (data.includes('"Exit"')) { console.log(data); socket.close(); } };"""
    address = f"{t3.url.replace('http', 'ws')}/ws?wsTicket={ticket}"
    answer = json.loads(t3.pod.run(["node", "-e", send, address, json.dumps(request)]).stdout)
    assert answer["exit"]["_tag"] == "Success", answer


def test_settings_of_the_pod_and_settings_of_t3_stay_side_by_side(pod: Pod) -> None:
    t3 = pod.serve()
    change_settings(t3, {"defaultAutoPull": True, "enableProviderUpdateChecks": True})
    t3.terminate()
    pod.serve().terminate()
    settings = json.loads((pod.executor.volume / "t3/userdata/settings.json").read_text())
    assert settings["defaultAutoPull"] is True
    assert settings["enableProviderUpdateChecks"] is False


def test_project_s_own_setting_does_not_get_around_the_limit(pods: Pods, real: Executor, model: ModelApi) -> None:
    pod = pods(real)
    t3 = pod.serve()
    api = begin(t3, model, "Build it")
    change_settings(t3, {"projectSettingsOverrides": {"thread-project": {"continueThreadsAfterServerUpdate": True}}})
    model.requests.clear()
    pod.kill()
    api.url = pods(real).serve().url
    stays_interrupted(api, model)


@pytest.mark.parametrize("name", ["userdata/settings.json", "continued-starts.json"])
@pytest.mark.parametrize("ending", ["", ".new"])
def test_fifo_in_the_place_of_settings_does_not_hang_the_start(pod: Pod, name: str, ending: str) -> None:
    file = pod.executor.volume / f"t3/{name}{ending}"
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    pod.serve(CONTINUE_TURNS="1")


@pytest.mark.parametrize("name", ["userdata/settings.json", "continued-starts.json"])
@pytest.mark.parametrize("ending", ["", ".new"])
def test_folder_in_the_place_of_settings_is_named(pod: Pod, name: str, ending: str) -> None:
    folder = pod.executor.volume / f"t3/{name}{ending}"
    folder.mkdir(parents=True)
    t3 = pod.start(CONTINUE_TURNS="1")
    assert t3.process.wait(30) == 1
    (line,) = t3.log.read_text().splitlines()
    assert line.startswith("start-t3: cannot write settings (")
    assert str(folder) in line


@pytest.mark.parametrize("frozen", [True, False])
def test_agent_takes_no_step_while_t3_stops_only_if_it_is_frozen(pod: Pod, model: ModelApi, *, frozen: bool) -> None:
    t3, folder = pod.serve(), pod.executor.volume.parent
    api = begin(t3, model, "Build it")
    before = len(model.requests)
    if frozen:
        pod.freeze_agents()
    t3.signal(signal.SIGTERM)
    (folder / "released").touch()
    status, seconds = t3.terminate()
    assert status == 130
    assert seconds < 10
    assert (len(model.requests) == before) == frozen
    if not frozen:
        return
    assert not (folder / "second").exists()

    api.url = pod.serve().url
    assert api.run_turn("Go on")["latestTurn"]["state"] == "completed"
    assert "Build it" in json.dumps(model.requests[-1]["messages"])
    assert any("its outcome is unknown" in each for each in tool_results(model.requests[-1]))


@pytest.mark.parametrize(("managed", "stays"), [(CLAUDE_SETTINGS, True), ("", False)])
def test_managed_settings_keep_old_transcripts(
    pods: Pods, real: Executor, model: ModelApi, managed: str, *, stays: bool
) -> None:
    """The Claude CLI removes transcripts after 30 days, some seconds into a session."""
    transcript = real.claude / "projects/-repository/00000000-0000-4000-8000-000000000000.jsonl"
    transcript.parent.mkdir(parents=True)
    transcript.write_text("{}\n")
    old = time.time() - 40 * 86400
    os.utime(transcript, (old, old))
    model.plans["Wait"] = ["sleep 15"]
    pods(real, managed_settings=managed).serve().thread().run_turn("Wait")
    assert transcript.exists() == stays
