"""An Ingress of Traefik, its middlewares and DNS records."""
