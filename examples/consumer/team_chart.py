"""A T3 executor for one team in its own namespace, patched where the library has no input."""

import cdk8s_plus_27 as kplus
from cdk8s import ApiObject, ApiObjectMetadata, JsonPatch
from cluster import GARDEN
from constructs import Construct

import t3afk_constructs as t3afk

POD = "/spec/template/spec"


class TeamChart(t3afk.ClusterChart):
    """The executor of one team."""

    def __init__(self, scope: Construct, team: str, *, instructions: str, parked: bool = False) -> None:
        super().__init__(scope, team, platform=GARDEN, namespace=f"agents-{team}")
        t3afk.Namespace(self, "namespace", tier="bed")
        secrets = t3afk.ExternalSecret(
            self,
            "secrets",
            name="executor-tokens",
            data={
                "CLAUDE_CODE_OAUTH_TOKEN": t3afk.RemoteRef(f"teams/{team}", property="claude"),
                "GARDEN_TOKEN": t3afk.RemoteRef(f"teams/{team}", property="git"),
            },
        )
        data = t3afk.NfsVolume(self, "data", name=f"executor-{team}", nfs_path=f"/exports/executor-{team}")
        self.executor = t3afk.T3Executor(
            self,
            "executor",
            name="executor",
            claim_name=data.claim_name,
            secret_name=secrets.secret_name,
            agent_instructions=instructions,
            t3_version="0.0.42",
            claude_cli_version="2.1.331",
            image="docker.io/library/node:24.10.0",
            fix_permissions_image="docker.io/library/busybox:1.37.0",
            resources=t3afk.Resources(cpu="250m", memory="1Gi", memory_limit="3Gi"),
            parked=parked,
            git_user_name=f"agents of team {team}",
        )
        t3afk.IngressFactory(
            self, "ingress", name=f"executor-{team}", service=self.executor, allowed_groups=[f"team-{team}"]
        )
        self._patch()

    def _patch(self) -> None:
        """Add a node selector, a variable, a sidecar and a NetworkPolicy, for which the library has no inputs."""
        deployment = ApiObject.of(self.executor)
        deployment.metadata.add_annotation("garden.example/owner", self.node.id)
        deployment.add_json_patch(JsonPatch.add(f"{POD}/nodeSelector", {"kubernetes.io/arch": "amd64"}))
        deployment.add_json_patch(JsonPatch.add(f"{POD}/containers/0/env/-", {"name": "TZ", "value": "UTC"}))
        deployment.add_json_patch(JsonPatch.add(f"{POD}/containers/-", sidecar(self.executor.port)))
        kplus.NetworkPolicy(
            self,
            "policy",
            metadata=ApiObjectMetadata(name="executor"),
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
