"""What `verify` makes of a rollout's objects, without a cluster."""

from __future__ import annotations

import copy
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from t3afk_constructs.verify.__main__ import exit_status, main, verdict_line
from t3afk_constructs.verify.diagnosis import stage_of
from t3afk_constructs.verify.follow import follow
from t3afk_constructs.verify.snapshot import Snapshot, containers_to_read, objects_with_events
from t3afk_constructs.verify.verdict import FINE, Cause, Verdict, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

REVISION = "deployment.kubernetes.io/revision"
IMAGE = "docker.io/library/node:24"
DONE = {"ready": True, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}
RUNNING = {"ready": False, "state": {"running": {}}}
WAITING = {"ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}


def deployment(updated: int = 1, **spec: Any) -> dict[str, Any]:
    metadata = {"name": "t3", "uid": "d", "generation": 3, "annotations": {REVISION: "2"}}
    status = {"observedGeneration": 3} | ({"updatedReplicas": updated} if updated else {})
    return {"metadata": metadata, "spec": {"replicas": 1, **spec}, "status": status}


def replica_set(revision: str = "2", message: str = "") -> dict[str, Any]:
    failure = [{"type": "ReplicaFailure", "status": "True", "message": message}] if message else []
    metadata = {"name": f"t3-{revision}", "uid": f"r{revision}", "annotations": {REVISION: revision}}
    return {"metadata": metadata, "status": {"conditions": failure}}


def pod(
    install: dict[str, Any] = WAITING,
    t3: dict[str, Any] = WAITING,
    *,
    fix: dict[str, Any] = DONE,
    owner: str = "r2",
    scheduled: str | None = None,
    ready: bool = False,
) -> dict[str, Any]:
    def status(name: str, values: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "image": IMAGE, "restartCount": 0, **values}

    scheduling = {
        "type": "PodScheduled",
        "status": "True" if scheduled is None else "False",
        "message": scheduled or "",
    }
    return {
        "metadata": {
            "name": f"t3-{owner}-x",
            "uid": f"p{owner}",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "ownerReferences": [{"uid": owner}],
        },
        "spec": {
            "nodeName": "node1",
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "x"}],
            "initContainers": [
                {"name": "fix-perms"},
                {"name": "install-t3", "env": [{"name": "T3_VERSION", "value": "0.0.27"}]},
            ],
        },
        "status": {
            "conditions": [scheduling, {"type": "Ready", "status": str(ready)}],
            "initContainerStatuses": [status("fix-perms", fix), status("install-t3", install)],
            "containerStatuses": [status("t3", t3)],
        },
    }


