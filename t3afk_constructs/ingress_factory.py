"""A host of the cluster: an Ingress of Traefik with its middlewares, annotations and records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from t3afk_constructs import formats, inputs
from t3afk_constructs import ingress_formats as rules
from t3afk_constructs.api_objects import ApiObjects
from t3afk_constructs.dns_records import DNS_TYPES, DnsType, dns_records, missing_fact
from t3afk_constructs.home import HOME
from t3afk_constructs.ingress_checks import MiddlewareCheck, SablierCheck, unlisted, warn
from t3afk_constructs.ingress_objects import manifests, middleware_id
from t3afk_constructs.ingress_rules import (
    AUTHS,
    Auth,
    anti_ai_on,
    homepage_group_of,
    host_name,
    ingress_annotations,
    middleware_chain,
    monitor_on,
    own_middlewares,
)
from t3afk_constructs.platform import Platform, platform_rule
from t3afk_constructs.sablier import Sablier, workload_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s import ApiObject
    from constructs import Construct

_flag = inputs.boolean
_optional_flag = inputs.optional(inputs.boolean)
_optional_line = inputs.optional(formats.one_line)


class IngressFactory(ApiObjects):
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
        ingress_path: list[str] | tuple[str, ...] = ("/",),
        auth: Auth = "required",
        allowed_groups: list[str] | tuple[str, ...] | None = None,
        dns_type: DnsType = "none",
        max_body_size: str | None = None,
        custom_content_security_policy: str | None = None,
        extra_annotations: Mapping[str, str] | None = None,
        extra_middlewares: list[str | None] | list[str] | tuple[str | None, ...] = (),
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
            CollisionError: when another construct of this library makes an object of that name in the app.
        """
        inputs.check("IngressFactory", scope, id, platform=(platform, platform_rule))
        annotation_rule = rules.extra_annotations(platform.ingress_class)
        whole_host = host_name(name, host, root_domain or platform.domain, full_host)
        inputs.check_more(
            "IngressFactory",
            scope,
            id,
            namespace=(namespace, formats.dns_label),
            name=(name, formats.dns_subdomain),
            service_name=(name if service_name is None else service_name, formats.service_name),
            port=(port, formats.port),
            root_domain=(root_domain, inputs.optional(formats.host_name)),
            full_host=(full_host, inputs.optional(rules.host)),
            host=(host, inputs.optional(rules.first_label)),
            tls_secret_name=(tls_secret_name, inputs.optional(formats.dns_subdomain)),
            ingress_path=(ingress_path, inputs.every(rules.path, at_least=1, repeats=True)),
            auth=(auth, inputs.one_of(*AUTHS)),
            allowed_groups=(allowed_groups, inputs.optional(inputs.every(formats.group, repeats=True))),
            dns_type=(dns_type, inputs.one_of(*DNS_TYPES)),
            max_body_size=(max_body_size, inputs.optional(rules.body_size)),
            custom_content_security_policy=(custom_content_security_policy, _optional_line),
            extra_annotations=(extra_annotations, inputs.optional(annotation_rule)),
            extra_middlewares=(extra_middlewares, inputs.every(rules.middleware, repeats=True)),
            skip_default_rate_limit=(skip_default_rate_limit, _flag),
            anti_ai_scraping=(anti_ai_scraping, _optional_flag),
            allow_local_access_only=(allow_local_access_only, _flag),
            sablier=(sablier, inputs.optional(rules.sablier_of(name))),
            external_monitor=(external_monitor, _optional_flag),
            external_monitor_name=(external_monitor_name, _optional_line),
            homepage_enabled=(homepage_enabled, _flag),
            homepage_group=(homepage_group, _optional_line),
            external_name=(external_name, inputs.optional(rules.external_name)),
        )
        own = own_middlewares(
            name, platform=platform, sablier=sablier, policy=custom_content_security_policy, max_body_size=max_body_size
        )
        inputs.check_more(
            "IngressFactory",
            scope,
            id,
            name=(name, rules.own_names(platform, namespace, list(own))),
            full_host=(whole_host, rules.host),
            dns_type=(dns_type, lambda value: missing_fact(value, whole_host, platform)),
            external_name=(external_name, inputs.optional(rules.external_name_of(name))),
        )
        groups = tuple(platform.default_allowed_groups if allowed_groups is None else allowed_groups)
        monitor = monitor_on(dns_type, external_monitor)
        group = homepage_group_of(platform, namespace, homepage_group)
        chain = middleware_chain(
            platform=platform,
            namespace=namespace,
            name=name,
            auth=auth,
            service_name=service_name,
            skip_default_rate_limit=skip_default_rate_limit,
            custom_policy="custom-csp" in own,
            anti_ai_scraping=anti_ai_scraping,
            allow_local_access_only=allow_local_access_only,
            sablier="sablier" in own,
            buffering="buffering" in own,
            extra_middlewares=extra_middlewares,
        )
        annotations = ingress_annotations(
            platform=platform,
            name=name,
            host=whole_host,
            chain=chain,
            auth=auth,
            allowed_groups=groups,
            dns_type=dns_type,
            external_monitor=monitor,
            external_monitor_name=external_monitor_name,
            homepage_enabled=homepage_enabled,
            homepage_group=group,
            extra_annotations=extra_annotations,
        )
        sources = {
            "allowed_groups": groups,
            "external_monitor_name": external_monitor_name,
            "extra_annotations": extra_annotations,
            "extra_middlewares": extra_middlewares,
            "homepage_group": homepage_group,
        }
        largest = max(sources, key=lambda source: len(str(sources[source])))
        size = formats.annotations_size(annotations)
        inputs.check_more("IngressFactory", scope, id, **{largest: (sources[largest], lambda _: size)})
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
        self.allowed_groups: Final = groups
        self.dns_type: Final = dns_type
        self.max_body_size: Final = max_body_size
        self.custom_content_security_policy: Final = custom_content_security_policy
        self.extra_annotations: Final = dict(extra_annotations or {})
        self.extra_middlewares: Final = tuple(extra_middlewares)
        self.skip_default_rate_limit: Final = skip_default_rate_limit
        self.anti_ai_scraping: Final = anti_ai_on(auth, anti_ai_scraping)
        self.allow_local_access_only: Final = allow_local_access_only
        self.sablier: Final = sablier.resolved(name) if sablier else None
        self.external_monitor: Final = monitor
        self.external_monitor_name: Final = external_monitor_name
        self.homepage_enabled: Final = homepage_enabled
        self.homepage_group: Final = group
        self.external_name: Final = external_name
        self.platform: Final = platform
        self.url: Final = f"https://{whole_host}"
        self.sablier_labels: Final = workload_labels(self.sablier.group or name) if self.sablier else {}
        self.middlewares: Final = chain
        self.annotations: Final = annotations
        self._own_middlewares: Final = tuple(own)
        self._records: Final = dns_records(dns_type, whole_host, platform)
        super().__init__(scope, id, platform=platform, manifests=manifests(self, own, self._records))
        if auth == "required" and not self.allowed_groups:
            warn(self.node.path, "allowed_groups is empty, so Authentik alone decides who comes in; name the groups")
        # Each check costs round trips to node at synth: made only where something is left to look up in the app.
        if others := unlisted(self.middlewares, platform, [(namespace, f"{prefix}-{name}") for prefix in own]):
            self.node.add_validation(MiddlewareCheck(self, others, platform))
        if self.sablier and self.sablier.group:
            self.node.add_validation(SablierCheck(self, self.sablier.group, namespace, self.service_name))

    @property
    def ingress(self) -> ApiObject:
        """The Ingress."""
        return self._api_object("Resource")

    @property
    def own_middlewares(self) -> dict[str, ApiObject]:
        """The Middlewares that are rendered here, by what stands before the Ingress's name in theirs."""
        return {prefix: self._api_object(middleware_id(prefix)) for prefix in self._own_middlewares}

    @property
    def dns_endpoint(self) -> ApiObject | None:
        """The DNSEndpoint; None where no record is asked for."""
        return self._api_object("Dns") if self._records else None

    @property
    def external_service(self) -> ApiObject | None:
        """The ExternalName Service; None without `external_name`."""
        return self._api_object("Service") if self.external_name else None
