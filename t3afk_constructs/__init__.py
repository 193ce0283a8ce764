"""cdk8s constructs for a home Kubernetes cluster."""

from t3afk_constructs.api_objects import CollisionError
from t3afk_constructs.external_secret import ExternalSecret
from t3afk_constructs.guardrails import guard, silence
from t3afk_constructs.home import HOME
from t3afk_constructs.ingress_factory import IngressFactory
from t3afk_constructs.inputs import InputError
from t3afk_constructs.nfs_volume import NfsVolume
from t3afk_constructs.platform import Dns, Nfs, Platform, Quota, Tier
from t3afk_constructs.sablier import Sablier
from t3afk_constructs.synthesis import SynthError, synth
from t3afk_constructs.t3_containers import Resources
from t3afk_constructs.t3_executor import T3Executor
from t3afk_constructs.t3afk_chart import T3AfkChart

__all__ = [
    "HOME",
    "CollisionError",
    "Dns",
    "ExternalSecret",
    "IngressFactory",
    "InputError",
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
