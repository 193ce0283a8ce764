"""Rules for memory and CPU: limits of single containers and of whole namespaces."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from t3afk_constructs import quantities
from t3afk_constructs.guardrails.finding import identity
from t3afk_constructs.guardrails.manifests import Manifest, Pod, Rendered, at, container_name, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.guardrails.manifests import Complaints
    from t3afk_constructs.platform import Quota

_OWN_LIMITS = "resource-governance/custom-limitrange"
_OWN_QUOTA = "resource-governance/custom-quota"


def _asked(holder: Manifest, which: str, resource: str) -> Decimal | None:
    try:
        return quantities.quantity_value(str(at(holder, "resources", which, resource)))
    except ValueError:
        return None  # it is not given, or the API server refuses it


def no_cpu_limits(rendered: Rendered) -> Complaints:
    """Nothing limits CPU: a limit throttles while the node is idle, a request shares fairly when it is not."""
    for pod in rendered.pods:
        for what, holder in (
            ("the pod", pod.spec),
            *((container_name(container), container) for container in pod.containers()),
        ):
            if "cpu" in table(at(holder, "resources", "limits")):
                yield pod.owner, f"{what} limits CPU, which no workload does by policy; leave `limits.cpu` out"


def limit_range(rendered: Rendered) -> Complaints:
    """No container may use more memory than its namespace's tier allows for one."""
    for pod in rendered.pods:
        tier = rendered.tier(pod.namespace)
        most = tier and tier.max_container_memory
        if not tier or not most or rendered.namespace_labels(pod.namespace).get(_OWN_LIMITS) == "true":
            continue
        for container in pod.containers():
            for which in ("requests", "limits"):
                asked = _asked(container, which, "memory")
                if asked is not None and asked > quantities.quantity_value(most):
                    given = at(container, "resources", which, "memory")
                    yield (
                        pod.owner,
                        (
                            f"{container_name(container)} has {which}.memory {given}, and tier {tier.name} allows "
                            f'{most} for one container; ask for less, or label the Namespace {_OWN_LIMITS}: "true"'
                        ),
                    )


def _charged(container: Manifest, which: str, resource: str) -> Decimal | None:
    """What a container or pod counts for: a limit is also the request where none is given. None is not known.

    A LimitRange may fill in what is not given; what it fills in is none of the platform's facts.
    """
    asked = _asked(container, which, resource)
    return asked if asked is not None or which == "limits" else _asked(container, "limits", resource)


def pod_demand(pod: Pod, which: str, resource: str) -> Decimal:
    """What one pod counts for in a quota.

    That is what it asks for as a whole, else its containers together, or its greediest moment before they start. Init
    containers run one after the other; one with restartPolicy Always stays
    (https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers).
    """
    whole = _asked(pod.spec, which, resource)
    if whole is not None:
        return whole
    staying = peak = Decimal(0)
    for container in pod.containers("initContainers"):
        charged = _charged(container, which, resource) or Decimal(0)
        if container.get("restartPolicy") == "Always":
            staying += charged
        else:
            peak = max(peak, staying + charged)
    running = sum((_charged(c, which, resource) or Decimal(0) for c in pod.containers("containers")), staying)
    return max(peak, running) or _asked(pod.spec, "limits", resource) or Decimal(0)


def resource_quota(rendered: Rendered) -> Complaints:
    """What is rendered for a namespace fits the quota of its tier, all of it together."""
    for name, namespace in rendered.namespaces.items():
        tier = rendered.tier(name)
        labels = rendered.namespace_labels(name)
        if not tier or not tier.quota or labels.get(_OWN_QUOTA) == "true":
            continue
        pods = [pod for pod in rendered.pods_in(name) if pod.count > 0]
        yield from ((namespace, over) for over in _over(tier.name, tier.quota, pods))
        if tier.max_container_memory is None and labels.get(_OWN_LIMITS) != "true":
            yield from _unmeasured(tier.quota, pods)


def _over(tier: str, quota: Quota, pods: list[Pod]) -> Iterator[str]:
    way_out = f'ask for less, or label the Namespace {_OWN_QUOTA}: "true"'
    shares = ", ".join(f"{identity(pod.owner).kind} '{identity(pod.owner).name}'" for pod in pods)
    for which, resource, most in (
        ("requests", "cpu", quota.requests_cpu),
        ("requests", "memory", quota.requests_memory),
        ("limits", "memory", quota.limits_memory),
    ):
        used = sum((pod.count * pod_demand(pod, which, resource) for pod in pods), Decimal(0))
        if most is not None and used > quantities.quantity_value(most):
            asked = f"{used / 1024**2:.0f}Mi" if resource == "memory" else f"{used.normalize():f}"
            yield (
                f"its pods ({shares}) ask for {which}.{resource} {asked}, and the quota of tier {tier} is {most}; "
                f"{way_out}"
            )
    count = sum(pod.count for pod in pods)
    if quota.pods is not None and count > quota.pods:
        yield f"it has {count} pods ({shares}), and the quota of tier {tier} is {quota.pods}; {way_out}"


def _unmeasured(quota: Quota, pods: list[Pod]) -> Complaints:
    # Without a LimitRange nothing fills in what a container leaves out. CPU is not looked at: whether something fills
    # that in is none of the platform's facts.
    for pod in pods:
        for measure, which, cap in (
            ("requests.memory", "requests", quota.requests_memory),
            ("limits.memory", "limits", quota.limits_memory),
        ):
            if cap is None or _charged(pod.spec, which, "memory") is not None:
                continue
            for container in pod.containers("initContainers", "containers"):
                if _charged(container, which, "memory") is None:
                    yield (
                        pod.owner,
                        (
                            f"{container_name(container)} has no {measure}, and a namespace with a quota on it refuses "
                            "such a pod; write one"
                        ),
                    )
