"""`t3afk verify`: the verdict on a rollout's objects, without a cluster."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_args

import pytest
from t3_environment import environment

from t3afk_constructs.cli import main
from t3afk_constructs.verify.command import exit_status, verdict_line
from t3afk_constructs.verify.diagnosis import stage_of
from t3afk_constructs.verify.follow import follow
from t3afk_constructs.verify.snapshot import NoAnswer, Snapshot, containers_to_read, objects_with_events, pods_to_ask
from t3afk_constructs.verify.verdict import FINE, Cause, Stage, Verdict, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

REVISION = "deployment.kubernetes.io/revision"
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
    t3: dict[str, Any] = WAITING,
    *,
    install: dict[str, Any] = DONE,
    fix: dict[str, Any] = DONE,
    unscheduled: str | None = None,
    ready: bool = False,
    phase: str = "Running",
    owner: str = "r2",
    wanted: str | None = "0.0.27",
    **metadata: Any,
) -> dict[str, Any]:
    """A pod with the statuses of its three containers."""
    values = {"fix-perms": fix, "install-t3": install, "t3": t3}
    containers = [{"name": name, "image": "node:24", "restartCount": 0, **values[name]} for name in values]
    scheduled = {"type": "PodScheduled", "status": str(unscheduled is None), "message": unscheduled or ""}
    identity = {"name": f"t3-{owner}-x", "uid": f"p{owner}", "ownerReferences": [{"uid": owner}]}
    version = {"name": "T3_VERSION", "value": wanted}
    return {
        "metadata": identity | {"creationTimestamp": "2026-01-01T00:00:00Z"} | metadata,
        "spec": {
            "nodeName": "node1",
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "x"}],
            "initContainers": [{"name": "fix-perms"}, {"name": "install-t3", "env": [version] if wanted else []}],
        },
        "status": {
            "phase": phase,
            "conditions": [scheduled, {"type": "Ready", "status": str(ready)}],
            "initContainerStatuses": containers[:2],
            "containerStatuses": containers[2:],
        },
    }


def waiting(reason: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {"ready": False, "state": {"waiting": {"reason": reason, "message": message}}, **more}


def ended(code: int, reason: str = "Error", restarts: int = 0) -> dict[str, Any]:
    return {"state": {"terminated": {"exitCode": code, "reason": reason}}, "restartCount": restarts}


def looping(code: int) -> dict[str, Any]:
    """The status of a container between its fourth termination and its next start."""
    last = {"terminated": {"exitCode": code, "reason": "Error"}}
    return waiting("CrashLoopBackOff", restartCount=3, lastState=last)


def event(reason: str, message: str, uid: str = "pr2", second: int = 1) -> dict[str, Any]:
    at = f"2026-01-01T00:00:0{second}Z"
    return {"involvedObject": {"uid": uid}, "reason": reason, "message": message, "lastTimestamp": at}


def claim(phase: str, uid: str = "c") -> dict[str, Any]:
    return {"metadata": {"name": "data", "uid": uid}, "status": {"phase": phase}}


def rollout(*pods: dict[str, Any], log: str = "", refusal: str = "", answer: Any = None, **more: Any) -> Snapshot:
    """A rollout whose container has this log and T3 this answer, and whose ReplicaSet cannot create a pod so."""
    name = log.partition(":")[0] if log.startswith(("fix-perms", "install-t3")) else "t3"
    logs = {("t3-r2-x", name): log.splitlines()}
    sets = [replica_set("1"), replica_set(message=refusal)]
    answers = {"t3-r2-x": environment("0.0.27") if answer is None else answer}
    values = {"deployment": deployment(), "replica_sets": sets, "pods": pods, "logs": logs, "answers": answers}
    return Snapshot(**values | more)


OLD = pod(RUNNING, owner="r1")
CREATED = pod(fix=WAITING, install=WAITING)
READY_POD = pod(DONE, ready=True)
# pods of which Kubernetes keeps the object, an evicted one for example
FAILED = pod(ended(1), phase="Failed")
SUCCEEDED = pod(ended(1), phase="Succeeded", owner="r1")
# a pod with the Deployment's labels, but without an owner
FOREIGN = pod(DONE, ready=True, owner="somebody", ownerReferences=[])
PARKED = deployment(replicas=0)
PAUSED = deployment(updated=0, paused=True)

NODE = "start-t3: node v24.0.2 does not do: t3 0.0.27 needs node >=24.10; set an image with such a node"
FAILS_ON_NODE = "install-t3: t3@9 is installed, but 't3 --version' fails on node v22.1.0, and T3 needs >=24.10"
IN_USE = "start-t3: /data/t3 is in use by t3-r1-x since 2026-01-01T00:00:00Z: only one T3 may write there"
NO_SUCH = "install-t3: cannot install t3@9 (ETARGET): the registry has no such version: correct it"
SILENT = "install-t3: cannot install t3@9 (ECONNREFUSED): the registry does not answer: the next start tries again"
PERMISSIONS = "fix-perms: cannot give /data to 1000:1000"
QUOTA = 'pods "x" is forbidden: exceeded quota: q'
SECURITY = 'pods "x" is forbidden: violates PodSecurity "restricted:latest"'
NO_PULL = 'Failed to pull image "node:99": not found'
KILLED = "install-t3 was killed (status 137); the next start tries again; last line: install-t3: installing t3@1"

PROTOCOL_2 = {"orchestrationProtocolVersion": 2}

READY = rollout(READY_POD)
SECOND_PROTOCOL = rollout(READY_POD, answer=environment("0.0.27", **PROTOCOL_2))
SECRET = rollout(pod(waiting("CreateContainerConfigError", 'secret "tokens" not found')))
NO_KEY = rollout(pod(install=waiting("CreateContainerConfigError", "couldn't find key NPM_TOKEN in Secret a/tokens")))
AS_ROOT = rollout(pod(waiting("CreateContainerConfigError", "container has runAsNonRoot")))
WRITER = rollout(pod(ended(75)), log=IN_USE)
PENDING = rollout(pod(unscheduled="x"), claims=[claim("Pending")], events=[event("FailedBinding", "bound", uid="c")])
NO_MOUNT = rollout(CREATED, events=[event("FailedMount", "no such export", second=2), event("FailedMount", "x")])
BACK_OFF = rollout(pod(install=waiting("ImagePullBackOff")), events=[event("Failed", NO_PULL), event("Failed", "x")])

FAILURES: list[tuple[str, float, Snapshot, str]] = [
    ("no deployment", 10, Snapshot(deployment=None), "the Deployment does not exist"),
    ("paused", 10, rollout(READY_POD, deployment=PAUSED), "`kubectl rollout resume deployment t3` in the namespace"),
    ("paused", 10, rollout(deployment=PAUSED, replica_sets=[]), "is paused, and its last change is not rolled out"),
    ("secret missing", 60, SECRET, 'container t3: secret "tokens" not found'),
    ("secret missing", 60, NO_KEY, "container install-t3: couldn't find key NPM_TOKEN"),
    ("cannot start", 30, AS_ROOT, "runAsNonRoot"),
    ("claim unbound", 60, rollout(pod(unscheduled="x")), "claim data does not exist"),
    ("claim unbound", 60, PENDING, "claim data is Pending: bound; it needs an Available volume"),
    ("no room", 60, rollout(pod(unscheduled="Insufficient memory."), claims=[claim("Bound")]), "Insufficient memory"),
    ("quota", 20, rollout(refusal=QUOTA), "exceeded quota: q"),
    ("quota", 20, rollout(FAILED, SUCCEEDED, FOREIGN, refusal=QUOTA), "exceeded quota: q"),
    ("refused by admission", 3, rollout(refusal=SECURITY), "violates PodSecurity"),
    ("refused by admission", 3, rollout(refusal='webhook "kyverno" denied the request: registries'), "registries"),
    ("cannot start", 30, rollout(refusal="failed calling webhook"), "cannot create a pod: failed calling webhook"),
    ("image pull", 45, rollout(pod(install=waiting("ErrImagePull", NO_PULL))), f"install-t3: node:24: {NO_PULL}"),
    ("image pull", 45, BACK_OFF, NO_PULL),
    ("install failed", 0, rollout(pod(install=ended(1)), log=f"install-t3: hello\n{NO_SUCH}\nnpm\n \n"), NO_SUCH),
    ("install failed", 60, rollout(pod(install=looping(1)), log=SILENT), SILENT),
    ("install failed", 60, rollout(pod(install=ended(137)), log="install-t3: installing t3@1"), KILLED),
    ("install failed", 60, rollout(pod(install=ended(143))), "install-t3 was killed (status 143)"),
    ("node too old", 0, rollout(pod(ended(1)), log=NODE), NODE),
    ("node too old", 0, rollout(pod(install=ended(1)), log=FAILS_ON_NODE), FAILS_ON_NODE),
    ("second writer", 45, WRITER, IN_USE),
    ("out of memory", 30, rollout(pod(ended(137, "OOMKilled", restarts=1))), "container t3 was killed"),
    ("out of memory", 30, rollout(pod(install=ended(137, "OOMKilled"))), "install-t3 was killed at its memory limit"),
    ("out of memory", 0, rollout(pod(ended(137, "OOMKilled", restarts=2))), "container t3 was killed"),
    ("volume", 0, rollout(pod(fix=ended(1)), log=PERMISSIONS), PERMISSIONS),
    ("volume", 60, NO_MOUNT, "no such export"),
    ("crash loop", 0, rollout(pod(ended(1, restarts=2)), log="Error: x"), "3 times, last with status 1: Error: x"),
    ("crash loop", 0, rollout(pod(looping(1)), log="Error: x"), "t3 terminated 4 times, last with status 1: Error: x"),
    ("crash loop", 0, rollout(pod(looping(0))), "last with status 0: no output"),
    ("other version", 0, rollout(READY_POD, answer=environment("0.0.28")), "T3 0.0.28 answers, but 0.0.27 is wanted"),
    ("other version", 0, rollout(READY_POD, answer=environment("0.0.27-rc.1")), "`kubectl logs t3-r2-x -c install-t3`"),
    ("other version", 0, rollout(READY_POD, answer=environment("0.1.0", **PROTOCOL_2)), "0.1.0 answers, but 0.0.27"),
    ("unknown protocol", 0, SECOND_PROTOCOL, "set t3_version to one that speaks 1, or raise t3afk-constructs"),
    ("unknown protocol", 0, rollout(READY_POD, answer=PROTOCOL_2), "T3 0.0.27 speaks orchestration protocol 2 (pod t3"),
]


@pytest.mark.parametrize(("cause", "patience", "snapshot", "words"), FAILURES)
def test_verdict_names_the_cause_and_quotes_the_cluster(
    cause: str, patience: float, snapshot: Snapshot, words: str
) -> None:
    verdict = stage_of(snapshot).verdict
    assert verdict is not None
    assert (verdict.cause, verdict.patience, words in verdict.text) == (cause, patience, True), verdict
    assert exit_status(verdict) == 1
    assert verdict_line("a/b", verdict) == f"a/b fails ({cause}): {verdict.text}"


def test_docs_list_each_cause_with_its_patience() -> None:
    text = (Path(__file__).parents[1] / "docs/verify.md").read_text()
    rows = re.findall(r"^\| `([a-z ]+)` \|.*\| ([^|]+) \|$", text, re.MULTILINE)
    documented = {cause: {int(seconds) for seconds in re.findall(r"([0-9]+) s", cell)} for cause, cell in rows}
    found: dict[str, set[float]] = {cause: set() for cause in get_args(Cause) if cause not in (*FINE, "still at work")}
    for cause, patience, *_ in FAILURES:
        found[cause].add(patience)
    assert documented == found


PULLING = [event("Pulling", "Pulling image")]
PULLED = [event("Pulled", "Pulled", second=2), *PULLING]
REPLACING = "waiting for the Deployment controller to replace the old pod"


@pytest.mark.parametrize(
    ("snapshot", "progress"),
    [
        (
            rollout(deployment=deployment() | {"status": {}}),
            "waiting for the Deployment controller to observe the change",
        ),
        (rollout(replica_sets=[replica_set("1")]), "waiting for the Deployment controller to create the ReplicaSet"),
        (rollout(), "waiting for the ReplicaSet controller to create a pod"),
        (rollout(OLD), "waiting for the old pod t3-r1-x to terminate"),
        (rollout(OLD, deployment=PARKED), "parked: waiting for pod t3-r1-x to terminate"),
        (rollout(pod(DONE, ready=True, owner="r1")), "waiting for the old pod t3-r1-x to terminate"),
        (
            rollout(READY_POD | {"metadata": READY_POD["metadata"] | {"deletionTimestamp": "x"}}),
            "waiting for the old pod t3-r2-x to terminate",
        ),
        (rollout(READY_POD, deployment=deployment(updated=0)), REPLACING),
        (rollout(pod(looping(1)), deployment=deployment(updated=0)), REPLACING),
        (rollout(pod(unscheduled=""), claims=[claim("Bound")]), "pod t3-r2-x: waiting for the scheduler"),
        (rollout(CREATED), "pod t3-r2-x on node1: mounting volumes, creating the first container"),
        (rollout(CREATED, events=PULLING), "pod t3-r2-x: Pulling image"),
        (rollout(pod(), events=PULLED), "pod t3-r2-x on node1: between two containers"),
        (rollout(pod(install=RUNNING), log="install-t3: x"), "pod t3-r2-x: install-t3 is running: install-t3: x"),
        (rollout(pod(RUNNING)), "pod t3-r2-x: t3 is running but not ready yet"),
        (
            rollout(pod(looping(1) | RUNNING), log="start-t3: x\nlistening\n "),
            "pod t3-r2-x: t3 is running but not ready yet: start-t3: x",
        ),
        (rollout(pod(ended(1, restarts=1))), "pod t3-r2-x: t3 failed and restarts"),
    ],
)
def test_rollout_at_work_has_progress_and_no_verdict(snapshot: Snapshot, progress: str) -> None:
    assert stage_of(snapshot) == Stage(progress, None)


IS_READY = "a/t3 is ready: T3 0.0.27, pod t3-r2-x, node node1"
IS_PARKED = "a/t3 is parked: 0 replicas, no pod"
LATER = {"creationTimestamp": "2026-01-01T00:00:01Z"}


@pytest.mark.parametrize(
    ("snapshot", "line"),
    [
        (READY, IS_READY),
        (rollout(READY_POD, deployment=deployment(paused=True)), IS_READY),
        (rollout(READY_POD, FAILED, FOREIGN), IS_READY),
        (rollout(pod(RUNNING), pod(DONE, ready=True, **LATER)), IS_READY),
        (rollout(pod(DONE, ready=True, **LATER), pod(RUNNING)), IS_READY),
        (rollout(FAILED, SUCCEEDED, FOREIGN, deployment=PARKED), IS_PARKED),
    ],
)
def test_ready_and_parked_end_at_once_with_status_0(snapshot: Snapshot, line: str) -> None:
    verdict = stage_of(snapshot).verdict
    assert verdict is not None
    assert (verdict_line("a/t3", verdict), verdict.patience, exit_status(verdict)) == (line, 0, 0)


@pytest.mark.parametrize(
    ("wanted", "answer", "t3"),
    [
        ("0.0.27", environment("0.0.27", orchestrationProtocolVersion=1), "T3 0.0.27, "),
        ("v0.0.27", environment("0.0.27"), "T3 0.0.27, "),
        ("0.0.27+build.1", environment("0.0.27"), "T3 0.0.27, "),
        ("1.0.0-nightly.2", environment("1.0.0-nightly.2"), "T3 1.0.0-nightly.2, "),
        ("latest", environment("0.0.42"), "T3 0.0.42, "),
        ("0.0", environment("0.0.42"), "T3 0.0.42, "),
        ("latest", {}, "T3 latest (not confirmed: it names no version), "),
        ("0.0.27", {"serverVersion": 27}, "T3 0.0.27 (not confirmed: it names no version), "),
        ("0.0.27", NoAnswer("HTTP status 404"), "T3 0.0.27 (not confirmed: HTTP status 404), "),
        (None, None, ""),
    ],
)
def test_ready_pod_is_ready_unless_its_t3_answers_otherwise(wanted: str | None, answer: Any, t3: str) -> None:
    verdict = stage_of(rollout(pod(DONE, ready=True, wanted=wanted), answer=answer)).verdict
    assert verdict == Verdict("ready", f"{t3}pod t3-r2-x, node node1")


def test_only_ready_executors_of_the_latest_revision_are_asked() -> None:
    assert pods_to_ask(rollout(READY_POD, pod(DONE, ready=True, owner="r1"), FAILED, FOREIGN)) == ["t3-r2-x"]
    assert pods_to_ask(rollout(pod(RUNNING), pod(DONE, ready=True, deletionTimestamp="x"))) == []
    assert pods_to_ask(rollout(pod(DONE, ready=True, wanted=None))) == []
    assert pods_to_ask(rollout(READY_POD, replica_sets=[replica_set("1")])) == []


def test_events_are_read_only_for_unready_pods_and_unbound_claims() -> None:
    claims = [claim("Bound"), claim("Pending", uid="pending")]
    assert objects_with_events(rollout(pod(), claims=claims)) == ["pr2", "pending"]
    assert objects_with_events(rollout(READY_POD, FAILED, FOREIGN)) == []


def test_logs_are_read_only_for_failed_and_unready_containers() -> None:
    assert containers_to_read(rollout(pod(install=ended(1)))) == [("t3-r2-x", "install-t3")]
    assert containers_to_read(rollout(pod(RUNNING))) == [("t3-r2-x", "t3")]
    assert containers_to_read(rollout(pod(RUNNING | {"ready": True}, ready=True), FAILED)) == []


def test_verdict_contains_no_credential_and_no_endless_line() -> None:
    token = "ghp_" + "a1B2" * 9
    verdict = stage_of(rollout(pod(looping(1)), log=f"fatal: https://{token}@github.com/")).verdict
    assert verdict is not None
    assert verdict.text.endswith("fatal: https://<credential>@github.com/")
    assert (one_line("x" * 400), one_line("x" * 401)) == ("x" * 400, "x" * 400 + "…")


def followed(observe: Callable[[float], Snapshot], timeout: float = 600) -> tuple[Verdict, float, list[str]]:
    """The verdict on a rollout, the seconds it takes, and the printed lines. The clock moves only by sleeping."""
    slept: list[float] = []
    reported: list[str] = []
    verdict = follow(
        lambda: observe(sum(slept)),
        report=reported.append,
        timeout=timeout,
        clock=lambda: sum(slept),
        sleep=slept.append,
    )
    return verdict, sum(slept), reported


def silent(start: int, end: int) -> Callable[[float], Snapshot]:
    """An API server that refuses connections for some time, and a rollout that is ready afterwards."""

    def observe(now: float) -> Snapshot:
        if start <= now < end:
            raise ConnectionError("refused")
        return rollout() if now < start else READY

    return observe


AT_WORK = rollout(pod(RUNNING))
SILENT_T3 = rollout(READY_POD, answer=NoAnswer("no answer: timed out", 15))


@pytest.mark.parametrize(
    ("observe", "timeout", "cause", "end"),
    [
        (lambda now: SECRET if now < 60 else READY, 600, "ready", 60),
        (lambda _: SECRET, 600, "secret missing", 60),
        (lambda _: SECRET, 5, "secret missing", 5),
        (lambda now: SECRET if now < 20 else WRITER, 600, "second writer", 20 + 45),
        (lambda now: WRITER if now < 3 else AT_WORK, 30, "still at work", 30),
        (lambda _: SILENT_T3, 600, "ready", 15),
        (lambda now: SILENT_T3 if now < 3 else READY, 600, "ready", 3),
        (lambda now: SILENT_T3 if now < 3 else SECOND_PROTOCOL, 600, "unknown protocol", 3),
        (lambda _: SILENT_T3, 5, "ready", 5),
        (silent(10, 70), 600, "ready", 70),
        (silent(1, 61), 600, "ready", 61),
    ],
    ids=[
        "patience not over",
        "patience",
        "timeout",
        "another cause",
        "cause long ago",
        "T3 never answers",
        "T3 answers later",
        "T3 answers later with a cause",
        "T3 does not answer before the timeout",
        "silence",
        "early silence",
    ],
)
def test_cause_is_the_verdict_after_its_patience_or_at_the_timeout(
    observe: Callable[[float], Snapshot], timeout: float, cause: str, end: float
) -> None:
    verdict, seconds, _ = followed(observe, timeout)
    assert (verdict.cause, seconds) == (cause, end)


@pytest.mark.parametrize(("lull", "end"), [(15, 45), (16, 19 + 45)], ids=["kept", "dropped"])
def test_cause_is_kept_through_a_lull_of_15_seconds(lull: int, end: int) -> None:
    """As between two restarts. A longer lull starts the patience anew."""
    verdict, seconds, _ = followed(lambda now: AT_WORK if 2 < now <= 2 + lull else WRITER)
    assert (verdict.cause, seconds) == ("second writer", end)


def test_each_change_is_one_line() -> None:
    reported = followed(silent(10, 70))[2]
    assert [line[:16] for line in reported] == ["   0 s  waiting ", "  10 s  the API ", "  70 s  ready: T"]


@pytest.mark.parametrize(("start", "end"), [(10, 71), (0, 1)], ids=["longer", "from the start"])
def test_longer_or_initial_silence_of_the_api_server_is_an_error(start: int, end: int) -> None:
    with pytest.raises(ConnectionError, match="refused"):
        followed(silent(start, end))


def test_timeout_without_a_cause_has_a_status_of_its_own() -> None:
    verdict = followed(lambda _: rollout(), timeout=10)[0]
    assert exit_status(verdict) == 3
    assert verdict_line("a/t3", verdict) == (
        "a/t3 is not ready (still at work): not ready after 10 s: waiting for the ReplicaSet controller to create a pod"
    )


class Api:
    """lightkube's client over plain objects; a number stands for a refusal with that HTTP status."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
        pytest.importorskip("lightkube")
        from t3afk_constructs.verify import cluster  # noqa: PLC0415 (lightkube may be missing)

        own = replica_set()
        own["metadata"]["ownerReferences"] = [{"uid": "d"}]
        self.objects: dict[str, Any] = {
            "Deployment": deployment(selector={"matchLabels": {"app": "t3"}}, template=pod()),
            "ReplicaSet": [own, replica_set("1")],
            "Pod": [pod(install=ended(1))],
            "PersistentVolumeClaim": claim("Bound"),
            "Event": PULLING,
            "log": ["a line"],
            **changes,
        }
        self.requests: list[tuple[str, Any]] = []
        self.error = cluster.ApiError
        monkeypatch.setattr(cluster, "Client", lambda **_: self)
        monkeypatch.setattr(cluster.KubeConfig, "from_env", lambda: cluster.KubeConfig.from_server("http://x"))
        self.rollout = cluster.Rollout("a", "t3")

    def answer(self, kind: str, selection: object) -> Any:
        self.requests.append((kind, selection))
        found = self.objects[kind]
        if isinstance(found, int):
            error = self.error.__new__(self.error, f"status {found}")
            error.status = SimpleNamespace(code=found)
            raise error
        return found

    def get(self, kind: type, name: str) -> Any:
        found = self.answer(kind.__name__, name)
        return SimpleNamespace(to_dict=lambda: found)

    def list(self, kind: type, *, labels: Any = None, fields: Any = None) -> list[Any]:
        found = self.answer(kind.__name__, labels or fields)
        return [SimpleNamespace(to_dict=lambda each=each: each) for each in found]

    def log(self, pod: str, *, container: str, **_: Any) -> Any:
        return self.answer("log", (pod, container))