def waiting(reason: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {"ready": False, "state": {"waiting": {"reason": reason, "message": message}}, **more}


def ended(code: int, reason: str = "Error", **more: Any) -> dict[str, Any]:
    return {"ready": False, "state": {"terminated": {"exitCode": code, "reason": reason}}, **more}


def event(reason: str, message: str, uid: str = "pr2", at: str = "2026-01-01T00:00:01Z") -> dict[str, Any]:
    return {"involvedObject": {"uid": uid}, "reason": reason, "message": message, "lastTimestamp": at}


def seen(*pods: dict[str, Any], **more: Any) -> Snapshot:
    logs = {("t3-r2-x", name): lines for name, lines in more.pop("logs", {}).items()}
    sets = [replica_set("1"), replica_set()]
    return Snapshot(**{"deployment": deployment(), "replica_sets": sets, "pods": pods, "logs": logs, **more})


def finished(phase: str, owner: str = "r2") -> dict[str, Any]:
    """A pod that Kubernetes keeps although it has ended, as an evicted one is."""
    kept = pod(DONE, ended(1), owner=owner)
    kept["status"]["phase"] = phase
    return kept


def foreign() -> dict[str, Any]:
    """A running pod with the Deployment's labels that is nobody's."""
    other = pod(DONE, DONE, owner="somebody", ready=True)
    other["metadata"]["ownerReferences"] = []
    return other


OLD = pod(t3=RUNNING, install=DONE, owner="r1")
AGAIN = {"restartCount": 3, "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}
NODE = "start-t3: node v24.0.2 does not do: t3 0.0.27 needs node >=24.10; set an image with such a node"
IN_USE = "start-t3: /data/t3 is in use by t3-r1-x since 2026-01-01T00:00:00Z: only one T3 may write there"
NO_SUCH = "install-t3: cannot install t3@9 (ETARGET): the registry has no such version: correct it"
SILENT = "install-t3: cannot install t3@9 (ECONNREFUSED): the registry does not answer: the next start tries again"

TROUBLES: dict[str, tuple[Snapshot, str, str]] = {
    "no deployment": (Snapshot(deployment=None), "no deployment", "there is no such Deployment"),
    "paused": (
        seen(pod(DONE, DONE, ready=True), deployment=deployment(updated=0, paused=True)),
        "paused",
        "`kubectl rollout resume deployment t3` in the namespace",
    ),
    "paused from the start": (
        seen(deployment=deployment(updated=0, paused=True), replica_sets=[]),
        "paused",
        "is paused before it is what it now asks for",
    ),
    "secret": (
        seen(pod(DONE, waiting("CreateContainerConfigError", 'secret "tokens" not found'))),
        "secret missing",
        'container t3: secret "tokens" not found',
    ),
    "key of the secret": (
        seen(pod(waiting("CreateContainerConfigError", "couldn't find key NPM_TOKEN in Secret a/tokens"))),
        "secret missing",
        "container install-t3: couldn't find key NPM_TOKEN",
    ),
    "other configuration": (
        seen(pod(DONE, waiting("CreateContainerConfigError", "container has runAsNonRoot"))),
        "cannot start",
        "runAsNonRoot",
    ),
    "claim not there": (seen(pod(scheduled="x")), "claim unbound", "claim data is not there"),
    "claim pending": (
        seen(
            pod(scheduled="pod has unbound immediate PersistentVolumeClaims"),
            claims=[{"metadata": {"name": "data", "uid": "c"}, "status": {"phase": "Pending"}}],
            events=[event("FailedBinding", 'volume "data" already bound', uid="c")],
        ),
        "claim unbound",
        'claim data is Pending: volume "data" already bound',
    ),
    "no room": (
        seen(
            pod(scheduled="0/1 nodes are available: 1 Insufficient memory."),
            claims=[{"metadata": {"name": "data", "uid": "c"}, "status": {"phase": "Bound"}}],
        ),
        "no room",
        "Insufficient memory",
    ),
    "quota": (
        seen(replica_sets=[replica_set(message='pods "x" is forbidden: exceeded quota: q, requested: pods=1')]),
        "quota",
        "exceeded quota: q",
    ),
    "quota, beside what is kept and what is not its own": (
        seen(
            finished("Failed"),
            finished("Succeeded", owner="r1"),
            foreign(),
            replica_sets=[replica_set("1"), replica_set(message='pods "x" is forbidden: exceeded quota: q')],
        ),
        "quota",
        "exceeded quota: q",
    ),
    "pod security": (
        seen(replica_sets=[replica_set(message='pods "x" is forbidden: violates PodSecurity "restricted:latest"')]),
        "refused by admission",
        "violates PodSecurity",
    ),
    "webhook": (
        seen(replica_sets=[replica_set(message='admission webhook "kyverno" denied the request: registries')]),
        "refused by admission",
        "registries",
    ),
    "image": (
        seen(
            pod(waiting("ImagePullBackOff", "Back-off pulling image")),
            events=[event("Failed", 'Failed to pull image "node:99": not found')],
        ),
        "image pull",
        'Failed to pull image "node:99": not found',
    ),
    "install": (seen(pod(ended(1)), logs={"install-t3": ["npm error 404", NO_SUCH, ""]}), "install failed", NO_SUCH),
    "install, later": (
        seen(pod(waiting("CrashLoopBackOff", **AGAIN)), logs={"install-t3": [SILENT]}),
        "install failed",
        SILENT,
    ),
    "install, killed": (
        seen(pod(ended(137)), logs={"install-t3": ["install-t3: installing t3@1"]}),
        "install failed",
        "install-t3 was killed (status 137), and the next start tries again; it said last: install-t3: installing t3@1",
    ),
    "old node": (seen(pod(DONE, ended(1)), logs={"t3": [NODE]}), "node too old", NODE),
    "second writer": (seen(pod(DONE, ended(75)), logs={"t3": [IN_USE]}), "second writer", IN_USE),
    "memory": (seen(pod(DONE, ended(137, "OOMKilled"))), "out of memory", "container t3 was killed"),
    "permissions": (
        seen(pod(fix=ended(1)), logs={"fix-perms": ["fix-perms: cannot give /data to 1000:1000"]}),
        "volume",
        "fix-perms: cannot give /data",
    ),
    "export": (
        seen(pod(fix=WAITING), events=[event("FailedMount", "mounting nfs:/x: no such export")]),
        "volume",
        "no such export",
    ),
    "silent end": (
        seen(pod(DONE, waiting("CrashLoopBackOff", **{**AGAIN, "lastState": {"terminated": {"exitCode": 0}}}))),
        "crash loop",
        "the last time with status 0: it printed nothing",
    ),
    "crash loop": (
        seen(pod(DONE, waiting("CrashLoopBackOff", **AGAIN)), logs={"t3": ["Error: out of luck"]}),
        "crash loop",
        "container t3 has ended 4 times, the last time with status 1: Error: out of luck",
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_is_named_with_what_the_cluster_says(name: str) -> None:
    snapshot, cause, words = TROUBLES[name]
    verdict = stage_of(snapshot).verdict
    assert verdict is not None
    assert (verdict.cause, words in verdict.text) == (cause, True), verdict
    assert exit_status(verdict) == 1
    assert "\n" not in verdict_line("a/b", verdict)


def test_the_documented_causes_are_those_that_a_verdict_may_name() -> None:
    text = (Path(__file__).parents[1] / "docs/verify.md").read_text()
    documented = re.findall(r"^\| `([a-z ]+)` \|", text, re.MULTILINE)
    assert sorted(documented) == sorted({*get_args(Cause)} - {*FINE, "still at work"})
    assert {cause for _, cause, _ in TROUBLES.values()} == {*documented}


@pytest.mark.parametrize(
    ("snapshot", "progress"),
    [
        (seen(deployment=deployment() | {"status": {}}), "waiting for the Deployment's controller to see the change"),
        (seen(replica_sets=[replica_set("1")]), "waiting for the Deployment's controller to make its ReplicaSet"),
        (seen(), "waiting for a pod to be made"),
        (seen(OLD), "waiting for the old pod t3-r1-x to end"),
        (seen(OLD, deployment=deployment(replicas=0)), "parked: waiting for pod t3-r1-x to end"),
        (
            seen(pod(DONE, DONE, ready=True), deployment=deployment(updated=0)),
            "waiting for the Deployment's controller to replace the old pod",
        ),
        (
            seen(pod(DONE, waiting("CrashLoopBackOff", **AGAIN)), deployment=deployment(updated=0)),
            "waiting for the Deployment's controller to replace the old pod",
        ),
        (
            seen(pod(fix=WAITING), events=[event("Pulling", 'Pulling image "node:24"')]),
            'pod t3-r2-x: Pulling image "node:24"',
        ),
        (
            seen(pod(RUNNING), logs={"install-t3": ["install-t3: installing t3@1"]}),
            "pod t3-r2-x: install-t3 runs: install-t3: installing t3@1",
        ),
        (seen(pod(DONE, RUNNING)), "pod t3-r2-x: t3 runs, its port is not open yet"),
        (seen(pod(DONE, ended(1))), "pod t3-r2-x: t3 has failed and starts again"),
        (seen(pod(DONE, WAITING)), "pod t3-r2-x on node1: between two containers"),
    ],
)
def test_a_rollout_at_work_is_described_without_a_verdict(snapshot: Snapshot, progress: str) -> None:
    stage = stage_of(snapshot)
    assert (stage.progress, stage.verdict) == (progress, None)


@pytest.mark.parametrize(
    ("snapshot", "cause"),
    [
        (seen(pod(DONE, DONE, ready=True)), "ready"),
        (seen(pod(DONE, DONE, ready=True), deployment=deployment(paused=True)), "ready"),
        (seen(pod(DONE, DONE, ready=True), finished("Failed"), foreign()), "ready"),
        (seen(deployment=deployment(replicas=0)), "parked"),
        (seen(finished("Failed"), finished("Succeeded"), deployment=deployment(replicas=0)), "parked"),
        (seen(foreign(), deployment=deployment(replicas=0)), "parked"),
    ],
)
def test_what_is_as_the_manifest_wants_it_ends_with_status_0(snapshot: Snapshot, cause: str) -> None:
    verdict = stage_of(snapshot).verdict
    assert verdict is not None
    assert (verdict.cause, verdict.patience, exit_status(verdict)) == (cause, 0, 0)


def test_the_old_pod_is_no_proof_that_the_new_one_is_ready() -> None:
    old = pod(DONE, DONE, owner="r1", ready=True)
    assert stage_of(seen(old, replica_sets=[replica_set("1"), replica_set()])).verdict is None
    ending = pod(DONE, DONE, ready=True)
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert stage_of(seen(ending)).verdict is None


@pytest.mark.parametrize("code", [137, 143])
def test_a_killed_install_is_given_the_time_of_its_next_start(code: int) -> None:
    killed, again = seen(pod(ended(code))), seen(pod(RUNNING))
    time = Time()
    assert time.follow(lambda now: killed if now < 5 else again if now < 30 else READY).cause == "ready"
    time = Time()
    assert time.follow(lambda _: killed).cause == "install failed"
    assert time.now == 60
    assert stage_of(seen(pod(ended(137, "OOMKilled")))).verdict == Verdict(
        "out of memory", "container install-t3 was killed at its memory limit; raise it", 30
    )


def test_only_events_that_tell_something_are_asked_for() -> None:
    bound, pending = (
        {"metadata": {"name": phase, "uid": phase}, "status": {"phase": phase}} for phase in ("Bound", "Pending")
    )
    assert objects_with_events(seen(pod(), claims=[bound, pending])) == ["pr2", "Pending"]
    assert objects_with_events(seen(pod(DONE, DONE, ready=True), finished("Failed"), foreign())) == []


def test_only_logs_that_tell_something_are_read() -> None:
    assert containers_to_read(seen(finished("Failed"))) == []
    failed = copy.deepcopy(pod(ended(1)))
    assert containers_to_read(seen(failed)) == [("t3-r2-x", "install-t3")]
    assert containers_to_read(seen(pod(DONE, RUNNING))) == [("t3-r2-x", "t3")]
    assert containers_to_read(seen(pod(DONE, DONE, ready=True))) == []


def test_a_line_that_holds_a_credential_is_printed_without_it() -> None:
    token = "ghp_" + "a1B2" * 9
    lines = [f"fatal: https://{token}@github.com/"]
    verdict = stage_of(seen(pod(DONE, waiting("CrashLoopBackOff", **AGAIN)), logs={"t3": lines})).verdict
    assert verdict is not None
    assert verdict.text.endswith("fatal: https://<credential>@github.com/")
    assert len(one_line("x" * 5000)) < 500


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.said: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def follow(self, observe: Callable[[float], Snapshot], timeout: float = 600) -> Verdict:
        return follow(
            lambda: observe(self.now), say=self.said.append, timeout=timeout, clock=lambda: self.now, sleep=self.sleep
        )


SECRET = TROUBLES["secret"][0]
READY = seen(pod(DONE, DONE, ready=True))


def test_a_trouble_that_mends_itself_in_time_is_no_verdict() -> None:
    time = Time()
    assert time.follow(lambda now: SECRET if now < 50 else READY).cause == "ready"
    assert [line[:6] for line in time.said] == ["   0 s", "  50 s"], "one line a change"


def test_a_trouble_that_lasts_is_the_verdict_and_so_is_one_at_the_end_of_the_time() -> None:
    time = Time()
    assert time.follow(lambda _: SECRET).cause == "secret missing"
    assert time.now == 60
    time = Time()
    assert time.follow(lambda _: SECRET, timeout=5).cause == "secret missing"
    assert time.now == 5


def test_a_trouble_between_two_restarts_still_counts() -> None:
    writer, between = TROUBLES["second writer"][0], seen(pod(DONE, RUNNING))
    time = Time()
    assert time.follow(lambda now: between if now % 12 < 4 else writer).cause == "second writer"
    time = Time()
    assert time.follow(lambda now: writer if now < 3 else between, timeout=30).cause == "still at work"


def test_an_api_server_that_pauses_is_waited_for_and_one_that_is_away_is_an_error() -> None:
    def away(start: float, end: float) -> Callable[[float], Snapshot]:
        def observe(now: float) -> Snapshot:
            if start <= now < end:
                raise ConnectionError("refused")
            return seen() if now < 90 else READY

        return observe

    time = Time()
    assert time.follow(away(10, 40)).cause == "ready"
    assert "  10 s  the API server does not answer" in time.said
    with pytest.raises(ConnectionError):
        Time().follow(away(10, 80))
    with pytest.raises(ConnectionError):
        Time().follow(away(0, 1))


def test_what_is_still_at_work_when_the_time_is_up_has_a_status_of_its_own() -> None:
    verdict = Time().follow(lambda _: seen(), timeout=10)
    assert (verdict.cause, exit_status(verdict)) == ("still at work", 3)
    assert verdict.text == "not ready after 10 s: waiting for a pod to be made"


def test_a_look_lists_neither_all_events_nor_all_claims_of_the_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lightkube")
    from t3afk_constructs.verify import cluster  # noqa: PLC0415 (lightkube may be missing)

    template = {"spec": {"volumes": pod()["spec"]["volumes"]}}
    objects = {
        ("Deployment", "t3"): deployment(selector={"matchLabels": {"app": "t3"}}, template=template),
        ("PersistentVolumeClaim", "data"): {"metadata": {"name": "data", "uid": "c"}, "status": {"phase": "Bound"}},
    }
    of_deployment = replica_set()
    of_deployment["metadata"]["ownerReferences"] = [{"uid": "d"}]
    lists = {"ReplicaSet": [of_deployment], "Pod": [pod()], "Event": [event("Pulling", "Pulling image")]}
    asked = []

    class Plain(dict[str, Any]):
        def to_dict(self) -> dict[str, Any]:
            return dict(self)

    class Client:
        def __init__(self, **_: Any) -> None: ...

        def get(self, kind: type, name: str) -> Plain:
            asked.append((kind.__name__, name))
            return Plain(objects[kind.__name__, name])

        def list(self, kind: type, *, labels: Any = None, fields: Any = None) -> list[Plain]:
            asked.append((kind.__name__, labels or fields))
            return [Plain(each) for each in lists[kind.__name__]]

    monkeypatch.setattr(cluster, "Client", Client)
    monkeypatch.setattr(cluster.KubeConfig, "from_env", lambda: cluster.KubeConfig.from_server("http://x"))
    snapshot = cluster.Rollout("a", "t3").observe()
    assert [claim["metadata"]["name"] for claim in snapshot.claims] == ["data"]
    assert [each["reason"] for each in snapshot.events] == ["Pulling"]
    assert asked == [
        ("Deployment", "t3"),
        ("ReplicaSet", {"app": "t3"}),
        ("Pod", {"app": "t3"}),
        ("PersistentVolumeClaim", "data"),
        ("Event", {"involvedObject.uid": "pr2"}),
    ]


@pytest.mark.parametrize("target", ["t3", "a/b/c", "/t3", "a/"])
def test_a_target_that_is_no_namespace_and_name_is_refused(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([target])
    assert end.value.code == 2
    assert "is not NAMESPACE/NAME" in capsys.readouterr().err


def test_without_lightkube_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "t3afk_constructs.verify.cluster", raising=False)
    monkeypatch.setitem(sys.modules, "lightkube", None)
    assert main(["a/b"]) == 2
    assert capsys.readouterr().err == "verify: needs lightkube: pip install 't3afk-constructs[verify]'\n"


def test_a_cluster_that_cannot_be_asked_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("lightkube")
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    assert main(["a/b"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("verify: cannot ask the cluster: ")
    assert printed.err.count("\n") == 1
