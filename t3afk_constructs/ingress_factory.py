"""A host of the cluster: an Ingress of Traefik with its middlewares, annotations and records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from constructs import Construct

from t3afk_constructs import formats, inputs
from t3afk_constructs import ingress_formats as rules
from t3afk_constructs.api_object import api_object, claim_identity
from t3afk_constructs.dns_records import DNS_TYPES, DnsType, dns_records, missing_fact
from t3afk_constructs.home import HOME
from t3afk_constructs.ingress_checks import MiddlewareCheck, SablierCheck, unlisted
from t3afk_constructs.ingress_rules import (
    AUTHS,
    Auth,
    anti_ai_on,
    body_size_in_bytes,
    homepage_group_of,
    host_name,
    ingress_annotations,
    middleware_chain,
    monitor_on,
    reference,
)
from t3afk_constructs.platform import Platform, platform_rule
from t3afk_constructs.sablier import Sablier, plugin_settings, sablier_rule, workload_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk8s import ApiObject

_flag = inputs.boolean
_optional_flag = inputs.optional(inputs.boolean)
_optional_line = inputs.optional(formats.one_line)


class IngressFactory(Construct):
    """A host name that Traefik serves over TLS: who may come in, by which steps, and to which Service.

    Fail-closed: unless `auth` says otherwise, Authentik's forward auth stands before every request. It stands in for
    the Terraform module `ingress_factory` and takes its inputs.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: str,
        namespace: str,
        service_name: str | None = None,
        port: int = 80,
        host: str | None = None,
        root_domain: str | None = None,
        full_host: str | None = None,
        tls_secret_name: str | None = None,
        ingress_path: Sequence[str] = ("/",),
        auth: Auth = "required",
        allowed_groups: Sequence[str] | None = None,
        dns_type: DnsType = "none",
        max_body_size: str | None = None,
        custom_content_security_policy: str | None = None,
        extra_annotations: Mapping[str, str] | None = None,
        extra_middlewares: Sequence[str | None] = (),
        skip_default_rate_limit: bool = False,
        anti_ai_scraping: bool | None = None,
        allow_local_access_only: bool = False,
        sablier: Sablier | None = None,
        external_monitor: bool | None = None,
        external_monitor_name: str | None = None,
        homepage_enabled: bool = True,
        homepage_group: str | None = None,
        external_name: str | None = None,
        platform: Platform = HOME,
    ) -> None:
        """Render the Ingress and what it names.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the Ingress; also the end of its middlewares' names.
            namespace: of everything rendered here.
            service_name: the Service that requests go to; default: `name`. One that is given and starts with
                `anubis-` gets the visitor's real address.
            port: of that Service.
            host: what stands before the domain; default: `name`.
            root_domain: the domain; default: the platform's.
            full_host: the whole host name; wins over `host` and `root_domain`.
            tls_secret_name: the Secret with the host's certificate; default: the platform's, which covers the hosts
                one level below its domain. The module required it, so every Ingress has a TLS section.
            ingress_path: the paths that go to the Service; Traefik takes each as a prefix.
            auth: who comes in. `required`: who logs in at Authentik and is in one of `allowed_groups`; `public`:
                everybody, signed in as a guest, which leaves an audit trail and is no gate; `app`: everybody, since
                the backend has a login of its own; `none`: everybody, on purpose. The last two render the same.
            allowed_groups: Authentik's groups that `required` lets in; default: the platform's. Other postures do
                not look at them. An empty list names no group and leaves it to Authentik who that lets in: warned of.
            dns_type: `proxied` (through Cloudflare's tunnel), `non-proxied` (to the public addresses), `internal`
                (to the load balancer inside), `none`. An annotation; with the platform's external-dns on, also a
                DNSEndpoint, unless the zone's wildcard record covers a proxied host.
            max_body_size: the largest body of a request: digits and an optional unit k, m, g in either case
                (1024-based), no unit is bytes. Traefik holds such a body back until it is whole; `0` is no limit.
                Left out, requests pass as they come, whatever their size.
            custom_content_security_policy: the header's value, in place of the shared headers.
            extra_annotations: added as given, over the homepage's. Annotations that DNS, the monitor and the groups
                give win over them.
            extra_middlewares: at the chain's end, as Traefik names them (`<namespace>-<name>@kubernetescrd`).
            skip_default_rate_limit: leave the shared rate limit out, for one of the app's own in `extra_middlewares`.
            anti_ai_scraping: keep crawlers of AI companies out; default: with `app` and `none`, where no login of
                Authentik does.
            allow_local_access_only: let in the local networks alone.
            sablier: scale the workload to zero when nobody asks for it; default: it always runs. Its labels are
                `sablier_labels`.
            external_monitor: whether the host is watched from outside; default: with public DNS. False says so by an
                annotation; left out without public DNS says nothing.
            external_monitor_name: what the monitor calls it.
            homepage_enabled: show it on the dashboard.
            homepage_group: the dashboard's group; default: by namespace, else `Other`.
            external_name: also make an ExternalName Service `name` that points at this host name; default: none. It
                is the backend unless `service_name` says otherwise, and Traefik has to allow ExternalName Services.
            platform: the cluster's facts.

        Raises:
            InputError: when the API server, Traefik or external-dns would refuse or misread an input.
            CollisionError: when another construct of the app makes an object of that name.
        """
        prefixes = [
            prefix
            for prefix, given in (
                ("sablier", sablier),
                ("custom-csp", custom_content_security_policy),
                ("buffering", max_body_size),
            )
            if given is not None
        ]
        inputs.check("IngressFactory", scope, id, platform=(platform, platform_rule))
        whole_host = host_name(name, host, root_domain or platform.domain, full_host)
        inputs.check(
            "IngressFactory",
            scope,
            id,
            namespace=(namespace, formats.dns_label),
            name=(name, formats.dns_subdomain),
            service_name=(service_name or name, formats.service_name),
            port=(port, formats.port),
            root_domain=(root_domain, inputs.optional(formats.host_name)),
            full_host=(full_host, inputs.optional(rules.host)),
            host=(host, inputs.optional(rules.first_label)),
            tls_secret_name=(tls_secret_name, inputs.optional(formats.dns_subdomain)),
            ingress_path=(ingress_path, inputs.every(rules.path, at_least=1)),
            auth=(auth, inputs.one_of(*AUTHS)),
            allowed_groups=(allowed_groups, inputs.optional(inputs.every(rules.group))),
            dns_type=(dns_type, inputs.one_of(*DNS_TYPES)),
            max_body_size=(max_body_size, inputs.optional(rules.body_size)),
            custom_content_security_policy=(custom_content_security_policy, _optional_line),
            extra_annotations=(
                extra_annotations,
                inputs.optional(rules.extra_annotations(platform.ingress_class)),
            ),
            extra_middlewares=(extra_middlewares, inputs.every(rules.middleware)),
            skip_default_rate_limit=(skip_default_rate_limit, _flag),
            anti_ai_scraping=(anti_ai_scraping, _optional_flag),
            allow_local_access_only=(allow_local_access_only, _flag),
            sablier=(sablier, inputs.optional(sablier_rule)),
            external_monitor=(external_monitor, _optional_flag),
            external_monitor_name=(external_monitor_name, _optional_line),
            homepage_enabled=(homepage_enabled, _flag),
            homepage_group=(homepage_group, _optional_line),
            external_name=(external_name, inputs.optional(rules.external_name)),
        )
        inputs.check(
            "IngressFactory",
            scope,
            id,
            name=(name, rules.own_names(platform, namespace, prefixes)),
            full_host=(whole_host, rules.host),
            dns_type=(dns_type, lambda value: missing_fact(value, whole_host, platform)),
        )
        super().__init__(scope, id)
        self.name: Final = name
        self.namespace: Final = namespace
        self.service_name: Final = service_name or name
        self.port: Final = port
        self.host: Final = host or name
        self.root_domain: Final = root_domain or platform.domain
        self.full_host: Final = whole_host
        self.tls_secret_name: Final = tls_secret_name or platform.tls_secret_name
        self.ingress_path: Final = tuple(ingress_path)
        self.auth: Final = auth
        self.allowed_groups: Final = tuple(
            platform.default_allowed_groups if allowed_groups is None else allowed_groups
        )
        self.dns_type: Final = dns_type
        self.max_body_size: Final = max_body_size
        self.custom_content_security_policy: Final = custom_content_security_policy
        self.extra_annotations: Final = dict(extra_annotations or {})
        self.extra_middlewares: Final = tuple(extra_middlewares)
        self.skip_default_rate_limit: Final = skip_default_rate_limit
        self.anti_ai_scraping: Final = anti_ai_on(auth, anti_ai_scraping)
        self.allow_local_access_only: Final = allow_local_access_only
        self.sablier: Final = sablier.resolved(name) if sablier else None
        self.external_monitor: Final = monitor_on(dns_type, external_monitor)
        self.external_monitor_name: Final = external_monitor_name
        self.homepage_enabled: Final = homepage_enabled
        self.homepage_group: Final = homepage_group_of(platform, namespace, homepage_group)
        self.external_name: Final = external_name
        self.platform: Final = platform

        self.url: Final = f"https://{whole_host}"
        self.sablier_labels: Final = workload_labels(self.sablier.group or name) if self.sablier else {}
        self.middlewares: Final = middleware_chain(
            platform=platform,
            namespace=namespace,
            name=name,
            auth=auth,
            service_name=service_name,
            skip_default_rate_limit=skip_default_rate_limit,
            custom_policy="custom-csp" in prefixes,
            anti_ai_scraping=anti_ai_scraping,
            allow_local_access_only=allow_local_access_only,
            sablier="sablier" in prefixes,
            buffering="buffering" in prefixes,
            extra_middlewares=extra_middlewares,
        )
        self.annotations: Final = ingress_annotations(
            platform=platform,
            name=name,
            host=whole_host,
            chain=self.middlewares,
            auth=auth,
            allowed_groups=self.allowed_groups,
            dns_type=dns_type,
            external_monitor=self.external_monitor,
            external_monitor_name=external_monitor_name,
            homepage_enabled=homepage_enabled,
            homepage_group=self.homepage_group,
            extra_annotations=extra_annotations,
        )
        backend = {"service": {"name": self.service_name, "port": {"number": port}}}
        self.ingress: Final = api_object(
            self,
            "Resource",
            platform=platform,
            api_version="networking.k8s.io/v1",
            kind="Ingress",
            name=name,
            namespace=namespace,
            annotations=self.annotations,
            spec={
                "ingressClassName": platform.ingress_class,
                "tls": [{"hosts": [whole_host], "secretName": self.tls_secret_name}],
                "rules": [
                    {
                        "host": whole_host,
                        "http": {
                            "paths": [
                                {"path": path, "pathType": "ImplementationSpecific", "backend": backend}
                                for path in self.ingress_path
                            ]
                        },
                    }
                ],
            },
        )
        self.sablier_middleware: Final = (
            self._middleware(
                "sablier", "Sablier", plugin={"sablier": plugin_settings(self.sablier, platform.sablier_url)}
            )
            if self.sablier
            else None
        )
        self.policy_middleware: Final = (
            self._middleware(
                "custom-csp", "Policy", headers={"content_security_policy": custom_content_security_policy}
            )
            if custom_content_security_policy
            else None
        )
        self.buffering_middleware: Final = (
            self._middleware(
                "buffering", "Buffering", buffering={"max_request_body_bytes": body_size_in_bytes(max_body_size)}
            )
            if max_body_size
            else None
        )
        self.dns_endpoint: Final = self._dns_endpoint()
        self.external_service: Final = self._external_service(external_name) if external_name else None
        self._add_checks(prefixes)

    def _middleware(self, prefix: str, id: str, **spec: Any) -> ApiObject:
        from t3afk_constructs.imports.t3afk.io import traefik  # noqa: PLC0415 (some 10 ms that only its users pay)

        name = f"{prefix}-{self.name}"
        claim_identity(self, id, (self.platform, "Middleware", self.namespace, name))
        made: ApiObject = traefik.Middleware(self, id, metadata={"name": name, "namespace": self.namespace}, spec=spec)
        return made

    def _dns_endpoint(self) -> ApiObject | None:
        records = dns_records(self.dns_type, self.full_host, self.platform)
        if not records:
            return None
        from t3afk_constructs.imports.t3afk.io.k8s import externaldns  # noqa: PLC0415 (as above)

        claim_identity(self, "Dns", (self.platform, "DNSEndpoint", self.namespace, self.name))
        made: ApiObject = externaldns.DnsEndpoint(
            self,
            "Dns",
            metadata={"name": self.name, "namespace": self.namespace},
            spec={
                "endpoints": [
                    externaldns.DnsEndpointSpecEndpoints(
                        dns_name=self.full_host,
                        record_type=record.type,
                        targets=[record.target],
                        provider_specific=[
                            externaldns.DnsEndpointSpecEndpointsProviderSpecific(
                                name=self.platform.dns.cloudflare_proxied_property, value=str(record.proxied).lower()
                            )
                        ],
                    )
                    for record in records
                ]
            },
        )
        return made

    def _external_service(self, external_name: str) -> ApiObject:
        return api_object(
            self,
            "Service",
            platform=self.platform,
            api_version="v1",
            kind="Service",
            name=self.name,
            namespace=self.namespace,
            labels={"app": self.name},
            spec={
                "type": "ExternalName",
                "externalName": external_name,
                "ports": [{"name": f"{self.name}-web", "port": self.port, "protocol": "TCP", "targetPort": self.port}],
            },
        )

    def _add_checks(self, own_prefixes: Sequence[str]) -> None:
        # Each costs round trips to node at synth: made only where something is left to look up in the app.
        own = [reference(self.namespace, f"{prefix}-{self.name}") for prefix in own_prefixes]
        others = unlisted([entry for entry in self.middlewares if entry not in own], self.platform)
        if others:
            self.node.add_validation(MiddlewareCheck(self, others, self.platform))
        if self.sablier and self.sablier.group:
            self.node.add_validation(SablierCheck(self, self.sablier.group, self.namespace, self.service_name))
