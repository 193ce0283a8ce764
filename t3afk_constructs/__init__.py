"""cdk8s constructs for a home Kubernetes cluster.

Python loads each name at its first use: a construct starts Node, and the command `t3afk` needs none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from t3afk_constructs.admission import leave_to_admission
    from t3afk_constructs.block_claim import BlockClaim
    from t3afk_constructs.cluster_chart import ClusterChart
    from t3afk_constructs.executor.executor import T3Executor
    from t3afk_constructs.external_secret import ExternalSecret
    from t3afk_constructs.guarding import guard, silence
    from t3afk_constructs.home import HOME
    from t3afk_constructs.ingress.factory import IngressFactory
    from t3afk_constructs.ingress.sablier import Sablier
    from t3afk_constructs.inputs import InputError
    from t3afk_constructs.namespace import Namespace
    from t3afk_constructs.nfs_volume import NfsVolume
    from t3afk_constructs.objects import Manifest
    from t3afk_constructs.platform import Admission, Block, Dns, Nfs, Platform, Quota, Tier
    from t3afk_constructs.remote_ref import RemoteRef
    from t3afk_constructs.secret_key import SecretKey
    from t3afk_constructs.synthesis import SynthError, synth
    from t3afk_constructs.t3afk_chart import T3AfkChart
    from t3afk_constructs.workload.container import Container, ContainerPort
    from t3afk_constructs.workload.cron_job import CronJob
    from t3afk_constructs.workload.environment import ConfigMapKey, ConfigMapRef, FieldRef, SecretRef
    from t3afk_constructs.workload.mounts import (
        Claim,
        ConfigMapFiles,
        EmptyDir,
        File,
        Files,
        HostPath,
        Mount,
        NfsExport,
        SecretFiles,
    )
    from t3afk_constructs.workload.pod import Pod, same_node_as
    from t3afk_constructs.workload.probes import ExecProbe, HttpProbe, TcpProbe
    from t3afk_constructs.workload.resources import Resources
    from t3afk_constructs.workload.service import Service, ServicePort
    from t3afk_constructs.workload.web_service import WebService

__all__ = [
    "HOME",
    "Admission",
    "Block",
    "BlockClaim",
    "Claim",
    "ClusterChart",
    "ConfigMapFiles",
    "ConfigMapKey",
    "ConfigMapRef",
    "Container",
    "ContainerPort",
    "CronJob",
    "Dns",
    "EmptyDir",
    "ExecProbe",
    "ExternalSecret",
    "FieldRef",
    "File",
    "Files",
    "HostPath",
    "HttpProbe",
    "IngressFactory",
    "InputError",
    "Manifest",
    "Mount",
    "Namespace",
    "Nfs",
    "NfsExport",
    "NfsVolume",
    "Platform",
    "Pod",
    "Quota",
    "RemoteRef",
    "Resources",
    "Sablier",
    "SecretFiles",
    "SecretKey",
    "SecretRef",
    "Service",
    "ServicePort",
    "SynthError",
    "T3AfkChart",
    "T3Executor",
    "TcpProbe",
    "Tier",
    "WebService",
    "guard",
    "leave_to_admission",
    "same_node_as",
    "silence",
    "synth",
]

_NAMES = {
    "admission": "leave_to_admission",
    "block_claim": "BlockClaim",
    "cluster_chart": "ClusterChart",
    "executor.executor": "T3Executor",
    "external_secret": "ExternalSecret",
    "guarding": "guard silence",
    "home": "HOME",
    "ingress.factory": "IngressFactory",
    "ingress.sablier": "Sablier",
    "inputs": "InputError",
    "namespace": "Namespace",
    "nfs_volume": "NfsVolume",
    "objects": "Manifest",
    "platform": "Admission Block Dns Nfs Platform Quota Tier",
    "remote_ref": "RemoteRef",
    "synthesis": "SynthError synth",
    "secret_key": "SecretKey",
    "t3afk_chart": "T3AfkChart",
    "workload.container": "Container ContainerPort",
    "workload.cron_job": "CronJob",
    "workload.environment": "ConfigMapKey ConfigMapRef FieldRef SecretRef",
    "workload.mounts": "Claim ConfigMapFiles EmptyDir File Files HostPath Mount NfsExport SecretFiles",
    "workload.pod": "Pod same_node_as",
    "workload.probes": "ExecProbe HttpProbe TcpProbe",
    "workload.resources": "Resources",
    "workload.service": "Service ServicePort",
    "workload.web_service": "WebService",
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
