"""Rules for container images: registries and tags."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from t3afk_constructs.manifests import Plain, Pod, container_name, identity, pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered

_EXACT_TAG = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+|[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}|(?=[a-f]*[0-9])[0-9a-f]{7,40}$")


def _images(pods: list[Pod]) -> Iterator[tuple[Pod, Plain, str]]:
    for pod in pods:
        for container in pod.containers():
            if isinstance(image := container.get("image"), str):
                yield pod, container, image


def _moves(rendered: Rendered, pod: Pod, container: Plain) -> bool:
    """Whether another writer moves the image of a container after the first apply."""
    field = pointer([*pod.path, "spec", "containers", str(container.get("name")), "image"])
    return field in rendered.initial.get(identity(pod.owner), ())


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    # Kyverno's wildcards (https://kyverno.io/docs/policy-types/cluster-policy/validate/#wildcards).
    wild = (re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".") for pattern in patterns)
    return re.compile("|".join(wild), re.DOTALL)


def tag(image: str) -> str | None:
    """The tag of an image reference, or None. A registry's port does not count."""
    _, colon, after = image.partition("@")[0].rpartition(":")
    return after if colon and "/" not in after else None


def trusted_registries(rendered: Rendered) -> Complaints:
    """Each image matches a pattern of the platform's `image_registries`."""
    patterns = rendered.platform.image_registries if rendered.platform else ()
    if not patterns:
        return
    trusted = _any_of(patterns)
    for pod, container, image in _images(rendered.admitted_pods):
        if not trusted.fullmatch(image):
            first = image.split("/")[0]
            hosted = "/" in image and ("." in first or ":" in first)
            library = "docker.io/" if "/" in image else "docker.io/library/"
            way_out = "use a listed registry" if hosted else f"write '{library}{image}'"
            yield (
                pod.owner,
                f"{container_name(container)}: the image '{image}' matches no pattern of image_registries; {way_out}",
            )


def image_tag(rendered: Rendered) -> Complaints:
    """Each image has a tag or digest, and the tag is not `latest`, unless the cluster moves the image."""
    for pod, container, image in _images(rendered.pods):
        if "@" not in image and tag(image) in (None, "latest") and not _moves(rendered, pod, container):
            named = "has the tag 'latest'" if tag(image) else "has no tag"
            message = (
                f"{container_name(container)}: the image '{image}' {named}, so each start may run another "
                f"version; write a version, as in '{image.removesuffix(':latest')}:1.2.3'"
            )
            yield pod.owner, message


def image_exact(rendered: Rendered) -> Complaints:
    """Each image names a full version or a digest, if the platform has `exact_image_pins`."""
    if rendered.platform is None or not rendered.platform.exact_image_pins:
        return
    for pod, container, image in _images(rendered.pods):
        named = tag(image)
        if "@" not in image and named not in (None, "latest") and not _EXACT_TAG.search(named):
            message = (
                f"{container_name(container)}: the tag of the image '{image}' floats; "
                "write a full version such as '1.2.3', or a digest"
            )
            yield pod.owner, message
