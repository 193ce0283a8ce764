"""The rule that a container with `runAsNonRoot` has a user who is not root.

The kubelet looks at `runAsUser` first, then at the image's user. It starts no container whose user is root, or a name:
it cannot tell a name's number. The API server accepts both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from t3afk_constructs.manifests import Plain, Pod, at, container_name

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered

# Official images without a USER in their Dockerfiles, in August 2026: https://github.com/docker-library/official-images
# names the repository of each. Some change their user in the entry point, which is too late for the kubelet.
_ROOT = (
    *(
        "alpine",
        "bash",
        "busybox",
        "caddy",
        "debian",
        "eclipse-mosquitto",
        "ghost",
        "golang",
        "httpd",
        "mongo",
        "mysql",
    ),
    *("nextcloud", "nginx", "node", "php", "postgres", "python", "rabbitmq", "redis", "registry", "ruby", "rust"),
    *("traefik", "ubuntu"),
)
# The user that the Dockerfile names, and for curl the script that builds the image.
_NAMED = {"curlimages/curl": "curl_user", "haproxy": "haproxy", "memcached": "memcache", "prom/prometheus": "nobody"}


def image_user(image: str) -> str | None:
    """The user of a well-known image of Docker Hub: `root` or a name. None for other images."""
    name = image.partition("@")[0]
    name = name.rpartition(":")[0] if ":" in name.rpartition("/")[2] else name
    for prefix in ("index.docker.io/", "docker.io/", "library/"):
        name = name.removeprefix(prefix)
    return "root" if name in _ROOT else _NAMED.get(name)


def _effective(pod: Pod, container: Plain, field: str) -> Any:
    """A field of the container's security context, or else of the pod's."""
    own = at(container, "securityContext", field)
    return at(pod.spec, "securityContext", field) if own is None else own


def non_root_user(rendered: Rendered) -> Complaints:
    """A container with `runAsNonRoot` has a user who is not root."""
    for pod in rendered.pods:
        if at(pod.spec, "os", "name") == "windows":
            continue
        for container in pod.containers():
            if _effective(pod, container, "runAsNonRoot") is not True:
                continue
            user, image = _effective(pod, container, "runAsUser"), container.get("image")
            own = image_user(image) if isinstance(image, str) else None
            if user == 0:
                cause, way_out = "runAsUser 0", "write the number of another user, or leave runAsNonRoot out"
            elif user is None and own == "root":
                cause = f"the image '{image}', whose user is root"
                way_out = "set runAsUser to the number of a user"
            elif user is None and own:
                cause = f"the image '{image}', whose user is the name '{own}'"
                way_out = "set runAsUser to that user's number"
            else:
                continue
            yield pod.owner, f"{container_name(container)} has runAsNonRoot and {cause}: it will not start; {way_out}"
