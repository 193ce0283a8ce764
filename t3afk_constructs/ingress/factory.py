"""A host of the cluster: an Ingress for Traefik with its middlewares, annotations and DNS records."""

from typing import Final

from constructs import Construct

from t3afk_constructs import formats, inputs
from t3afk_constructs.checked import checked
from t3afk_constructs.cluster_chart import ChartNamespace, ChartPlatform, PlatformConstruct
from t3afk_constructs.formats import DnsSubdomain, HostName, Line, Port, ServiceName
from t3afk_constructs.ingress import backend
from t3afk_constructs.ingress import formats as ingress_formats
from t3afk_constructs.ingress.backend import ServiceInput
from t3afk_constructs.ingress.chain import (
    Auth,
    anti_ai_on,
    homepage_group_of,
    host_name,
    ingress_annotations,
    middleware_chain,
    monitor_on,
    own_middlewares,
)
from t3afk_constructs.ingress.dns import DnsType, endpoints, missing_fact
from t3afk_constructs.ingress.formats import (
    BodySize,
    ExternalName,
    ExtraAnnotations,
    FirstLabel,
    Groups,
    IngressHost,
    IngressPaths,
    Middlewares,
)
from t3afk_constructs.ingress.sablier import Sablier, with_group_of
from t3afk_constructs.manifests import Identity
from t3afk_constructs.rendered_chart import declare_annotations
from t3afk_constructs.rules.sablier import workload_labels

_NO_NAME = "is missing; pass the name of the Ingress, or a service"


