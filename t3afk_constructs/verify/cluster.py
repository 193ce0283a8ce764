"""The objects of a rollout, read from the API server. Needs lightkube: the extra `verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve
from lightkube import ApiError, Client, KubeConfig
from lightkube.resources.apps_v1 import Deployment, ReplicaSet
from lightkube.resources.core_v1 import Event, PersistentVolumeClaim, Pod

from t3afk_constructs.verify.diagnosis import Snapshot, containers_to_read

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINES = 20
_NOT_FOUND = 404


class Rollout:
    """A Deployment and what belongs to it. No Secret is read: the kubelet says when one is missing."""

    def __init__(self, namespace: str, name: str, *, context: str | None = None) -> None:
        """Read the kubeconfig, or inside a pod its service account; nothing is asked yet."""
        config = KubeConfig.from_env().get(context_name=context)
        self._client = Client(config=config, namespace=namespace)
        self._name = name

    def observe(self) -> Snapshot:
        """Everything as it is now."""
        try:
            deployment = self._client.get(Deployment, self._name).to_dict()
        except ApiError as error:
            if error.status.code != _NOT_FOUND:
                raise
            return Snapshot(deployment=None)
        labels = deployment["spec"]["selector"].get("matchLabels", {})
        volumes = deployment["spec"]["template"]["spec"].get("volumes", [])
        names = {v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v}
        uid = deployment["metadata"]["uid"]
        claims = _plain(self._client.list(PersistentVolumeClaim)) if names else []
        seen = Snapshot(
            deployment=deployment,
            replica_sets=[
                each
                for each in _plain(self._client.list(ReplicaSet, labels=labels))
                if any(owner["uid"] == uid for owner in each["metadata"].get("ownerReferences", []))
            ],
            pods=_plain(self._client.list(Pod, labels=labels)),
            claims=[claim for claim in claims if claim["metadata"]["name"] in names],
            events=_plain(self._client.list(Event)),
        )
        return evolve(seen, logs={key: self._last_lines(*key) for key in containers_to_read(seen)})

    def _last_lines(self, pod: str, container: str) -> list[str]:
        try:
            return list(self._client.log(pod, container=container, tail_lines=_LINES, newlines=False))
        except ApiError:  # the container is about to start, or its pod has just gone
            return []


def _plain(objects: Iterable[Any]) -> list[dict[str, Any]]:
    return [each.to_dict() for each in objects]
