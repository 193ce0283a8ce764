"""cdk8s constructs for a home Kubernetes cluster."""

from t3afk_constructs.api_object import CollisionError
from t3afk_constructs.external_secret import ExternalSecret
from t3afk_constructs.home import HOME
from t3afk_constructs.inputs import InputError
from t3afk_constructs.nfs_volume import NfsVolume
from t3afk_constructs.platform import Dns, Nfs, Platform, Quota, Tier

__all__ = [
    "HOME",
    "CollisionError",
    "Dns",
    "ExternalSecret",
    "InputError",
    "Nfs",
    "NfsVolume",
    "Platform",
    "Quota",
    "Tier",
]
