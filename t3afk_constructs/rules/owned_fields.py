"""The rule for fields that another writer changes after the first apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from t3afk_constructs.manifests import identity

if TYPE_CHECKING:
    from t3afk_constructs.rules.rendered import Complaints, Rendered


def owned_fields(rendered: Rendered) -> Complaints:
    """`app.synth()` alone: no manifest owns a field that another writer changes after the first apply."""
    for manifest in rendered.manifests if rendered.initial else ():
        if fields := rendered.initial.get(identity(manifest)):
            named = ", ".join(fields)
            yield manifest, f"app.synth() writes {named}, and a later apply conflicts with its writer; call synth(app)"
