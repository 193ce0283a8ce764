"""Scale to zero: the settings of Sablier for one Ingress, and what it asks of the workload behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, field, frozen

from t3afk_constructs import formats, inputs
from t3afk_constructs.guardrails.finding import identity
from t3afk_constructs.guardrails.manifests import at, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IGNORED_USER_AGENTS = ("(?i)uptime-?kuma", "(?i)blackbox", "Go-http-client")
"""Probes that wake nothing: what they ask for is answered as if the workload slept on."""

_validator = inputs.validator
_line = _validator(formats.one_line)
_optional_line = _validator(inputs.optional(formats.one_line))
_duration = _validator(formats.duration)


def _group(value: object) -> str | None:
    return formats.label_value(value) or (None if value else "is empty; leave it out for the Ingress's name")


@frozen(kw_only=True)
class Sablier:
    """A workload that sleeps at zero replicas until a request comes, and again some time after the last one.

    Attributes:
        group: what is woken together: every workload with the label `sablier.group` of this value. Default: the
            Ingress's `name`.
        session_duration: how long after the last request the group sleeps again, in Go's notation.
        strategy: `dynamic` answers with a waiting page that reloads itself; `blocking` holds the request back, for
            clients that are no browsers.
        display_name: the group's name on the waiting page. Default: the Ingress's `name`.
        theme: of the waiting page.
        refresh_frequency: how often the waiting page reloads.
        blocking_timeout: how long `blocking` holds a request back before it fails.
    """

    group: str | None = field(default=None, validator=_validator(inputs.optional(_group)))
    session_duration: str = field(default="3h", validator=_duration)
    strategy: Literal["dynamic", "blocking"] = field(
        default="dynamic", validator=_validator(inputs.one_of("dynamic", "blocking"))
    )
    display_name: str | None = field(default=None, validator=_optional_line)
    theme: str = field(default="ghost", validator=_line)
    refresh_frequency: str = field(default="5s", validator=_duration)
    blocking_timeout: str = field(default="5m", validator=_duration)

    def resolved(self, name: str) -> Sablier:
        """These settings with the defaults that an Ingress's name gives."""
        return evolve(self, group=self.group or name, display_name=self.display_name or name)


sablier_rule = inputs.instance_of(Sablier, "write Sablier(), or Sablier(group='media') for settings of one's own")


def plugin_settings(sablier: Sablier, url: str) -> dict[str, Any]:
    """The settings of Traefik's plugin `sablier`."""
    waiting: dict[str, Any] = (
        {"blocking": {"timeout": sablier.blocking_timeout}}
        if sablier.strategy == "blocking"
        else {
            "dynamic": {
                "displayName": sablier.display_name,
                "showDetails": True,
                "theme": sablier.theme,
                "refreshFrequency": sablier.refresh_frequency,
            }
        }
    )
    return {
        "sablierUrl": url,
        "group": sablier.group,
        "sessionDuration": sablier.session_duration,
        "failOpen": True,
        "ignoreUserAgent": list(IGNORED_USER_AGENTS),
        **waiting,
    }


def workload_labels(group: str) -> dict[str, str]:
    """The labels by which Sablier finds the workloads of a group."""
    return {"sablier.enable": "true", "sablier.group": group, "sablier.ready-after": "5s"}


def workload_complaints(
    group: str, namespace: str, service_name: str, objects: Sequence[Mapping[str, Any]]
) -> list[str]:
    """What keeps Sablier from scaling the workloads behind a Service, as far as `objects` tell.

    Args:
        group: of the Ingress.
        namespace: of the Ingress, and so of its Service.
        service_name: the Service that it sends requests to.
        objects: the manifests of Services and workloads.
    """
    selectors = [
        table(at(service, "spec", "selector"))
        for service in objects
        if service["kind"] == "Service" and namespace_and_name(service) == (namespace, service_name)
    ]
    workloads = [o for o in objects if o["kind"] != "Service"]
    carriers = [workload for workload in workloads if _labels(workload).get("sablier.group") == group]
    behind = [
        workload
        for workload in workloads
        if namespace_and_name(workload)[0] == namespace
        and any(selector and selector.items() <= _pod_labels(workload).items() for selector in selectors)
    ]
    # What answers the Ingress need not be what sleeps: a proxy stays awake before the workload that carries the label.
    sleepers = carriers or behind
    wanted = workload_labels(group).items()
    complaints = []
    for workload in sleepers:
        what = f"{workload['kind']} '{'/'.join(namespace_and_name(workload))}'"
        if at(workload, "spec", "replicas") is not None:
            complaints.append(
                f"{what} has spec.replicas, so every apply undoes what Sablier scaled; leave the field out "
                "(a plain ApiObject, or JsonPatch.remove('/spec/replicas'))"
            )
        if missing := [f"{key}={value}" for key, value in wanted if _labels(workload).get(key) != value]:
            complaints.append(
                f"{what} lacks {', '.join(sorted(missing))}, so Sablier never wakes it; put the Ingress's "
                "`sablier_labels` on its metadata"
            )
    return complaints


def namespace_and_name(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """Where an object is and what it is called, whatever a patch took away."""
    who = identity(manifest)
    return who.namespace or "default", who.name


def _labels(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    return table(at(manifest, "metadata", "labels"))


def _pod_labels(workload: Mapping[str, Any]) -> Mapping[str, str]:
    return table(at(workload, "spec", "template", "metadata", "labels"))
