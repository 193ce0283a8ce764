"""Rules for single Ingresses: router annotations, declared middlewares, certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.manifests import at, identity, mappings, table
from t3afk_constructs.traefik import option_complaint, router_options

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered


def router_annotations(rendered: Rendered) -> Complaints:
    """The router annotations of an Ingress have names and values that Traefik accepts."""
    for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1"):
        for name, value in router_options(table(at(ingress, "metadata", "annotations"))).items():
            if complaint := option_complaint(name, value):
                yield ingress, f"its annotation router.{name} {complaint}. Traefik drops the Ingress, or ignores it"


_GATE = ("middlewares", "entrypoints", "pathmatcher", "rulesyntax")


def declared_middlewares(rendered: Rendered) -> Complaints:
    """No patch changes the middlewares, the entry point or the rule of an IngressFactory."""
    for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1") if rendered.declared else ():
        declared = rendered.declared.get(identity(ingress))
        if declared is None:
            continue
        before, after = router_options(declared), router_options(table(at(ingress, "metadata", "annotations")))
        for name in _GATE:
            if before.get(name) != after.get(name):
                message = (
                    f"a patch changes its annotation router.{name} from {before.get(name)!r} to "
                    f"{after.get(name)!r}, so other people may enter than the IngressFactory declares; use its "
                    "inputs auth and extra_middlewares"
                )
                yield ingress, message


def certificate(rendered: Rendered) -> Complaints:
    """The platform's certificate covers the hosts that use it: its domain, and names one level below."""
    if rendered.platform is None:
        return
    domain, secret = rendered.platform.domain, rendered.platform.tls_secret_name
    for ingress in rendered.of_kind("Ingress", "networking.k8s.io/v1"):
        for tls in mappings(at(ingress, "spec", "tls")):
            hosts = tls.get("hosts")
            for host in hosts if tls.get("secretName") == secret and isinstance(hosts, list) else ():
                if domain not in (host, str(host).partition(".")[2]):
                    message = (
                        f"the certificate '{secret}' covers '{domain}' and names one level below, but not the "
                        f"host '{host}', so browsers refuse it; use such a name, or a certificate of its own "
                        "(tls_secret_name)"
                    )
                    yield ingress, message
