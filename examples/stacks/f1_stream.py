"""f1-stream: streams of Formula 1 behind Anubis, which keeps crawlers out, and a job that looks after its sources."""

from cdk8s import App, JsonPatch
from dashboard import tile

import t3afk_constructs as t3afk

IMAGE = "ghcr.io/viktorbarzin/f1-stream:latest"
PULL = ("registry-credentials", "ghcr-credentials")
SPREAD = {
    "maxSkew": 1,
    "topologyKey": "kubernetes.io/hostname",
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"app": "anubis-f1"}},
}
# Only whole pages get the challenge: the page's own requests cannot solve it.
POLICY = r"""
bots:
- name: local-networks
  action: ALLOW
  remote_addresses: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, "fc00::/7", "fe80::/10"]
- import: (data)/bots/_deny-pathological.yaml
- import: (data)/meta/ai-block-aggressive.yaml
- import: (data)/crawlers/_allow-good.yaml
- import: (data)/common/keep-internet-working.yaml
- name: parts-of-a-page
  action: ALLOW
  path_regex: ^/(_app/|api/|docs|openapi\.json)
- name: data
  action: ALLOW
  path_regex: ^/(embed(-asset)?|extract(ors)?|health|proxy|relay|replays/(cache|events)|schedule|streams)(/|\?|$)
- name: changes
  action: ALLOW
  expression: method != "GET"
- name: pages
  action: CHALLENGE
  path_regex: .*
store:
  backend: valkey
  parameters:
    url: redis://redis-master.redis.svc.cluster.local:6379/6
"""


def f1_stream(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "f1-stream", platform=t3afk.HOME, namespace="f1-stream")
    clients = {"chrome-service.viktorbarzin.me/client": "true"}  # the shared browser's NetworkPolicy
    t3afk.Namespace(chart, "namespace", tier="4-aux", keel=True, istio_injection=False, labels=clients)
    secrets = t3afk.ExternalSecret(chart, "secrets", name="f1-stream-secrets", extract=["f1-stream"])
    data = t3afk.NfsVolume(chart, "data", name="f1-stream-data-host", nfs_path="/srv/nfs/f1-stream", storage="1Gi")
    replays = t3afk.NfsVolume(
        chart,
        "replays",
        name="f1-stream-replay-cache",
        nfs_path="/srv/nfs/servarr/downloads/f1-replays",
        storage="200Gi",
    )
    web = t3afk.WebService(
        chart,
        "web",
        name="f1-stream",
        image=IMAGE,
        image_owner="cluster",
        port=8000,
        service_name="f1",
        service_port=80,
        env={
            "DISCORD_TOKEN": secrets.key("discord_user_token"),
            "DISCORD_CHANNELS": secrets.key("discord_channels"),
            "REDDIT_CLIENT_ID": secrets.key("reddit_client_id", optional=True),
            "REDDIT_CLIENT_SECRET": secrets.key("reddit_client_secret", optional=True),
            "CHROME_CDP_URL": "http://chrome-service.chrome-service.svc.cluster.local:9222",
            "PLAYBACK_VERIFY_PROXY_BASE": "http://f1.f1-stream.svc.cluster.local",
            "QBITTORRENT_URL": "http://qbittorrent.servarr.svc",
            "REPLAY_CACHE_DIR": "/replay-cache",
            "REPLAY_CACHE_REMOTE_DIR": "/downloads/f1-replays",
            "REPLAY_CACHE_CAP_GB": "150",
        },
        mounts={"/data": data, "/replay-cache": t3afk.Mount(replays, read_only=True)},
        resources=t3afk.Resources(cpu="50m", memory="320Mi", memory_limit="512Mi"),
        annotations={"reloader.stakater.com/auto": "true"},
        pod=t3afk.Pod(image_pull_secrets=PULL),
    )
    t3afk.IngressFactory(
        chart,
        "ingress",
        name="f1",
        service=anubis(chart, f"http://{web.address}"),
        auth="none",  # Anubis stands in front
        dns_type="non-proxied",
        anti_ai_scraping=False,
        extra_middlewares=["traefik-x402@kubernetescrd"],
        homepage_group="Media & Entertainment",
        extra_annotations=tile("F1 Stream", "Formula 1 live streams", "si-f1"),
    )
    guard_sources(chart, secrets)


