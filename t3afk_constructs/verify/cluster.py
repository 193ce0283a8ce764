"""Read the objects of a rollout from the API server. Needs lightkube: the extra `verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lightkube import ApiError, Client, KubeConfig
from lightkube.generic_resource import create_namespaced_resource
from lightkube.resources.apps_v1 import Deployment, ReplicaSet
from lightkube.resources.core_v1 import Event, PersistentVolumeClaim, Pod

from t3afk_constructs.executor.pod import T3_PORT
from t3afk_constructs.verify.snapshot import (
    NoAnswer,
    Snapshot,
    claim_names,
    containers_to_read,
    objects_with_events,
    owned_by,
    pods_to_ask,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINES = 20
_NOT_FOUND = 404
_SERVER_ERROR = 500
_ASK_AGAIN = 15.0  # seconds; T3 never answers a request from the moment between its listening and its readiness
# lightkube has no class for the proxy to a pod. The path in the pod follows the name: NAME:PORT/proxy/PATH.
_Proxy = create_namespaced_resource("", "v1", "PodProxyOptions", "pods", verbs=["get"])


class Rollout:
    """A Deployment with its ReplicaSets, pods and claims. Reads no Secret: the kubelet reports a missing one."""

    def __init__(self, namespace: str, name: str, *, context: str | None = None) -> None:
        """Load the kubeconfig, or the service account inside a pod. Sends no request."""
        config = KubeConfig.from_env().get(context_name=context)
        self._client = Client(config=config, namespace=namespace)
        self._name = name

    def observe(self) -> Snapshot:
        """Read the current objects."""
        deployment = self._find(Deployment, self._name)
        if deployment is None:
            return Snapshot(deployment=None)
        labels = deployment["spec"]["selector"].get("matchLabels", {})
        claims = claim_names(deployment["spec"]["template"]["spec"])
        snapshot = Snapshot(
            deployment=deployment,
            replica_sets=[
                each for each in _plain(self._client.list(ReplicaSet, labels=labels)) if owned_by(each, deployment)
            ],
            pods=_plain(self._client.list(Pod, labels=labels)),
            claims=[claim for name in claims if (claim := self._find(PersistentVolumeClaim, name))],
        )
        return snapshot._replace(
            events=[event for uid in objects_with_events(snapshot) for event in self._events(uid)],
            logs={key: self._last_lines(*key) for key in containers_to_read(snapshot)},
            answers={pod: self._environment(pod) for pod in pods_to_ask(snapshot)},
        )

    def _find(self, kind: type[Any], name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.get(kind, name).to_dict()
        except ApiError as error:
            if error.status.code != _NOT_FOUND:
                raise
            return None
        return found

    def _events(self, uid: str) -> list[dict[str, Any]]:
        return _plain(self._client.list(Event, fields={"involvedObject.uid": uid}))

    def _last_lines(self, pod: str, container: str) -> list[str]:
        try:
            return list(self._client.log(pod, container=container, tail_lines=_LINES, newlines=False))
        except ApiError:  # the container has not started yet, or its pod is gone
            return []

    def _environment(self, pod: str) -> dict[str, Any] | NoAnswer:
        """T3's description of itself, which needs no login. lightkube gives up after 10 s."""
        path = f"{pod}:{T3_PORT}/proxy/.well-known/t3/environment"
        try:
            return dict(self._client.get(_Proxy, path))
        except Exception as error:  # noqa: BLE001 (lightkube's HTTP and JSON libraries differ between its versions)
            return _without_answer(error)


def _without_answer(error: Exception) -> dict[str, Any] | NoAnswer:
    if not hasattr(error, "request"):  # the JSON library's: T3 answers unknown paths with its page
        return {}
    response = getattr(error, "response", None)
    if response is None:
        return NoAnswer(f"no answer: {error}", _ASK_AGAIN)
    message = error.status.message if isinstance(error, ApiError) else None  # None: the status is T3's
    reason = ": ".join(filter(None, [f"HTTP status {response.status_code}", message]))
    return NoAnswer(reason, _ASK_AGAIN if response.status_code >= _SERVER_ERROR else 0)


def _plain(objects: Iterable[Any]) -> list[dict[str, Any]]:
    return [each.to_dict() for each in objects]
