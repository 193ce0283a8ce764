"""Frigate: a recorder of cameras that finds people and cars in their pictures, on the node with the GPU."""

from cdk8s import App
from dashboard import tile, widget

import t3afk_constructs as t3afk

# A detector that has lost the GPU goes on, at a hundredth of its speed.
FAST_ENOUGH = """\
nvidia-smi >/dev/null
curl -sf --max-time 5 http://localhost:5000/api/stats | python3 -c '
import json, sys
slow = [n for n, d in json.load(sys.stdin)["detectors"].items() if d["inference_speed"] > 100]
sys.exit(f"slow: {slow}" if slow else 0)'
"""


def frigate(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "frigate", platform=t3afk.HOME, namespace="frigate")
    t3afk.Namespace(chart, "namespace", tier="2-gpu", keel=True)
    rtsp = t3afk.RemoteRef("frigate", property="rtsp_password")
    secrets = t3afk.ExternalSecret(chart, "secrets", name="frigate-secrets", data={"FRIGATE_RTSP_PASSWORD": rtsp})
    config = t3afk.BlockClaim(
        chart, "config", name="frigate-config-encrypted", encrypted=True, storage="1Gi", storage_limit="5Gi"
    )
    media = t3afk.NfsVolume(chart, "media", name="frigate-media-host", nfs_path="/srv/nfs/frigate/media")
    web = t3afk.WebService(
        chart,
        "web",
        name="frigate",
        image="ghcr.io/blakeblackshear/frigate:0.17.0-beta1-tensorrt",
        port=5000,
        service_port=80,
        env_from=[secrets],
        mounts={
            "/config": config,
            "/media/frigate": media,
            "/dev/dri": t3afk.HostPath("/dev/dri", type="Directory"),
            "/dev/shm": t3afk.EmptyDir(medium="Memory", size_limit="1Gi"),  # noqa: S108 (the container's)
            "/tmp/cache": t3afk.EmptyDir(medium="Memory", size_limit="512Mi"),  # noqa: S108 (the container's)
        },
        resources=t3afk.Resources(
            cpu="1500m", memory="5Gi", memory_limit="10Gi", gpus=1, extended={"viktorbarzin.me/gpumem": 2300}
        ),
        startup=t3afk.HttpProbe("/api/version", period_seconds=10, failure_threshold=30),
        liveness=t3afk.ExecProbe(
            ["sh", "-ec", FAST_ENOUGH], initial_delay_seconds=120, period_seconds=60, timeout_seconds=10
        ),
        security_context={"privileged": True},
        pod=t3afk.Pod(
            node_selector={"nvidia.com/gpu.present": "true"},
            tolerations=[{"key": "nvidia.com/gpu", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
        ),
    )
    t3afk.Service(
        chart,
        "streams",
        name="frigate-rtsp",
        selector=web.selector,
        type="LoadBalancer",
        external_traffic_policy="Local",
        annotations={"metallb.io/loadBalancerIPs": "10.0.20.204"},
        ports=[
            t3afk.ServicePort(port, name=f"{name}-{protocol.lower()}", protocol=protocol)
            for port, name in ((8554, "rtsp"), (8555, "webrtc"))
            for protocol in ("TCP", "UDP")
        ],
    )
    t3afk.IngressFactory(
        chart,
        "ingress",
        service=web,
        dns_type="proxied",
        homepage_group="Media & Entertainment",
        extra_annotations=tile("Frigate", "NVR & object detection", "frigate.png")
        | widget("frigate", f"http://{web.address}"),
    )
    lan = t3afk.IngressFactory(
        chart,
        "lan-ingress",
        name="frigate-lan",
        service=web,
        root_domain="viktorbarzin.lan",
        auth="none",  # the local networks alone
        allow_local_access_only=True,
        homepage_enabled=False,
    )
    t3afk.silence(lan, rule="certificate", because="no certificate covers viktorbarzin.lan, and its clients check none")
