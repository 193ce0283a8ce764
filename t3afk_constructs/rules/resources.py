"""Rules for memory and CPU: limits of containers and quotas of namespaces."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from t3afk_constructs import quantities
from t3afk_constructs.manifests import Plain, Pod, at, container_name, identity, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from t3afk_constructs.platform import Quota, Tier
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
        for what, holder in _holders(pod):
            if "cpu" in table(at(holder, "resources", "limits")):
                yield pod.owner, f"{what} limits CPU, against the policy of the cluster; leave `limits.cpu` out"


def request_within_limit(rendered: Rendered) -> Complaints:
    """No container or pod requests more than its limit, and no container more than its pod."""
    for pod in rendered.pods:
        tier = _limits(rendered, pod.namespace)
        for what, holder in _holders(pod):
            for resource in sorted(map(str, table(at(holder, "resources", "limits")))):
                own = _whole(pod, "requests", resource) if holder is pod.spec else _asked(holder, "requests", resource)
                if _exceeds(own, _asked(holder, "limits", resource)):
                    message = f"{what} requests more {resource} than its limit, which the API server refuses"
                    yield pod.owner, f"{message}; raise the limit"
        for resource in ("cpu", "memory") if table(pod.spec.get("resources")) else ():
            if _exceeds(_sum(pod, "requests", resource, tier), _whole(pod, "requests", resource)):
                message = f"its containers together request more {resource} than the pod, which the API server refuses"
                yield pod.owner, f"{message}; raise the pod's request"
        for resource in sorted(map(str, table(at(pod.spec, "resources", "limits")))):
            for container in pod.containers("containers"):
                if _exceeds(_charged(container, "limits", resource, tier), _asked(pod.spec, "limits", resource)):
                    message = f"{container_name(container)} has a higher limit of {resource} than the pod"
                    yield pod.owner, f"{message}, which the API server refuses; raise the pod's limit"


def _holders(pod: Pod) -> Iterator[tuple[str, Plain]]:
    """The pod and its containers, with their names in messages."""
    yield "the pod", pod.spec
    yield from ((container_name(container), container) for container in pod.containers())


def _exceeds(asked: Decimal | None, most: Decimal | None) -> bool:
    return asked is not None and most is not None and asked > most


def _limits(rendered: Rendered, namespace: str | None) -> Tier | None:
    """The tier whose LimitRange a Namespace has; None if it has none, its own, or is another stack's."""
    own = rendered.namespace_labels(namespace).get(_OWN_LIMITS) == "true"
    return None if own else rendered.tier(namespace)


def _called(tier: Tier) -> str:
    return f"tier {tier.name}" if tier.name else "a Namespace without a tier"


def limit_range(rendered: Rendered) -> Complaints:
    """No container exceeds the memory limit that its namespace's tier allows or gives."""
    way_out = f'or label the Namespace {_OWN_LIMITS}: "true"'
    for pod in rendered.pods:
        if not (tier := _limits(rendered, pod.namespace)):
            continue
        most, given = tier.max_container_memory, tier.given_memory_limit
        for container in pod.containers():
            for which in ("requests", "limits"):
                asked = _asked(container, which, "memory")
                memory = f"{container_name(container)} has {which}.memory {at(container, 'resources', which, 'memory')}"
                if _exceeds(asked, _value(most)):
                    message = f"{memory}, but {_called(tier)} allows {most} for a container; ask for less"
                    yield pod.owner, f"{message}, {way_out}"
                elif _asked(container, "limits", "memory") is None and _exceeds(asked, _value(given)):
                    message = f"{memory} and no limits.memory, so {_called(tier)} gives it the limit {given}, below its"
                    yield pod.owner, f"{message} request; write limits.memory, {way_out}"


def _value(quantity: str | None) -> Decimal | None:
    return None if quantity is None else quantities.quantity_value(quantity)


def _default(tier: Tier | None, which: str, resource: str) -> Decimal | None:
    """The request or limit that a tier's LimitRange gives a container without one."""
    if tier is None:
        return None
    found = {
        ("requests", "cpu"): tier.default_cpu_request,
        ("requests", "memory"): tier.given_memory_request,
        ("limits", "memory"): tier.given_memory_limit,
    }
    return _value(found.get((which, resource)))


