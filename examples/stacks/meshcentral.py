"""MeshCentral: remote management. An init container corrects its settings before each start."""

import json

from cdk8s import App
from dashboard import tile

import t3afk_constructs as t3afk

HOST = "meshcentral.viktorbarzin.me"
FOLDER = "/opt/meshcentral/meshcentral"  # of the image
AGENT_PATHS = (
    "/agent.ashx",
    "/control.ashx",
    "/meshrelay.ashx",
    "/meshagents",
    "/devicefile.ashx",
    "/agentdownload.ashx",
    "/meshsettings.ashx",
    "/amtevents.ashx",
)
SETTINGS = {
    "settings": {
        "cert": HOST,
        "port": 443,
        "redirPort": 80,
        "AgentPong": 300,
        # Traefik ends TLS with a certificate that changes every month: agents must not pin it.
        "TLSOffload": True,
        "ignoreAgentHashCheck": True,
        "SelfUpdate": False,
        "AllowFraming": False,
        "WebRTC": False,
    },
    "domains": {"": {"NewAccounts": False}},
}
# The app writes to its settings: only those of a first start come from here, and two are corrected.
CORRECT = """\
config=/data/config.json
[ -f "$config" ] || cp /first/config.json "$config"
sed -i -e 's/"certUrl":/"_certUrl":/' -e 's/"_\\{0,1\\}TLSOffload": *[^,]*/"TLSOffload": true/' "$config"
"""


def meshcentral(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "meshcentral", platform=t3afk.HOME, namespace="meshcentral")
    t3afk.Namespace(chart, "namespace", tier="4-aux", keel=True, istio_injection=False)
    data, files = (
        t3afk.BlockClaim(
            chart, name, name=f"meshcentral-{name}-encrypted", encrypted=True, storage="1Gi", storage_limit="5Gi"
        )
        for name in ("data", "files")
    )
    copies = t3afk.NfsVolume(
        chart, "backups", name="meshcentral-backups-host", nfs_path="/srv/nfs/meshcentral/meshcentral-backups"
    )
    correct = t3afk.Container(
        name="fix-config",
        image="docker.io/library/alpine:3.22",
        command=["/bin/sh", "-ec", CORRECT],
        mounts={"/data": data, "/first/config.json": t3afk.File(json.dumps(SETTINGS, indent=2))},
    )
    web = t3afk.WebService(
        chart,
        "web",
        name="meshcentral",
        image="docker.io/typhonragewind/meshcentral:1.1.50",
        port=443,
        service_port=80,
        env={
            "TZ": "Europe/Sofia",
            "HOSTNAME": HOST,
            "REVERSE_PROXY": "false",
            "ALLOW_NEW_ACCOUNTS": "false",
            "WEBRTC": "false",
        },
        mounts={f"{FOLDER}-data": data, f"{FOLDER}-files": files, f"{FOLDER}-backups": copies},
        resources=t3afk.Resources(cpu="15m", memory="256Mi"),
        pod=t3afk.Pod(init_containers=[correct]),
    )
    t3afk.IngressFactory(
        chart,
        "ingress",
        service=web,
        dns_type="proxied",
        homepage_group="Infrastructure",
        extra_annotations=tile("MeshCentral", "Remote management", "meshcentral.png"),
    )
    t3afk.IngressFactory(
        chart,
        "agents",
        name="meshcentral-agent",
        service=web,
        full_host=HOST,
        ingress_path=AGENT_PATHS,
        auth="none",  # agents have certificates of their own, and cannot follow a login page
        anti_ai_scraping=False,
        external_monitor=False,
        homepage_enabled=False,
    )
