"""Rules for memory and CPU: limits of containers and quotas of namespaces."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from t3afk_constructs import quantities
from t3afk_constructs.manifests import Plain, Pod, at, container_name, identity, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.platform import Quota
    from t3afk_constructs.rules.rendered import Complaints, Rendered

_OWN_LIMITS = "resource-governance/custom-limitrange"
_OWN_QUOTA = "resource-governance/custom-quota"


def _asked(holder: Plain, which: str, resource: str) -> Decimal | None:
    try:
        return quantities.quantity_value(str(at(holder, "resources", which, resource)))
    except ValueError:
        return None  # absent, or refused by the API server


def no_cpu_limits(rendered: Rendered) -> Complaints:
    """No workload limits CPU: a limit throttles even on an idle node, a request shares a busy node fairly."""
    for pod in rendered.pods:
        for what, holder in (
            ("the pod", pod.spec),
            *((container_name(container), container) for container in pod.containers()),
        ):
            if "cpu" in table(at(holder, "resources", "limits")):
                yield pod.owner, f"{what} limits CPU, against the policy of the cluster; leave `limits.cpu` out"


def limit_range(rendered: Rendered) -> Complaints:
    """No container exceeds the memory limit of its namespace's tier."""
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
                            f"{container_name(container)} has {which}.memory {given}, but tier {tier.name} allows "
                            f'{most} for a container; ask for less, or label the Namespace {_OWN_LIMITS}: "true"'
                        ),
                    )


def _charged(container: Plain, which: str, resource: str) -> Decimal | None:
    """The request or limit of a container or pod; None if unknown. A limit is also the default request.

    Defaults that a LimitRange adds are not counted.
    """
    asked = _asked(container, which, resource)
    return asked if asked is not None or which == "limits" else _asked(container, "limits", resource)


def pod_demand(pod: Pod, which: str, resource: str) -> Decimal:
    """The share of one pod in a quota.

    The pod's own request; else the sum of its containers, or the peak of its init containers if that is higher.
    Init containers run one after the other; one with restartPolicy Always keeps running
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
    """The pods of a namespace together fit the quota of its tier."""
    for name, namespace in rendered.namespaces.items():
        tier = rendered.tier(name)
        labels = rendered.namespace_labels(name)
        if not tier or not tier.quota or labels.get(_OWN_QUOTA) == "true":
            continue
        pods = [pod for pod in rendered.pods_in(name) if pod.replicas > 0]
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
        used = sum((pod.replicas * pod_demand(pod, which, resource) for pod in pods), Decimal(0))
        if most is not None and used > quantities.quantity_value(most):
            asked = f"{used / 1024**2:.0f}Mi" if resource == "memory" else f"{used.normalize():f}"
            yield (
                f"its pods ({shares}) need {which}.{resource} {asked}, but the quota of tier {tier} is {most}; "
                f"{way_out}"
            )
    count = sum(pod.replicas for pod in pods)
    if quota.pods is not None and count > quota.pods:
        yield f"it has {count} pods ({shares}), but the quota of tier {tier} is {quota.pods}; {way_out}"


def _unmeasured(quota: Quota, pods: list[Pod]) -> Complaints:
    # Without a LimitRange, no default fills a missing memory request or limit. CPU may have a default: the platform
    # does not say.
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
                            f"{container_name(container)} has no {measure}, so the namespace's quota refuses the pod; "
                            f"write {measure}"
                        ),
                    )
