"""Names and annotations of Traefik."""

import re

ENTRY_POINTS = "traefik.ingress.kubernetes.io/router.entrypoints"
MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"


def reference(namespace: str, name: str) -> str:
    """Traefik's name for a Middleware: one '-' for each run of characters other than letters and digits.

    https://github.com/traefik/traefik/blob/v3.5.0/pkg/provider/configuration.go (Normalize)
    """
    return re.sub(r"[^A-Za-z0-9]+", "-", f"{namespace}-{name}").strip("-") + "@kubernetescrd"
