"""Scale to zero: the settings of Sablier for one Ingress."""

from typing import Annotated, Any, Literal

from attrs import evolve, frozen

from t3afk_constructs import formats
from t3afk_constructs.formats import Duration, Line
from t3afk_constructs.inputs import checked_fields

IGNORED_USER_AGENTS = ("(?i)uptime-?kuma", "(?i)blackbox", "Go-http-client")
"""Probes that must not wake a workload."""


def _group(value: object) -> str | None:
    return formats.label_value(value) or (None if value else "is empty; leave it out for the Ingress's name")


@frozen(kw_only=True, field_transformer=checked_fields)
class Sablier:
    """Run a workload only while requests come: zero replicas before the first, and some time after the last.

    Attributes:
        group: the workloads to wake together: those whose label `sablier.group` has this value. Default: the
            Ingress's `name`.
        session_duration: the time from the last request to zero replicas, in Go's notation.
        strategy: `dynamic` answers with a waiting page that reloads itself; `blocking` holds the request, for clients
            other than browsers.
        display_name: the group's name on the waiting page. Default: the Ingress's `name`.
        theme: of the waiting page.
        refresh_frequency: the time between two reloads of the waiting page.
        blocking_timeout: the time for which `blocking` holds a request before it fails.
    """

    group: Annotated[str, _group] | None = None
    session_duration: Duration = "3h"
    strategy: Literal["dynamic", "blocking"] = "dynamic"
    display_name: Line | None = None
    theme: Line = "ghost"
    refresh_frequency: Duration = "5s"
    blocking_timeout: Duration = "5m"

    def resolved(self, name: str) -> "Sablier":
        """The settings with the Ingress's name as default group and display name."""
        return evolve(self, group=self.group or name, display_name=self.display_name or name)


def with_group_of(awake: Sablier | None, asked: Sablier | None) -> Sablier | None:
    """The settings of an Ingress: as asked, else those of its service; by default, of the service's group."""
    if asked is None or awake is None:
        return asked or awake
    return evolve(asked, group=asked.group or awake.group)


def plugin_settings(sablier: Sablier, name: str, url: str) -> dict[str, Any]:
    """The settings of Traefik's plugin `sablier` for the Ingress `name`."""
    waiting: dict[str, Any] = (
        {"blocking": {"timeout": sablier.blocking_timeout}}
        if sablier.strategy == "blocking"
        else {
            "dynamic": {
                "displayName": sablier.display_name or name,
                "showDetails": True,
                "theme": sablier.theme,
                "refreshFrequency": sablier.refresh_frequency,
            }
        }
    )
    return {
        "sablierUrl": url,
        "group": sablier.group or name,
        "sessionDuration": sablier.session_duration,
        "failOpen": True,
        "ignoreUserAgent": list(IGNORED_USER_AGENTS),
        **waiting,
    }
