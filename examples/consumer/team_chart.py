"""A T3 executor for one team, in a namespace of its own, with what the library has no input for added from outside."""

import cdk8s_plus_27 as kplus
from cdk8s import ApiObject, ApiObjectMetadata, Chart, JsonPatch
from cluster import GARDEN, NFS_SERVER
from constructs import Construct

import t3afk_constructs as t3afk

POD = "/spec/template/spec"


class TeamChart(Chart):
    """The executor of one team."""

    def __init__(self, scope: Construct, team: str, *, instructions: str, parked: bool = False) -> None:
        super().__init__(scope, team, disable_resource_name_hashes=True)
        namespace = f"agents-{team}"
        kplus.Namespace(self, "namespace", metadata=ApiObjectMetadata(name=namespace, labels={"tier": "bed"}))
        secrets = t3afk.ExternalSecret(
            self,
            "secrets",
            name="executor-tokens",
            namespace=namespace,
            data=[
                ("CLAUDE_CODE_OAUTH_TOKEN", f"teams/{team}", "claude"),
                ("GARDEN_TOKEN", f"teams/{team}", "git"),
            ],
            platform=GARDEN,
        )
        data = t3afk.NfsVolume(
            self,
            "data",
            name=f"executor-{team}",
            namespace=namespace,
            nfs_server=NFS_SERVER,
            nfs_path=f"/exports/executor-{team}",
            platform=GARDEN,
        )
        self.executor = t3afk.T3Executor(
            self,
            "executor",
            name="executor",
            namespace=namespace,
            claim_name=data.claim_name,
            secret_name=secrets.secret_name,
            agent_instructions=instructions,
            claude_cli_version="2.0.1",
            image="docker.io/library/node:24.10.0",
            fix_permissions_image="docker.io/library/busybox:1.37.0",
            resources=t3afk.Resources(cpu="250m", memory="1Gi", memory_limit="3Gi"),
            parked=parked,
            git_user_name=f"agents of team {team}",
            platform=GARDEN,
        )
        t3afk.IngressFactory(
            self,
            "ingress",
            name=f"executor-{team}",
            namespace=namespace,
            service_name=self.executor.service_name,
            port=self.executor.port,
            allowed_groups=[f"team-{team}"],
            platform=GARDEN,
        )
        self._add_what_no_input_says()

    def _add_what_no_input_says(self) -> None:
        """One line each: the object below a construct takes any patch, and cdk8s-plus takes the construct's handles."""
        deployment = ApiObject.of(self.executor)
        deployment.metadata.add_annotation("garden.example/owner", self.node.id)
        deployment.add_json_patch(JsonPatch.add(f"{POD}/nodeSelector", {"kubernetes.io/arch": "amd64"}))
        deployment.add_json_patch(JsonPatch.add(f"{POD}/containers/0/env/-", {"name": "TZ", "value": "UTC"}))
        deployment.add_json_patch(JsonPatch.add(f"{POD}/containers/-", sidecar(self.executor.port)))
        kplus.NetworkPolicy(
            self,
            "policy",
            metadata=ApiObjectMetadata(name="executor", namespace=self.executor.namespace),
            selector=self.executor.pods,
            ingress=kplus.NetworkPolicyTraffic(default=kplus.NetworkPolicyTrafficDefault.DENY),
        )


def sidecar(port: int) -> dict[str, object]:
    """A container beside T3's."""
    return {
        "name": "pairing",
        "image": "registry.garden.example/pairing:1.3.0",
        "args": [f"--t3=http://127.0.0.1:{port}"],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
    }
