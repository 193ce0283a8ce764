"""Plain manifests for the tests of the rules, and the findings of one rule."""

from typing import Any

from t3afk_constructs.home import HOME
from t3afk_constructs.rules.registry import RULES, check

Manifest = dict[str, Any]
_BY_NAME = {rule.name: rule for rule in RULES}
_VERSIONS = {"Pod": "v1", "PodTemplate": "v1", "ReplicationController": "v1", "Job": "batch/v1", "CronJob": "batch/v1"}


def found(rule: str, *manifests: Manifest, platform: Any = HOME) -> list[str]:
    """The findings of one rule, each with its object."""
    return [f"{each.identity}: {each.message}" for each in check(manifests, platform, [_BY_NAME[rule]])]  # type: ignore[index]


def only(rule: str, *manifests: Manifest, platform: Any = HOME) -> str:
    (message,) = found(rule, *manifests, platform=platform)
    return message


def is_one(messages: list[str], part: str | None) -> bool:
    """Whether there is one finding, with this part; or none, for None."""
    return [part in message for message in messages] == [True] if part else not messages


def thing(kind: str, api_version: str = "v1", name: str = "app", **fields: Any) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "ns"}} | fields


def container(**fields: Any) -> Manifest:
    return {"name": "app", "image": "docker.io/library/app:1.2.3"} | fields


def pod(*containers: Manifest, **fields: Any) -> Manifest:
    return {"spec": {"containers": list(containers or (container(),))} | fields}


def workload(kind: str = "Deployment", name: str = "app", template: Manifest | None = None, **spec: Any) -> Manifest:
    """A workload of any kind. Its pods have the label `app` with the workload's name."""
    template = {"metadata": {"labels": {"app": name}}} | (template or pod())
    made = thing(kind, _VERSIONS.get(kind, "apps/v1"), name)
    if kind == "Pod":
        return made | {"metadata": template["metadata"] | made["metadata"], "spec": template["spec"]}
    if kind == "PodTemplate":
        return made | {"template": template}
    selector = {"selector": {"matchLabels": {"app": name}}} if made["apiVersion"] == "apps/v1" else {}
    filled = {"template": template} | selector | spec
    return made | {"spec": {"jobTemplate": {"spec": filled}} if kind == "CronJob" else filled}


def ingress(service: str = "app", annotations: Manifest | None = None, **port: Any) -> Manifest:
    """An Ingress with two paths to one Service."""
    backend = {"service": {"name": service, "port": port or {"number": 80}}}
    paths = [{"path": path, "backend": backend} for path in ("/", "/x")]
    made = thing("Ingress", "networking.k8s.io/v1", spec={"rules": [{"http": {"paths": paths}}]})
    made["metadata"]["annotations"] = annotations or {}
    return made


def service(name: str = "app", selector: Manifest | None = None, **port: Any) -> Manifest:
    return thing("Service", name=name, spec={"selector": selector or {}, "ports": [{"port": 80} | port]})
