"""cdk8s constructs for a home Kubernetes cluster.

Python loads each name at its first use: a construct starts Node, and the command `t3afk` needs none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from t3afk_constructs.cluster_chart import ClusterChart
    from t3afk_constructs.executor.executor import T3Executor
    from t3afk_constructs.executor.pod import Resources
    from t3afk_constructs.external_secret import ExternalSecret
    from t3afk_constructs.guarding import guard, silence
    from t3afk_constructs.home import HOME
    from t3afk_constructs.ingress.factory import IngressFactory
    from t3afk_constructs.ingress.sablier import Sablier
    from t3afk_constructs.inputs import InputError
    from t3afk_constructs.nfs_volume import NfsVolume
    from t3afk_constructs.objects import Manifest
    from t3afk_constructs.platform import Dns, Nfs, Platform, Quota, Tier
    from t3afk_constructs.synthesis import SynthError, synth
    from t3afk_constructs.t3afk_chart import T3AfkChart

__all__ = [
    "HOME",
    "ClusterChart",
    "Dns",
    "ExternalSecret",
    "IngressFactory",
    "InputError",
    "Manifest",
    "Nfs",
    "NfsVolume",
    "Platform",
    "Quota",
    "Resources",
    "Sablier",
    "SynthError",
    "T3AfkChart",
    "T3Executor",
    "Tier",
    "guard",
    "silence",
    "synth",
]

_NAMES = {
    "cluster_chart": "ClusterChart",
    "executor.executor": "T3Executor",
    "executor.pod": "Resources",
    "external_secret": "ExternalSecret",
    "guarding": "guard silence",
    "home": "HOME",
    "ingress.factory": "IngressFactory",
    "ingress.sablier": "Sablier",
    "inputs": "InputError",
    "nfs_volume": "NfsVolume",
    "objects": "Manifest",
    "platform": "Dns Nfs Platform Quota Tier",
    "synthesis": "SynthError synth",
    "t3afk_chart": "T3AfkChart",
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}


if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> Any:
        """Import the module of a public name (PEP 562)."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value  # the next access is a plain one
        return value

    def __dir__() -> list[str]:
        return list(__all__)