def _charged(container: Plain, which: str, resource: str, tier: Tier | None = None) -> Decimal | None:
    """The request or limit of a container or pod, None if unknown. A limit is also the default request."""
    asked = _asked(container, which, resource)
    if asked is None and which == "requests":
        asked = _asked(container, "limits", resource)
    return _default(tier, which, resource) if asked is None else asked


def pod_demand(pod: Pod, which: str, resource: str, tier: Tier | None = None) -> Decimal:
    """The share of one pod in a quota, with the defaults of its tier's LimitRange.

    The pod's own request; else the sum of its containers, or the peak of its init containers if that is higher.
    Init containers run one after the other; one with restartPolicy Always keeps running
    (https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers).
    """
    whole = _whole(pod, which, resource)
    return _sum(pod, which, resource, tier) if whole is None else whole


def _whole(pod: Pod, which: str, resource: str) -> Decimal | None:
    """The pod's own request or limit. With a limit of its own, a missing request is its containers', else the limit."""
    asked = _asked(pod.spec, which, resource)
    if asked is None and which == "requests" and table(at(pod.spec, "resources", "limits")):
        return _sum(pod, which, resource, None) or _asked(pod.spec, "limits", resource)
    return asked


def _sum(pod: Pod, which: str, resource: str, tier: Tier | None) -> Decimal:
    """The requests or limits of a pod's containers together."""
    staying = peak = Decimal(0)
    for container in pod.containers("initContainers"):
        charged = _charged(container, which, resource, tier) or Decimal(0)
        if container.get("restartPolicy") == "Always":
            staying += charged
        else:
            peak = max(peak, staying + charged)
    running = sum((_charged(c, which, resource, tier) or Decimal(0) for c in pod.containers("containers")), staying)
    return max(peak, running)


def resource_quota(rendered: Rendered) -> Complaints:
    """The pods of a namespace together fit the quota of its tier."""
    for name, namespace in rendered.namespaces.items():
        tier = rendered.tier(name)
        labels = rendered.namespace_labels(name)
        if not tier or not tier.quota or labels.get(_OWN_QUOTA) == "true":
            continue
        pods = [pod for pod in rendered.pods_in(name) if pod.replicas > 0]
        limits = _limits(rendered, name)
        yield from ((namespace, over) for over in _over(tier, tier.quota, pods, limits))
        if limits:
            yield from _unmeasured(tier.quota, pods, limits)


def _over(tier: Tier, quota: Quota, pods: list[Pod], limits: Tier | None) -> Iterator[str]:
    way_out = f'ask for less, or label the Namespace {_OWN_QUOTA}: "true"'
    shares = ", ".join(f"{identity(pod.owner).kind} '{identity(pod.owner).name}'" for pod in pods)
    for which, resource, most in _measured(quota):
        used = sum((pod.replicas * pod_demand(pod, which, resource, limits) for pod in pods), Decimal(0))
        if _exceeds(used, _value(most)):
            asked = f"{used / 1024**2:.0f}Mi" if resource == "memory" else f"{used.normalize():f}"
            yield (
                f"its pods ({shares}) need {which}.{resource} {asked}, but the quota of {_called(tier)} is {most}; "
                f"{way_out}"
            )
    count = sum(pod.replicas for pod in pods)
    if quota.pods is not None and count > quota.pods:
        yield f"it has {count} pods ({shares}), but the quota of {_called(tier)} is {quota.pods}; {way_out}"


def _measured(quota: Quota) -> tuple[tuple[str, str, str | None], ...]:
    return (
        ("requests", "cpu", quota.requests_cpu),
        ("requests", "memory", quota.requests_memory),
        ("limits", "memory", quota.limits_memory),
    )


def _unmeasured(quota: Quota, pods: list[Pod], limits: Tier) -> Complaints:
    """Containers without a request or limit that the quota asks for. A LimitRange that is unknown may give them one."""
    for pod in pods:
        if table(pod.spec.get("resources")):
            continue  # the quota asks nothing of the containers of a pod with resources of its own
        for which, resource, most in _measured(quota):
            if most is None:
                continue
            for container in pod.containers("initContainers", "containers"):
                if _charged(container, which, resource, limits) is None:
                    message = f"{container_name(container)} has no {which}.{resource}, so the namespace's quota refuses"
                    yield pod.owner, f"{message} the pod; write {which}.{resource}"
