"""Rules for the privileges of pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.manifests import at, container_name

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered

_TOO_MUCH = {"SYS_ADMIN", "CAP_SYS_ADMIN", "ALL"}


def no_privileged(rendered: Rendered) -> Complaints:
    """No container is privileged."""
    for pod in rendered.admitted_pods:
        for container in pod.containers():
            if at(container, "securityContext", "privileged"):
                message = (
                    f"{container_name(container)} is privileged, which admission refuses; "
                    "leave `privileged` out, and add the one capability that it needs"
                )
                yield pod.owner, message


def no_host_namespaces(rendered: Rendered) -> Complaints:
    """No pod shares the node's network, process or IPC namespace."""
    for pod in rendered.admitted_pods:
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.spec.get(field):
                yield pod.owner, f"the pod sets {field}, which admission refuses; leave it out"


def no_sys_admin(rendered: Rendered) -> Complaints:
    """No container adds the capability SYS_ADMIN or ALL."""
    for pod in rendered.admitted_pods:
        for container in pod.containers():
            added = at(container, "securityContext", "capabilities", "add")
            for capability in added if isinstance(added, list) else ():
                if str(capability).upper() in _TOO_MUCH:
                    message = (
                        f"{container_name(container)} adds the capability {capability}, and admission refuses "
                        "SYS_ADMIN; add a narrower one"
                    )
                    yield pod.owner, message