class IngressFactory(PlatformConstruct):
    """A host that Traefik serves over TLS: who may enter, through which middlewares, to which Service.

    Fail-closed: by default, every request passes Authentik's forward auth. The inputs are those of the Terraform module
    `ingress_factory`, and `service`.

    Attributes:
        ingress: the Ingress.
        own_middlewares: the Middlewares of this Ingress alone, by the prefix of their names.
        dns_endpoint: the DNSEndpoint; None without a record.
        external_service: the ExternalName Service; None without `external_name`.
        url: the address of the host.
        middlewares: the middleware chain, by Traefik's names.
        annotations: the annotations of the Ingress.
        sablier_labels: the labels that Sablier reads from the workloads to scale; empty without `sablier`.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: DnsSubdomain | None = None,
        namespace: ChartNamespace = None,
        service: ServiceInput | None = None,
        service_name: ServiceName | None = None,
        port: Port | None = None,
        host: FirstLabel | None = None,
        root_domain: HostName | None = None,
        full_host: IngressHost | None = None,
        tls_secret_name: DnsSubdomain | None = None,
        ingress_path: IngressPaths = ("/",),
        auth: Auth = "required",
        allowed_groups: Groups | None = None,
        dns_type: DnsType = "none",
        max_body_size: BodySize | None = None,
        custom_content_security_policy: Line | None = None,
        extra_annotations: ExtraAnnotations | None = None,
        extra_middlewares: Middlewares = (),
        skip_default_rate_limit: bool = False,
        anti_ai_scraping: bool | None = None,
        allow_local_access_only: bool = False,
        sablier: Sablier | None = None,
        external_monitor: bool | None = None,
        external_monitor_name: Line | None = None,
        homepage_enabled: bool = True,
        homepage_group: Line | None = None,
        external_name: ExternalName | None = None,
        platform: ChartPlatform = None,
    ) -> None:
        """Render the Ingress with its Middlewares, DNS records and ExternalName Service.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the Ingress; its own Middlewares are `<prefix>-<name>`. Default: that of `service`.
            namespace: of all objects; default: the chart's.
            service: the Service behind the host, in the same namespace: a `WebService`, `Service`, `T3Executor` or
                `kplus.Service`. It replaces `service_name`, and `port` has to be one of its ports.
            service_name: the name of the Service behind the host; default: that of `service`, else `name`. If it is
                given and starts with `anubis-`, the Service gets the visitor's real address.
            port: of that Service; default: the first port of `service`, else 80.
            host: the part of the host name before the domain; default: `name`. `*` stands for all names one level
                below the domain; give it a `router.priority` in `extra_annotations` below those of single hosts.
            root_domain: the domain; default: the platform's.
            full_host: the whole host name, instead of `host` and `root_domain`.
            tls_secret_name: the Secret with the host's certificate; default: the platform's, which covers the hosts
                one level below its domain.
            ingress_path: the paths that lead to the Service. Each is a prefix of characters: `/api` also matches
                `/api-keys`, and `/api/` does not.
            auth: who may enter. `required`: users of Authentik in one of `allowed_groups`; `public`: everybody, signed
                in as a guest, which leaves an audit trail but keeps nobody out; `app`: everybody, because the backend
                has its own login; `none`: everybody, on purpose. The last two render the same.
            allowed_groups: Authentik's groups that `required` admits; default: the platform's. Other values of `auth`
                refuse them. An empty list leaves the decision to Authentik, with a warning at synth.
            dns_type: `proxied` (through Cloudflare's tunnel), `non-proxied` (to the public addresses), `internal`
                (to the internal load balancer), `none`. It renders an annotation and, if the platform runs
                external-dns, a DNSEndpoint. A proxied host that the zone's wildcard record covers needs no DNSEndpoint.
            max_body_size: the largest body of a request: digits and an optional unit k, m, g in either case
                (1024-based; no unit is bytes). Traefik buffers a body until it is complete; `0` is no limit. Default:
                no buffering and no limit.
            custom_content_security_policy: the value of the header, instead of the shared `csp-headers`.
            extra_annotations: more annotations. They override those of the dashboard; those of DNS, monitor and groups
                override them. Of Traefik's `router.*`: priority, TLS and observability, with values that it reads.
            extra_middlewares: more middlewares, by Traefik's names (`<namespace>-<name>@kubernetescrd`), at the end of
                the chain.
            skip_default_rate_limit: leave the shared rate limit out; put another one into `extra_middlewares`.
            anti_ai_scraping: block crawlers of AI companies; default: if `auth` is `app` or `none`, where Authentik
                does not stop them.
            allow_local_access_only: admit the local networks alone.
            sablier: scale the workload to zero when no requests come; default: `scale_to_zero` of the `WebService`,
                else it always runs. Put `sablier_labels` on any other workload.
            external_monitor: whether the external monitor watches the host; default: with public DNS. Without public
                DNS, the default renders no annotation, and False renders one.
            external_monitor_name: the host's name in the monitor.
            homepage_enabled: show the host on the dashboard.
            homepage_group: the dashboard's group; default: by namespace, else `Other`.
            external_name: also render an ExternalName Service `name` that points at this host name; default: none. It
                is the backend unless `service` or `service_name` names another. Traefik has to allow ExternalName
                Services.
            platform: the cluster's facts; default: the chart's.

        Raises:
            InputError: when the API server, Traefik or external-dns would refuse or misread an input.
        """
        super().__init__(scope, id, namespace=namespace, platform=platform)
        facts = backend.facts_of(service) if service is not None else None
        name = name or (facts.name if facts else None)
        if name is None:
            raise inputs.InputError(type(self).__name__, self.node.path, [("name", name, _NO_NAME)])
        awake = backend.scale_to_zero_of(service)
        asked, sablier = sablier, with_group_of(awake, sablier)
        given_service_name = facts.name if facts else service_name
        domain = root_domain or self.platform.domain
        whole_host = host_name(name, host, domain, full_host)
        own = own_middlewares(
            name,
            platform=self.platform,
            sablier=sablier,
            policy=custom_content_security_policy,
            max_body_size=max_body_size,
        )
        default_service = None if given_service_name else formats.service_name(name)
        self._refuse(
            name=(
                name,
                (default_service and f"is the default of service_name, which {default_service}")
                or ingress_formats.own_middlewares(name, self.namespace, self.platform, list(own)),
            ),
            service=(service, facts and facts.out_of_reach(self.namespace)),
            service_name=(service_name, facts and facts.other_name(service_name)),
            port=(port, facts and facts.other_port(port)),
            host=(
                host or name,
                None if full_host else ingress_formats.whole_name(host or name, domain, self.platform.domain),
            ),
            full_host=(
                whole_host,
                ingress_formats.host(whole_host) or ingress_formats.wildcard(whole_host, extra_annotations or {}),
            ),
            allowed_groups=(allowed_groups, ingress_formats.unused_groups(allowed_groups, auth)),
            dns_type=(dns_type, missing_fact(dns_type, whole_host, self.platform)),
            extra_annotations=(
                extra_annotations,
                ingress_formats.other_class(extra_annotations or {}, self.platform.ingress_class),
            ),
            external_name=(external_name, ingress_formats.external_name_of(name) if external_name else None),
            sablier=(
                asked,
                f"has another group than scale_to_zero of the service; pass group={awake.group!r}, or leave sablier out"
                if asked and awake and asked.group not in (None, awake.group)
                else None,
            ),
        )
        self.name: Final = name
        self.service: Final = service
        self.service_name: Final = given_service_name or name
        self.port: Final = port or (facts.ports[0] if facts else 80)
        self.service_ports: Final = (self.port,)
        self.host: Final = host or name
        self.root_domain: Final = domain
        self.full_host: Final = whole_host
        self.tls_secret_name: Final = tls_secret_name or self.platform.tls_secret_name
        self.ingress_path: Final = tuple(ingress_path)
        self.auth: Final = auth
        self.allowed_groups: Final = tuple(
            self.platform.default_allowed_groups if allowed_groups is None else allowed_groups
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
        self.homepage_group: Final = homepage_group_of(self.platform, self.namespace, homepage_group)
        self.external_name: Final = external_name
        self.url: Final = f"https://{whole_host}"
        self.sablier_labels: Final = workload_labels(self.sablier.group or name) if self.sablier else {}
        self.middlewares: Final = middleware_chain(
            platform=self.platform,
            namespace=self.namespace,
            name=name,
            auth=auth,
            service_name=given_service_name,
            skip_default_rate_limit=skip_default_rate_limit,
            anti_ai_scraping=anti_ai_scraping,
            allow_local_access_only=allow_local_access_only,
            own=own,
            extra_middlewares=extra_middlewares,
        )
        self.annotations: Final = ingress_annotations(
            platform=self.platform,
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

        target = {"service": {"name": self.service_name, "port": {"number": self.port}}}
        paths = [{"path": path, "pathType": "ImplementationSpecific", "backend": target} for path in self.ingress_path]
        self.ingress: Final = self._object(
            "Resource",
            "networking.k8s.io/v1",
            "Ingress",
            name=name,
            annotations=self.annotations,
            spec={
                "ingressClassName": self.platform.ingress_class,
                "tls": [{"hosts": [whole_host], "secretName": self.tls_secret_name}],
                "rules": [{"host": whole_host, "http": {"paths": paths}}],
            },
        )
        who = Identity("networking.k8s.io/v1", "Ingress", self.namespace, name)
        declare_annotations(self.chart, self.ingress, who, self.annotations)
        self.own_middlewares: Final = {
            prefix: self._object(
                prefix.title().replace("-", ""),
                "traefik.io/v1alpha1",
                "Middleware",
                name=f"{prefix}-{name}",
                spec=spec,
            )
            for prefix, spec in own.items()
        }
        records = {"endpoints": endpoints(dns_type, whole_host, self.platform)}
        self.dns_endpoint: Final = (
            self._object("Dns", "externaldns.k8s.io/v1alpha1", "DNSEndpoint", name=name, spec=records)
            if records["endpoints"]
            else None
        )
        self.external_service: Final = (
            self._object(
                "Service",
                "v1",
                "Service",
                name=name,
                labels={"app": name},
                spec={
                    "type": "ExternalName",
                    "externalName": external_name,
                    "ports": [{"name": f"{name}-web", "port": self.port, "protocol": "TCP", "targetPort": self.port}],
                },
            )
            if external_name
            else None
        )
