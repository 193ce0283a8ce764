"""Rules for what a pod may do on its node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.guardrails.manifests import Rendered, at, container_name

if TYPE_CHECKING:
    from t3afk_constructs.guardrails.manifests import Complaints

_TOO_MUCH = {"SYS_ADMIN", "CAP_SYS_ADMIN", "ALL"}


def no_privileged(rendered: Rendered) -> Complaints:
    """No container is privileged."""
    for pod in rendered.pods:
        for container in pod.containers():
            if at(container, "securityContext", "privileged"):
                yield (
                    pod.owner,
                    (
                        f"{container_name(container)} is privileged, which admission refuses; "
                        "leave it out and add the one capability that it needs"
                    ),
                )


def no_host_namespaces(rendered: Rendered) -> Complaints:
    """No pod shares its node's network, processes or IPC."""
    for pod in rendered.pods:
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.spec.get(field):
                yield pod.owner, f"the pod sets {field}, which admission refuses; leave it out"


def no_sys_admin(rendered: Rendered) -> Complaints:
    """No container gets the capability SYS_ADMIN, also not with all others."""
    for pod in rendered.pods:
        for container in pod.containers():
            added = at(container, "securityContext", "capabilities", "add")
            for capability in added if isinstance(added, list) else ():
                if str(capability).upper() in _TOO_MUCH:
                    yield (
                        pod.owner,
                        (
                            f"{container_name(container)} adds the capability {capability}, and with SYS_ADMIN "
                            "admission refuses it; add the narrower one that it needs"
                        ),
                    )
