"""The requests and limits of a container."""

from collections.abc import Mapping
from typing import Annotated, Any

from attrs import field, frozen

from t3afk_constructs import formats, inputs, quantities
from t3afk_constructs.quantities import Cpu, Size
from t3afk_constructs.rules.as_admitted import GPU


def _extended(value: object) -> str | None:
    if complaint := formats.qualified_name(value):
        return complaint
    return None if "/" in str(value) else "is no extended resource; write its domain too, as in 'example.com/gpumem'"


@frozen(kw_only=True, field_transformer=inputs.checked_fields)
class Resources:
    """The requests and limits of a container. It has no CPU limit, by policy.

    Attributes:
        cpu: requested cores, such as `500m`; None is no request.
        memory: requested memory, such as `2Gi`.
        memory_limit: the kernel kills the container above it; default: `memory`.
        gpus: NVIDIA's GPUs for this container alone; None is none.
        extended: whole numbers of other resources by their names, such as those of a device plugin.
    """

    cpu: Cpu | None = None
    memory: Size
    memory_limit: Size | None = None
    gpus: formats.PositiveCount | None = None
    extended: Mapping[Annotated[str, _extended], formats.PositiveCount] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Refuse a request above the limit, as the API server does."""
        if quantities.quantity_value(self.memory) > quantities.quantity_value(self.limit):
            complaint = f"is above memory_limit {self.memory_limit!r}; raise the limit"
            raise inputs.InputError("Resources", None, [("memory", self.memory, complaint)])

    @property
    def limit(self) -> str:
        """The memory limit."""
        return self.memory_limit or self.memory

    def rendered(self) -> dict[str, Any]:
        """The container's `resources`."""
        return {
            "requests": ({"cpu": self.cpu} if self.cpu else {}) | {"memory": self.memory},
            "limits": {
                "memory": self.limit,
                **({GPU: self.gpus} if self.gpus else {}),
                **{name: str(count) for name, count in self.extended.items()},
            },
        }
