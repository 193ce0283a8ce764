"""Rules for the volumes of a pod and their mounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.manifests import Plain, Pod, at, container_name, mappings
from t3afk_constructs.rules.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered


def _volumes(pod: Pod) -> dict[str, str]:
    """The volumes that a pod's containers may mount, each with where it is written."""
    claims = mappings(at(pod.owner, "spec", "volumeClaimTemplates"))
    found = {str(at(claim, "metadata", "name")): "volumeClaimTemplates" for claim in claims}
    return found | {str(volume.get("name")): "volumes" for volume in mappings(pod.spec.get("volumes"))}


def _mounts(pod: Pod) -> Iterator[tuple[Plain, str, str]]:
    """Each mounted volume: the container, the volume's name and its place in the container."""
    for container in pod.containers():
        for field, place in (("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")):
            for mount in mappings(container.get(field)):
                yield container, str(mount.get("name")), str(mount.get(place))


def mounted_volumes(rendered: Rendered) -> Complaints:
    """Each mount of a container names a volume of its pod."""
    for pod in rendered.pods:
        volumes = _volumes(pod)
        for container, name, place in _mounts(pod):
            if name not in volumes:
                near = nearest(name, volumes)
                listed = f"name one of {', '.join(sorted(volumes))}, or add it" if volumes else "add it"
                way_out = f"write '{near}'" if near else f"{listed} to `volumes`"
                message = (
                    f"{container_name(container)} mounts at {place} the volume '{name}', which its pod lacks; {way_out}"
                )
                yield pod.owner, message


def unused_volumes(rendered: Rendered) -> Complaints:
    """Each volume of a pod is mounted by a container."""
    for pod in rendered.pods:
        mounted = {name for _, name, _ in _mounts(pod)}
        for name, field in _volumes(pod).items():
            if name not in mounted:
                yield pod.owner, f"no container mounts its volume '{name}'; mount it, or remove it from `{field}`"