def anubis(chart: t3afk.ClusterChart, target: str) -> t3afk.WebService:
    """Two pods that answer each new visitor with a small computation, and pass the solved ones on."""
    login = t3afk.RemoteRef("viktor", property="anubis_ed25519_key")
    key = t3afk.ExternalSecret(chart, "anubis-key", name="anubis-f1-key", refresh_interval="1h", data={"key": login})
    probe = {"path": "/metrics", "port": 9090}
    web = t3afk.WebService(
        chart,
        "anubis",
        name="anubis-f1",
        image="ghcr.io/techarohq/anubis:v1.25.0",
        port=8923,
        service_port=8080,
        extra_ports=[t3afk.ServicePort(9090, name="metrics")],
        env={
            "BIND": ":8923",
            "METRICS_BIND": ":9090",
            "TARGET": target,
            "DIFFICULTY": "2",
            "COOKIE_EXPIRATION_TIME": "720h",
            "COOKIE_DOMAIN": "viktorbarzin.me",
            "COOKIE_SECURE": "true",
            "COOKIE_SAME_SITE": "Lax",
            "SERVE_ROBOTS_TXT": "true",
            "XFF_STRIP_PRIVATE": "true",
            "ED25519_PRIVATE_KEY_HEX_FILE": "/keys/key",
            "POLICY_FNAME": "/config/botPolicies.yaml",
        },
        mounts={"/keys": t3afk.SecretFiles(key), "/config/botPolicies.yaml": t3afk.File(POLICY)},
        resources=t3afk.Resources(cpu="20m", memory="128Mi"),
        readiness=t3afk.HttpProbe(**probe, initial_delay_seconds=2, period_seconds=5, failure_threshold=2),
        liveness=t3afk.HttpProbe(**probe, initial_delay_seconds=10, period_seconds=30),
        replicas=2,
        security_context={
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        pod=t3afk.Pod(topology_spread_constraints=[SPREAD]),
    )
    # Prometheus reads these of a Service.
    scrape = {
        f"prometheus.io/{key}": text for key, text in (("scrape", "true"), ("path", "/metrics"), ("port", "9090"))
    }
    web.service.add_json_patch(JsonPatch.add("/metadata/annotations", scrape))
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "anubis-f1"}}
    t3afk.Manifest(chart, "budget", budget | {"spec": {"maxUnavailable": 1, "selector": {"matchLabels": web.selector}}})
    return web


def guard_sources(chart: t3afk.ClusterChart, secrets: t3afk.ExternalSecret) -> None:
    """Every six hours, ask each source for a stream; let an agent repair those that fail."""
    logins = t3afk.ExternalSecret(
        chart,
        "guard-secrets",
        name="f1-stream-guard-secrets",
        data={
            "agent_bearer_token": t3afk.RemoteRef("claude-agent-service", property="api_bearer_token"),
            "forgejo_token": t3afk.RemoteRef("ci/global", property="forgejo_repo_token"),
        },
    )
    job = t3afk.CronJob(
        chart,
        "guard",
        name="f1-stream-source-guard",
        schedule="0 */6 * * *",
        image=IMAGE,
        command=["python", "-m", "backend.guard"],
        env={
            "GUARD_DRY_RUN": "false",
            "GUARD_ATTEMPT_CAP": "2",
            "GUARD_COOLDOWN_HOURS": "12",
            "GUARD_AGENT_TOKEN": logins.key("agent_bearer_token"),
            "GUARD_FORGEJO_TOKEN": logins.key("forgejo_token"),
            "GUARD_SLACK_WEBHOOK": secrets.key("guard_slack_webhook", optional=True),
        },
        resources=t3afk.Resources(cpu="50m", memory="256Mi", memory_limit="384Mi"),
        pod=t3afk.Pod(image_pull_secrets=PULL),
        starting_deadline_seconds=600,
        active_deadline_seconds=3300,  # the agent works up to 45 minutes
        backoff_limit=1,
        ttl_seconds_after_finished=86400,
        failed_jobs_history_limit=3,
    )
    t3afk.silence(job, rule="image-tag", because="it tries the sources with the program that runs, which CI moves")
