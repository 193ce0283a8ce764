"""The custom resources equal what the typed bindings in imports/ render from the same values.

The constructs write plain manifests. A misspelled field would fail here, because the bindings do not have it.
"""

from __future__ import annotations

from typing import Any

from attrs import asdict, evolve
from manifests import new_chart, one
from test_external_secret import ALL

from t3afk_constructs import HOME, Dns, ExternalSecret, IngressFactory, RemoteRef, Sablier
from t3afk_constructs.imports.t3afk.io import external_secrets, traefik
from t3afk_constructs.imports.t3afk.io.k8s import externaldns
from t3afk_constructs.ingress.chain import body_size_in_bytes
from t3afk_constructs.ingress.sablier import plugin_settings


def _fields(place: RemoteRef) -> dict[str, Any]:
    return {name: value for name, value in asdict(place).items() if value is not None}


def test_external_secret_equals_its_binding() -> None:
    chart = new_chart()
    secret = ExternalSecret(chart, "secret", **ALL)
    place = {
        each.key: external_secrets.ExternalSecretSpecDataRemoteRef(**_fields(each)) for each in secret.data.values()
    }
    assert chart.to_json() == [
        external_secrets.ExternalSecret.manifest(
            metadata={"name": "photos", "namespace": "photos"},
            spec=external_secrets.ExternalSecretSpec(
                refresh_interval=secret.refresh_interval,
                secret_store_ref=external_secrets.ExternalSecretSpecSecretStoreRef(
                    name=secret.store, kind=secret.store_kind
                ),
                target=external_secrets.ExternalSecretSpecTarget(
                    name=secret.target_name,
                    creation_policy=secret.creation_policy,
                    deletion_policy=secret.deletion_policy,
                    template=external_secrets.ExternalSecretSpecTargetTemplate(
                        type=secret.secret_type,
                        metadata=external_secrets.ExternalSecretSpecTargetTemplateMetadata(
                            labels=secret.secret_labels, annotations=secret.secret_annotations
                        ),
                        data=secret.template,
                        merge_policy=secret.template_merge_policy,
                    ),
                ),
                data=[
                    external_secrets.ExternalSecretSpecData(secret_key=key, remote_ref=place[each.key])
                    for key, each in secret.data.items()
                ],
                data_from=[
                    external_secrets.ExternalSecretSpecDataFrom(
                        extract=external_secrets.ExternalSecretSpecDataFromExtract(**_fields(each))
                    )
                    for each in secret.extract
                ],
            ),
        )
        | {"apiVersion": "external-secrets.io/v1beta1"}
    ]


def test_external_secret_that_is_read_once_equals_its_binding() -> None:
    chart = new_chart()
    ExternalSecret(chart, "secret", name="photos", extract=["photos"], refresh_policy="CreatedOnce")
    assert chart.to_json() == [
        external_secrets.ExternalSecret.manifest(
            metadata={"name": "photos", "namespace": "apps"},
            spec=external_secrets.ExternalSecretSpec(
                refresh_policy="CreatedOnce",
                secret_store_ref=external_secrets.ExternalSecretSpecSecretStoreRef(
                    name=HOME.secret_store, kind=HOME.secret_store_kind
                ),
                target=external_secrets.ExternalSecretSpecTarget(name="photos"),
                data_from=[
                    external_secrets.ExternalSecretSpecDataFrom(
                        extract=external_secrets.ExternalSecretSpecDataFromExtract(key="photos")
                    )
                ],
            ),
        )
    ]


def test_middlewares_equal_their_bindings() -> None:
    chart, sablier, policy = new_chart(), Sablier(), "default-src 'self'"
    own = IngressFactory(
        chart,
        "ingress",
        name="photos",
        max_body_size="10m",
        custom_content_security_policy=policy,
        sablier=sablier,
    ).own_middlewares
    specs: dict[str, Any] = {
        "buffering": traefik.MiddlewareSpec(
            buffering=traefik.MiddlewareSpecBuffering(max_request_body_bytes=body_size_in_bytes("10m"))
        ),
        "custom-csp": traefik.MiddlewareSpec(headers=traefik.MiddlewareSpecHeaders(content_security_policy=policy)),
        "sablier": traefik.MiddlewareSpec(plugin={"sablier": plugin_settings(sablier, "photos", HOME.sablier_url)}),
    }
    assert own.keys() == specs.keys()
    found = chart.to_json()
    for prefix, spec in specs.items():
        metadata = {"name": f"{prefix}-photos", "namespace": "apps"}
        assert one(found, "Middleware", metadata["name"]) == traefik.Middleware.manifest(metadata=metadata, spec=spec)


def test_dns_endpoint_equals_its_binding() -> None:
    addresses = {"A": "192.0.2.1", "AAAA": "2001:db8::1"}
    dns = Dns(external_dns=True, public_ipv4=addresses["A"], public_ipv6=addresses["AAAA"])
    chart = new_chart(platform=evolve(HOME, dns=dns))
    IngressFactory(chart, "ingress", name="photos", dns_type="non-proxied")
    proxied = externaldns.DnsEndpointSpecEndpointsProviderSpecific(name=dns.cloudflare_proxied_property, value="false")
    assert one(chart.to_json(), "DNSEndpoint", "photos") == externaldns.DnsEndpoint.manifest(
        metadata={"name": "photos", "namespace": "apps"},
        spec=externaldns.DnsEndpointSpec(
            endpoints=[
                externaldns.DnsEndpointSpecEndpoints(
                    dns_name=f"photos.{HOME.domain}",
                    record_type=record_type,
                    targets=[target],
                    provider_specific=[proxied],
                )
                for record_type, target in addresses.items()
            ]
        ),
    )
