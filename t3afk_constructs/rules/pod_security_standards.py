"""The rule for Namespaces that enforce a level of the Pod Security Standards.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from t3afk_constructs.manifests import Plain, Pod, at, container_name, mappings, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.rules.rendered import Complaints, Rendered

_PREFIX = "pod-security.kubernetes.io"
_LEVELS = ("privileged", "baseline", "restricted")
_NEWEST = 34  # the minor version of Kubernetes whose standard this is


class _Field(NamedTuple):
    """A field with the values that `baseline` allows.

    Attributes:
        path: the keys from the pod's spec, or from a container.
        allowed: the values.
        of_pod, of_container: which of the two has the field.
    """

    path: tuple[str, ...]
    allowed: tuple[Any, ...]
    of_pod: bool = True
    of_container: bool = True


def _context(*path: str, allowed: tuple[Any, ...], of_pod: bool = True) -> _Field:
    return _Field(("securityContext", *path), allowed, of_pod=of_pod)


_PROFILES = (None, "RuntimeDefault", "Localhost")
_SELINUX_TYPES = (None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_FIELDS = (
    *(_Field((name,), (None, False), of_container=False) for name in ("hostNetwork", "hostPID", "hostIPC")),
    _context("windowsOptions", "hostProcess", allowed=(None, False)),
    _context("privileged", allowed=(None, False), of_pod=False),
    _context("procMount", allowed=(None, "Default"), of_pod=False),
    _context("appArmorProfile", "type", allowed=_PROFILES),
    _context("seccompProfile", "type", allowed=_PROFILES),
    _context("seLinuxOptions", "type", allowed=_SELINUX_TYPES),
    _context("seLinuxOptions", "user", allowed=(None, "")),
    _context("seLinuxOptions", "role", allowed=(None, "")),
)
# fmt: off
_CAPABILITIES = frozenset((
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
))
_VOLUMES = frozenset((
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
))
# fmt: on
# The minor version of Kubernetes since which the standard allows a sysctl, and one SELinux type.
_SYSCTLS = {
    "kernel.shm_rmid_forced": 0,
    "net.ipv4.ip_local_port_range": 0,
    "net.ipv4.ip_unprivileged_port_start": 0,
    "net.ipv4.ping_group_range": 0,
    "net.ipv4.tcp_syncookies": 0,
    "net.ipv4.ip_local_reserved_ports": 27,
    "net.ipv4.tcp_fin_timeout": 29,
    "net.ipv4.tcp_keepalive_intvl": 29,
    "net.ipv4.tcp_keepalive_probes": 29,
    "net.ipv4.tcp_keepalive_time": 29,
    "net.ipv4.tcp_rmem": 32,
    "net.ipv4.tcp_wmem": 32,
}
_ENGINE_TYPE_SINCE = 31
_PROBE_HOSTS_SINCE = 34  # refused since then
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"


def pod_security(rendered: Rendered) -> Complaints:
    """A pod fits the Pod Security level that its Namespace enforces."""
    for name, namespace in rendered.namespaces.items():
        labels = rendered.namespace_labels(name)
        for mode in ("enforce", "audit", "warn"):
            if (level := labels.get(f"{_PREFIX}/{mode}", "privileged")) not in _LEVELS:
                yield namespace, f"its label {_PREFIX}/{mode} is '{level}'; write one of {', '.join(_LEVELS)}"
        level = labels.get(f"{_PREFIX}/enforce")
        minor = re.fullmatch(r"v1\.([0-9]{1,4})", str(labels.get(f"{_PREFIX}/enforce-version")))
        for pod in rendered.pods_in(name) if level in _LEVELS[1:] else ():
            complaints = [*_baseline(pod, int(minor[1]) if minor else _NEWEST), *_volumes(pod, str(level))]
            complaints += _restricted(pod) if level == "restricted" else []
            for complaint in dict.fromkeys(complaints):
                message = f"{complaint}, which the level {level} of its Namespace refuses"
                yield pod.owner, f"{message}; change the pod, or the label {_PREFIX}/enforce"


def _baseline(pod: Pod, version: int) -> Iterator[str]:
    for who, holder, is_pod in (
        ("the pod", pod.spec, True),
        *((container_name(container), container, False) for container in pod.containers()),
    ):
        for field in _FIELDS:
            value = at(holder, *field.path) if (field.of_pod if is_pod else field.of_container) else None
            newer = value == "container_engine_t" and version < _ENGINE_TYPE_SINCE
            if newer or value not in field.allowed:
                yield f"{who} has {'.'.join(field.path)}: {value}"
    for key, value in table(at(pod.template, "metadata", "annotations")).items():
        if str(key).startswith(_APPARMOR) and not re.fullmatch(r"|runtime/default|localhost/.*", str(value)):
            yield f"the pod has the annotation {key}: {value}"
    for sysctl in mappings(at(pod.spec, "securityContext", "sysctls")):
        if _SYSCTLS.get(str(sysctl.get("name")), version + 1) > version:
            yield f"the pod sets the sysctl {sysctl.get('name')}"
    for container in pod.containers():
        yield from (f"{container_name(container)} {has}" for has in _of_container(container, version))


def _of_container(container: Plain, version: int) -> Iterator[str]:
    yield from (f"adds the capability {each}" for each in _added(container) if each not in _CAPABILITIES)
    for port in mappings(container.get("ports")):
        if port.get("hostPort"):
            yield f"has the hostPort {port['hostPort']}"
    for where in (
        *((f"{probe}Probe",) for probe in ("liveness", "readiness", "startup")),
        *(("lifecycle", hook) for hook in ("postStart", "preStop")),
    ):
        for action in ("httpGet", "tcpSocket") if version >= _PROBE_HOSTS_SINCE else ():
            if at(container, *where, action, "host"):
                yield f"has {'.'.join((*where, action))}.host"


def _volumes(pod: Pod, level: str) -> Iterator[str]:
    for volume in mappings(pod.spec.get("volumes")):
        kinds = set(map(str, volume)) - {"name"}
        refused = kinds - _VOLUMES if level == "restricted" else kinds & {"hostPath"}
        yield from (f"the volume '{volume.get('name')}' is of the type {kind}" for kind in sorted(refused))


def _added(container: Plain) -> list[str]:
    added = at(container, "securityContext", "capabilities", "add")
    return list(map(str, added)) if isinstance(added, list) else []


def _restricted(pod: Pod) -> Iterator[str]:
    """What the level `restricted` asks for beyond `baseline`. It asks less of Windows."""
    of_pod = table(pod.spec.get("securityContext"))
    for field, refused in (("runAsUser", 0), ("runAsNonRoot", False)):
        if (value := of_pod.get(field)) is not None and value == refused:
            yield f"the pod has {field}: {value}"
    for container in pod.containers():
        own = {key: value for key, value in table(container.get("securityContext")).items() if value is not None}
        wrong = []
        if own.get("runAsUser") == 0:
            wrong.append("has runAsUser: 0")
        inherited = {**of_pod, **own}
        if inherited.get("runAsNonRoot") is not True:
            wrong.append("lacks runAsNonRoot: true")
        if at(pod.spec, "os", "name") != "windows":
            wrong += _of_linux(container, own, inherited)
        yield from (f"{container_name(container)} {each}" for each in wrong)


def _of_linux(container: Plain, own: Plain, inherited: Plain) -> Iterator[str]:
    if at(inherited, "seccompProfile", "type") is None:
        yield "lacks a seccompProfile"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "lacks allowPrivilegeEscalation: false"
    dropped = at(own, "capabilities", "drop")
    if not isinstance(dropped, list) or "ALL" not in dropped:
        yield "does not drop the capability ALL"
    yield from (f"adds the capability {each}" for each in _added(container) if each != "NET_BIND_SERVICE")