def test_snapshot_reads_only_objects_of_the_rollout(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(monkeypatch)
    snapshot = api.rollout.observe()
    assert [each["metadata"]["name"] for each in (*snapshot.replica_sets, *snapshot.claims)] == ["t3-2", "data"]
    assert [each["reason"] for each in snapshot.events] == ["Pulling"]
    assert snapshot.logs == {("t3-r2-x", "install-t3"): ["a line"]}
    assert api.requests == [
        ("Deployment", "t3"),
        ("ReplicaSet", {"app": "t3"}),
        ("Pod", {"app": "t3"}),
        ("PersistentVolumeClaim", "data"),
        ("Event", {"involvedObject.uid": "pr2"}),
        ("log", ("t3-r2-x", "install-t3")),
    ]


def test_snapshot_leaves_out_missing_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Api(monkeypatch, Deployment=404).rollout.observe() == Snapshot(deployment=None)
    snapshot = Api(monkeypatch, PersistentVolumeClaim=404, log=400).rollout.observe()
    assert (snapshot.claims, snapshot.logs) == ([], {("t3-r2-x", "install-t3"): []})


def test_snapshot_passes_on_other_errors_of_the_api_server(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(monkeypatch, Deployment=403)
    with pytest.raises(api.error, match="status 403"):
        api.rollout.observe()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [([target], "is not NAMESPACE/NAME") for target in ("t3", "a/b/c", "/t3", "a/")]
    + [(["a/b", "--timeout", text], "is not a number of seconds") for text in ("soon", "-1", "inf", "nan")],
)
def test_wrong_target_or_timeout_is_refused(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["verify", *arguments])
    assert complaint in capsys.readouterr().err


def test_missing_lightkube_is_one_line_with_the_package_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "t3afk_constructs.verify.cluster", raising=False)
    monkeypatch.setitem(sys.modules, "lightkube", None)
    assert main(["verify", "a/b"]) == 2
    assert capsys.readouterr().err == "t3afk verify: needs lightkube: pip install 't3afk-constructs[verify]'\n"


def test_unreachable_cluster_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("lightkube")
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    assert main(["verify", "a/b"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("t3afk verify: cannot read from the cluster: Configuration file /nonexistent")
