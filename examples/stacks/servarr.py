"""Downloads: an indexer, a BitTorrent client that the internet reaches, a podcast manager, a solver of captchas."""

from cdk8s import App
from dashboard import tile, widget

import t3afk_constructs as t3afk

IDS = {"PUID": "1000", "PGID": "1000"}  # the user of the downloads
RATIO_MONITOR = '''\
"""Uploaded and downloaded bytes by tracker, for Prometheus."""

import collections
import json
import urllib.parse
import urllib.request

torrents = json.load(urllib.request.urlopen("http://qbittorrent/api/v2/torrents/info", timeout=10))
totals = collections.Counter()
for torrent in torrents:
    tracker = urllib.parse.urlsplit(torrent["tracker"]).hostname or "unknown"
    for way in ("uploaded", "downloaded"):
        totals[way, tracker] += torrent[way]
lines = [f'qbt_tracker_{way}_bytes{{tracker="{tracker}"}} {total}' for (way, tracker), total in totals.items()]
gateway = "http://prometheus-prometheus-pushgateway.monitoring:9091/metrics/job/qbt-ratio-monitor"
urllib.request.urlopen(gateway, data="\\n".join([*lines, ""]).encode(), timeout=10)
'''


def servarr(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "servarr", platform=t3afk.HOME, namespace="servarr")
    t3afk.Namespace(chart, "namespace", tier="4-aux", keel=True)
    prowlarr(chart)
    qbittorrent(chart)
    config = settings(chart, "listenarr")
    listenarr = t3afk.WebService(
        chart,
        "listenarr",
        name="listenarr",
        image="ghcr.io/therobbiedavis/listenarr:canary",
        port=5000,
        service_port=80,
        mounts={"/app/config": config},
        resources=t3afk.Resources(cpu="25m", memory="896Mi"),
    )
    host(chart, listenarr, tile("Listenarr", "Podcast manager", "mdi-podcast"))
    flaresolverr = t3afk.WebService(
        chart,
        "flaresolverr",
        name="flaresolverr",
        image="ghcr.io/flaresolverr/flaresolverr:v3.4.2",
        port=8191,
        service_port=80,
        resources=t3afk.Resources(cpu="10m", memory="512Mi", memory_limit="1Gi"),
    )
    host(chart, flaresolverr, tile("FlareSolverr", "Captcha solver proxy", "flaresolverr.png"))


def settings(chart: t3afk.ClusterChart, app: str) -> t3afk.BlockClaim:
    """A claim for an app's settings and SQLite file."""
    name = f"servarr-{app}-data-proxmox"
    return t3afk.BlockClaim(chart, f"{app}-data", name=name, storage="1Gi", storage_limit="5Gi")


def export(chart: t3afk.ClusterChart, name: str, path: str) -> t3afk.NfsVolume:
    """A folder of the NFS server that several apps mount, each by a volume of its own."""
    return t3afk.NfsVolume(chart, f"{name}-export", name=f"servarr-{name}-host", nfs_path=f"/srv/nfs/{path}")


def host(chart: t3afk.ClusterChart, web: t3afk.WebService, entry: dict[str, str], **more: str) -> None:
    """A host of the web app's name, for people who are logged in."""
    inputs = {"dns_type": "proxied"} | more
    t3afk.IngressFactory(chart, f"{web.name}-ingress", service=web, extra_annotations=entry, **inputs)


def prowlarr(chart: t3afk.ClusterChart) -> None:
    """The indexer."""
    config = settings(chart, "prowlarr")
    web = t3afk.WebService(
        chart,
        "prowlarr",
        name="prowlarr",
        image="lscr.io/linuxserver/prowlarr:2.3.5",
        port=9696,
        service_port=80,
        env={**IDS, "TZ": "Etc/UTC"},
        mounts={
            "/config": config,
            "/books": config,
            "/downloads": export(chart, "prowlarr-downloads", "servarr/downloads"),
        },
        resources=t3afk.Resources(cpu="10m", memory="192Mi", memory_limit="384Mi"),
    )
    key = "{{HOMEPAGE_VAR_PROWLARR_KEY}}"
    figures = widget("prowlarr", "http://prowlarr.servarr.svc.cluster.local", key=key)
    host(chart, web, tile("Prowlarr", "Indexer manager", "prowlarr.png") | figures)


def qbittorrent(chart: t3afk.ClusterChart) -> None:
    """The BitTorrent client, its port for other clients, and a job that reports its ratios."""
    web = t3afk.WebService(
        chart,
        "qbittorrent",
        name="qbittorrent",
        image="lscr.io/linuxserver/qbittorrent:5.1.4",
        port=8080,
        service_port=80,
        env={**IDS, "WEBUI_PORT": "8080", "TORRENTING_PORT": "50000"},
        mounts={
            "/config": settings(chart, "qbittorrent"),
            "/downloads": export(chart, "qbittorrent-downloads", "servarr/downloads"),
            "/audiobooks": export(chart, "qbittorrent-audiobooks", "audiobookshelf/audiobooks"),
            "/cwa-book-ingest": export(chart, "qbittorrent-calibre-ingest", "calibre-web-automated/cwa-book-ingest"),
        },
        resources=t3afk.Resources(cpu="50m", memory="512Mi", memory_limit="1Gi"),
    )
    t3afk.Service(
        chart,
        "torrenting",
        name="qbittorrent-torrenting",
        selector=web.selector,
        type="LoadBalancer",
        external_traffic_policy="Cluster",
        annotations={"metallb.io/loadBalancerIPs": "10.0.20.200", "metallb.io/allow-shared-ip": "shared"},
        ports=[
            t3afk.ServicePort(50000, name="torrenting"),
            t3afk.ServicePort(50000, name="torrenting-udp", protocol="UDP"),
        ],
    )
    login = {"username": "{{HOMEPAGE_VAR_QBITTORRENT_USERNAME}}", "password": "{{HOMEPAGE_VAR_QBITTORRENT_PASSWORD}}"}
    figures = widget("qbittorrent", "http://qbittorrent.servarr.svc.cluster.local", **login)
    entry = tile("qBittorrent", "BitTorrent client", "qbittorrent.png") | figures
    host(chart, web, entry, dns_type="non-proxied")
    t3afk.CronJob(
        chart,
        "ratio-monitor",
        name="qbittorrent-ratio-monitor",
        schedule="*/30 * * * *",
        image="docker.io/library/python:3.12-alpine",
        command=["python3", "/scripts/monitor.py"],
        mounts={"/scripts/monitor.py": t3afk.File(RATIO_MONITOR)},
        resources=t3afk.Resources(cpu="10m", memory="64Mi", memory_limit="128Mi"),
        concurrency_policy="Replace",
        backoff_limit=2,
        ttl_seconds_after_finished=300,
        failed_jobs_history_limit=3,
    )
