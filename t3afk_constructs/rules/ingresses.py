"""The rule for the router annotations of an Ingress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.manifests import at, table
from t3afk_constructs.traefik import option_complaint, router_options

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered


def router_annotations(rendered: Rendered) -> Complaints:
    """The router annotations of an Ingress have names and values that Traefik accepts."""
    for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1"):
        for name, value in router_options(table(at(ingress, "metadata", "annotations"))).items():
            if complaint := option_complaint(name, value):
                yield ingress, f"its annotation router.{name} {complaint}. Traefik drops the Ingress, or ignores it"
