"""The objects of the Terraform stack, as its provider creates them.

The kubernetes provider sends a plain POST as field manager `HashiCorp`, with many defaults in it; its resource
kubernetes_manifest applies server-side as `Terraform`.
"""

from __future__ import annotations

from typing import Any

SEED_MANAGER, MANIFEST_MANAGER = "HashiCorp", "Terraform"
NAMESPACE = "t3-afk"
IMAGE = "docker.io/library/node:24"
LABELS = {"app": "t3-afk"}
DATA = {"name": "data", "mountPath": "/data"}

FIX_PERMS = "mkdir -p /data && chown -R 1000:1000 /data && chmod 0775 /data"
INSTALL = """set -e
export npm_config_cache=/data/npm-cache
export npm_config_prefix=/data/npm-global
mkdir -p /data/npm-global /data/npm-cache
if [ ! -x /data/npm-global/bin/t3 ]; then
  echo "installing t3@0.0.27 + claude CLI ..."
  npm install -g "t3@0.0.27" "@anthropic-ai/claude-code@latest"
else
  echo "t3 already installed: $(/data/npm-global/bin/t3 --version 2>/dev/null || echo unknown)"
fi
"""
SERVE = """set -e
export PATH=/data/npm-global/bin:$PATH
export npm_config_cache=/data/npm-cache
git config --global user.name "issue-implementer (AFK)"
git config --global user.email "afk-agent@viktorbarzin.me"
exec t3 serve --mode web --host 0.0.0.0 --port 3773 --base-dir /data/t3
"""


def _object(api_version: str, kind: str, name: str, *, namespaced: bool = True, **rest: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name} | ({"namespace": NAMESPACE} if namespaced else {})
    metadata |= rest.pop("metadata", {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def _probe(delay: int, period: int) -> dict[str, Any]:
    return {
        "tcpSocket": {"port": 3773},
        "initialDelaySeconds": delay,
        "periodSeconds": period,
        "timeoutSeconds": 1,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


def deployment() -> dict[str, Any]:
    pull = {"imagePullPolicy": "IfNotPresent", "terminationMessagePath": "/dev/termination-log"}
    pod = {
        "automountServiceAccountToken": True,
        "dnsPolicy": "ClusterFirst",
        "enableServiceLinks": True,
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "shareProcessNamespace": False,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {"runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000},
        "initContainers": [
            {
                "name": "fix-perms",
                "image": "busybox:1.37",
                "command": ["sh", "-c", FIX_PERMS],
                "securityContext": {"runAsUser": 0, "privileged": False, "readOnlyRootFilesystem": False},
                "volumeMounts": [DATA],
                "resources": {"requests": {"memory": "32Mi"}, "limits": {"memory": "64Mi"}},
                **pull,
            },
            {
                "name": "install-t3",
                "image": IMAGE,
                "command": ["bash", "-c", INSTALL],
                "volumeMounts": [DATA],
                "resources": {"requests": {"cpu": "200m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
                **pull,
            },
        ],
        "containers": [
            {
                "name": "t3",
                "image": IMAGE,
                "command": ["bash", "-c", SERVE],
                "ports": [{"containerPort": 3773, "protocol": "TCP"}],
                "envFrom": [{"secretRef": {"name": "t3-afk-secrets", "optional": False}}],
                "env": [{"name": "HOME", "value": "/home/node"}, {"name": "T3CODE_HOME", "value": "/data/t3"}],
                "livenessProbe": _probe(30, 30),
                "readinessProbe": _probe(15, 10),
                "volumeMounts": [
                    DATA,
                    {
                        "name": "agent-claudemd",
                        "mountPath": "/home/node/.claude/CLAUDE.md",
                        "subPath": "CLAUDE.md",
                    },
                ],
                "resources": {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "4Gi"}},
                **pull,
            }
        ],
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "t3-afk-data"}},
            {"name": "agent-claudemd", "configMap": {"name": "issue-implementer-claudemd", "defaultMode": 0o644}},
        ],
    }
    return _object(
        "apps/v1",
        "Deployment",
        "t3-afk",
        metadata={"labels": LABELS, "annotations": {"keel.sh/policy": "never"}},
        spec={
            "replicas": 1,
            "minReadySeconds": 0,
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
        },
    )


def seed_objects(ours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All objects but the ExternalSecret. The Ingress is ours: the Terraform module renders the same."""
    equal = [each for each in ours if each["kind"] == "Ingress"]
    (instructions,) = (each["data"]["CLAUDE.md"] for each in ours if each["kind"] == "ConfigMap")
    assert equal
    volume = {
        "capacity": {"storage": "30Gi"},
        "accessModes": ["ReadWriteMany"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "nfs-truenas",
        "volumeMode": "Filesystem",
        "mountOptions": ["nfsvers=4", "soft", "timeo=30", "retrans=3", "actimeo=5"],
        "csi": {
            "driver": "nfs.csi.k8s.io",
            "volumeHandle": "t3-afk-data",
            "volumeAttributes": {"server": "192.168.1.127", "share": "/srv/nfs-ssd/t3-afk-data"},
        },
    }
    claim = {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": "nfs-truenas",
        "volumeName": "t3-afk-data",
        "resources": {"requests": {"storage": "30Gi"}},
    }
    service = {
        "type": "ClusterIP",
        "selector": LABELS,
        "sessionAffinity": "None",
        "ports": [{"port": 3773, "targetPort": 3773, "protocol": "TCP"}],
    }
    namespace = {"labels": {"tier": "4-aux"}}
    return [
        _object("v1", "Namespace", NAMESPACE, namespaced=False, metadata=namespace),
        _object("v1", "PersistentVolume", "t3-afk-data", namespaced=False, spec=volume),
        _object("v1", "PersistentVolumeClaim", "t3-afk-data", spec=claim),
        deployment(),
        _object("v1", "ConfigMap", "issue-implementer-claudemd", data={"CLAUDE.md": instructions}),
        _object("v1", "Service", "t3-afk", metadata={"labels": LABELS}, spec=service),
        *equal,
    ]
