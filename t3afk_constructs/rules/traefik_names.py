"""The rule for the names that Traefik gives to shared middlewares.

It joins namespace and name by '-', so two objects may get one name. It then keeps one of them, by chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.manifests import identity
from t3afk_constructs.rules.middlewares import shared_by_reference
from t3afk_constructs.rules.routes import CRD
from t3afk_constructs.traefik import reference

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered


def shared_names(rendered: Rendered) -> Complaints:
    """No Middleware has the name of a shared one in Traefik."""
    shared = shared_by_reference(rendered.platform) if rendered.platform else {}
    for middleware in rendered.of_kind("Middleware", CRD):
        who = identity(middleware)
        name = reference(who.namespace or "default", who.name)
        if name in shared:
            yield (
                middleware,
                (
                    f"it has the name '{name}' in Traefik, which is the shared middleware '{shared[name]}' of all "
                    "hosts; choose another name, or silence this rule in the chart that owns the shared one"
                ),
            )
