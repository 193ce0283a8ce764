"""insta2spotify: finds the songs of Instagram reels on Spotify. A page and its API, in one pod."""

from cdk8s import App
from dashboard import tile

import t3afk_constructs as t3afk

HOST = "https://insta2spotify.viktorbarzin.me"
KEYS = ("spotify_client_id", "spotify_client_secret", "spotify_refresh_token", "api_key")


def insta2spotify(app: App) -> None:
    """Add the stack to an app."""
    chart = t3afk.ClusterChart(app, "insta2spotify", platform=t3afk.HOME, namespace="insta2spotify")
    t3afk.Namespace(chart, "namespace", tier="4-aux", keel=True, istio_injection=False)
    secrets = t3afk.ExternalSecret(chart, "secrets", name="insta2spotify-secrets", extract=["insta2spotify"])
    data = t3afk.NfsVolume(
        chart,
        "data",
        name="insta2spotify-data-nfs",
        nfs_path="/srv/nfs/insta2spotify",
        storage="5Gi",
        mount_options="hard",  # it has a SQLite file
    )
    backend = t3afk.Container(
        name="backend",
        image="docker.io/viktorbarzin/insta2spotify-backend:latest",
        ports=[8000],
        env={
            "DATABASE_PATH": "/data/insta2spotify.db",
            "SPOTIFY_CACHE_PATH": "/data/.spotify_cache",
            "SPOTIFY_REDIRECT_URI": f"{HOST}/api/auth/callback",
            "SPOTIFY_PLAYLIST_ID": "7lcLakPy8pwwegFoOQ7MoG",
            **{key.upper(): secrets.key(key) for key in KEYS},
        },
        mounts={"/data": data},
        resources=t3afk.Resources(cpu="50m", memory="160Mi", memory_limit="256Mi"),
    )
    web = t3afk.WebService(
        chart,
        "web",
        name="insta2spotify",
        image="docker.io/viktorbarzin/insta2spotify-frontend:latest",
        image_owner="cluster",
        port=3000,
        service_port=80,
        env={"BACKEND_URL": "http://127.0.0.1:8000", "ORIGIN": HOST},
        resources=t3afk.Resources(cpu="10m", memory="128Mi"),
        annotations={"reloader.stakater.com/auto": "true"},
        pod=t3afk.Pod(sidecars=[backend]),
    )
    t3afk.silence(web, rule="no-secret-values", at="SPOTIFY_PLAYLIST_ID", because="a playlist's id is public")
    t3afk.IngressFactory(
        chart,
        "ingress",
        service=web,
        dns_type="proxied",
        max_body_size="50m",
        homepage_group="Media & Entertainment",
        extra_annotations=tile("insta2spotify", "Instagram Reels to Spotify", "si-spotify"),
    )
    t3afk.IngressFactory(
        chart,
        "api-ingress",
        name="insta2spotify-api",
        service=web,
        host="insta2spotify",
        ingress_path=["/api/identify", "/api/auth", "/api/health", "/api/history"],
        auth="none",  # the API checks a key; a login page would break the browser's requests to it
        max_body_size="50m",
        homepage_enabled=False,
    )
