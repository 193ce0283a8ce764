"""Vaultwarden: passwords in a SQLite file on an encrypted block volume, copied to NFS every six hours."""

from typing import Any

from cdk8s import App
from dashboard import tile

import t3afk_constructs as t3afk

METRICS = "http://prometheus-prometheus-pushgateway.monitoring:9091/metrics/job/vaultwarden"
TOOLS = """\
apk add --no-cache sqlite >/dev/null
whole() { sqlite3 "$1" 'PRAGMA integrity_check;' | grep -qx ok; }
"""
BACKUP = f"""\
{TOOLS}
copy=/backup/$(date +%Y_%m_%d_%H_%M)
whole /data/db.sqlite3
mkdir -p "$copy"
sqlite3 /data/db.sqlite3 ".backup $copy/db.sqlite3"
whole "$copy/db.sqlite3" || {{ rm -r "$copy"; exit 1; }}
for more in rsa_key.pem attachments sends config.json; do
  [ ! -e "/data/$more" ] || cp -a "/data/$more" "$copy/"
done
find /backup -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -r {{}} +
printf 'backup_last_success_timestamp %s\\n' "$(date +%s)" >/tmp/metrics
wget -qO- --post-file=/tmp/metrics {METRICS}-backup || true
"""
CHECK = f"""\
{TOOLS}
ok=0
if whole /data/db.sqlite3; then ok=1; fi
echo "vaultwarden_sqlite_integrity_ok $ok" >/tmp/metrics
wget -qO- --post-file=/tmp/metrics {METRICS}-integrity || true
[ "$ok" = 1 ]
"""


def vaultwarden(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "vaultwarden", platform=t3afk.HOME, namespace="vaultwarden")
    t3afk.Namespace(chart, "namespace", tier="3-edge", keel=True, istio_injection=False)
    mail = t3afk.RemoteRef("platform", property="vaultwarden_smtp_password")
    secrets = t3afk.ExternalSecret(chart, "secrets", name="vaultwarden-secrets", data={"SMTP_PASSWORD": mail})
    data = t3afk.BlockClaim(
        chart, "data", name="vaultwarden-data-encrypted", encrypted=True, storage="1Gi", storage_limit="5Gi"
    )
    copies = t3afk.NfsVolume(chart, "copies", name="vaultwarden-backup-host", nfs_path="/srv/nfs/vaultwarden-backup")
    web = t3afk.WebService(
        chart,
        "web",
        name="vaultwarden",
        image="docker.io/vaultwarden/server:1.36.0",
        image_owner="cluster",
        port=80,
        env={
            "DOMAIN": "https://vaultwarden.viktorbarzin.me",
            "SMTP_HOST": "mail.viktorbarzin.me",
            "SMTP_FROM": "vaultwarden@viktorbarzin.me",
            "SMTP_PORT": "587",
            "SMTP_SECURITY": "starttls",
            "SMTP_USERNAME": "vaultwarden@viktorbarzin.me",
            "SMTP_PASSWORD": secrets.key("SMTP_PASSWORD"),
        },
        mounts={"/data": data},
        resources=t3afk.Resources(cpu="10m", memory="512Mi"),
        readiness=t3afk.HttpProbe("/alive", initial_delay_seconds=5, period_seconds=30, timeout_seconds=5),
        liveness=t3afk.HttpProbe(
            "/alive", initial_delay_seconds=15, period_seconds=30, timeout_seconds=5, failure_threshold=5
        ),
        annotations={"keel.sh/policy": "minor"},
    )
    t3afk.IngressFactory(
        chart,
        "ingress",
        service=web,
        auth="app",  # phones and browser extensions log in to the app itself
        dns_type="proxied",
        extra_annotations=tile("Vaultwarden", "Password manager", "vaultwarden.png"),
    )
    live = t3afk.Mount(data, read_only=True)
    beside = t3afk.Pod(affinity=t3afk.same_node_as(web.selector))  # a block volume is on one node at a time
    job(chart, "backup", "0 */6 * * *", BACKUP, mounts={"/data": live, "/backup": copies}, pod=beside, backoff_limit=3)
    job(chart, "integrity-check", "30 * * * *", CHECK, mounts={"/data": live}, pod=beside, backoff_limit=1)


def job(chart: t3afk.ClusterChart, name: str, schedule: str, script: str, **inputs: Any) -> None:
    """A script that reads the database while the app runs."""
    t3afk.CronJob(
        chart,
        name,
        name=f"vaultwarden-{name}",
        schedule=schedule,
        image="docker.io/library/alpine:3.22",
        command=["/bin/sh", "-euc", script],
        concurrency_policy="Replace",
        starting_deadline_seconds=10,
        ttl_seconds_after_finished=10,
        failed_jobs_history_limit=5,
        **inputs,
    )
