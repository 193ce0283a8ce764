"""The rules about names that lead nowhere: of claims, Secrets, ConfigMaps, keys, service accounts and namespaces."""

from typing import Any

import pytest
from attrs import evolve
from plain import Manifest, container, found, ingress, is_one, only, pod, thing, workload

from t3afk_constructs.home import HOME
from t3afk_constructs.rules.near_names import near_name
from t3afk_constructs.rules.registry import POLICIES, check

BROKEN, KNOWN, SPACES = "broken-references", "known-references", "known-namespaces"


def secret_key(name: str, key: str = "password", **more: Any) -> Manifest:
    return container(env=[{"name": "X", "valueFrom": {"secretKeyRef": {"name": name, "key": key} | more}}])


def mounting(mount: Manifest | None = None, **source: Any) -> Manifest:
    """A pod with one volume."""
    return pod(
        container(volumeMounts=[{"name": "v", "mountPath": "/v"} | (mount or {})]), volumes=[{"name": "v"} | source]
    )


def claim_of(name: str) -> Manifest:
    return mounting(persistentVolumeClaim={"claimName": name})


def external(name: str = "app-secrets", data: tuple[str, ...] = ("password",), **more: Any) -> Manifest:
    target = {"name": name} | more.pop("target", {})
    fields = {"target": target, "data": [{"secretKey": key} for key in data]} | more
    return thing("ExternalSecret", "external-secrets.io/v1", name, spec=fields)


def config(name: str = "app-config", *keys: str) -> Manifest:
    return thing("ConfigMap", name=name, data=dict.fromkeys(keys, "x"))


def claim(name: str = "app-data", namespace: str = "ns", **fields: Any) -> Manifest:
    return thing("PersistentVolumeClaim", name=name, spec=fields) | {"metadata": {"name": name, "namespace": namespace}}


# --- near names


def test_a_slip_gives_a_name_away() -> None:
    slips = "tandor-data tandoor-dat tandoor-dtaa tandoor_data Tandoor-data data-tandoor tandoordata tandoor.data"
    for name in slips.split():
        assert near_name(name, ["other", "tandoor-data"]) == "tandoor-data"
    for each in ("tandoor-data", "app-db", "qbittorrent_config", "vaultwarden"):
        assert all(near_name(each[:index] + each[index + 1 :], [each]) for index in range(len(each)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("qbitorent-config", "qbittorrent-config"),
        ("app-bd", "app-db"),
        ("tl-secret", "tls-secret"),
        ("dbpassword", "db_password"),
        ("sercet_key", "secret_key"),
        ("andoor-data", "tandoor-data"),
        ("tandoor-cachw", "tandoor-cache"),
        ("quittorrent-config", "quittorrint-config"),
    ],
)
def test_two_slips_count_in_a_long_word_and_swapped_letters_in_a_short_one(one: str, other: str) -> None:
    assert near_name(one, [other]) == other
    assert near_name(other, [one]) == one


@pytest.mark.parametrize(
    "names",
    [
        *("data-1 data-2", "data1 data21", "v1.2 v1.3", "config config", "a b", "web api", "app-db app-ui"),
        *("app-data app-data-nfs", "immich-db immich-ml", "tandor-dat tandoor-data", "app-secrets db-secrets"),
        *("internal-tls external-tls", "importer exporter", "encryption decryption", "main-secrets mail-secrets"),
        *("postgres postgrest", "radarr-config readarr-config", "app-http app-https", "mysql-data mssql-data"),
    ],
)
def test_siblings_and_other_words_are_no_slips(names: str) -> None:
    one, other = names.split()
    assert near_name(one, [other]) is None
    assert near_name(other, [one]) is None


# --- objects

NAMED = {
    "claim": (claim_of, claim("app-data")),
    "Secret of a variable": (lambda name: pod(secret_key(name)), external("app-data")),
    "Secret of envFrom": (
        lambda name: pod(container(envFrom=[{"secretRef": {"name": name}}])),
        external("app-data"),
    ),
    "Secret of a volume": (lambda name: mounting(secret={"secretName": name}), external("app-data")),
    "Secret to pull": (lambda name: pod(imagePullSecrets=[{"name": name}]), external("app-data")),
    "ConfigMap of a variable": (
        lambda name: pod(container(env=[{"name": "X", "valueFrom": {"configMapKeyRef": {"name": name, "key": "a"}}}])),
        config("app-data", "a"),
    ),
    "ConfigMap of envFrom": (
        lambda name: pod(container(envFrom=[{"configMapRef": {"name": name}}])),
        config("app-data", "a"),
    ),
    "ConfigMap of a volume": (lambda name: mounting(configMap={"name": name}), config("app-data", "a")),
    "projected ConfigMap": (
        lambda name: mounting(projected={"sources": [{"configMap": {"name": name}}]}),
        config("app-data"),
    ),
    "projected Secret": (
        lambda name: mounting(projected={"sources": [{"secret": {"name": name}}]}),
        external("app-data"),
    ),
    "service account": (lambda name: pod(serviceAccountName=name), thing("ServiceAccount", name="app-data")),
}


@pytest.mark.parametrize(("make", "target"), NAMED.values(), ids=NAMED)
@pytest.mark.parametrize("kind", ["Deployment", "CronJob"])
def test_a_pod_names_what_the_app_renders(make: Any, target: Manifest, kind: str) -> None:
    fine, slip, other = (workload(kind, template=make(name)) for name in ("app-data", "app-dta", "elsewhere"))
    for rule in (BROKEN, KNOWN):
        assert not found(rule, target, fine)
    message = only(BROKEN, target, slip)
    assert "'app-dta', but the app renders the " in message
    assert message.endswith("'app-data' in that namespace; name that one")
    assert not found(KNOWN, target, slip)
    message = only(KNOWN, target, other)
    assert "'elsewhere', which nothing in the app renders; render it, correct the name" in message
    assert ("shared_secrets" in message) == ("Secret '" in message)
    assert not found(BROKEN, target, other)
    away = target | {"metadata": {"name": "app-data", "namespace": "away"}}
    away |= {"spec": {}} if target["kind"] == "ExternalSecret" else {}
    message = only(BROKEN, away, fine)
    assert "the app renders it in another namespace ('away'), where pods of 'ns' do not find it" in message
    assert not found(KNOWN, away, fine)


def in_space(namespace: str, made: Manifest, **annotations: str) -> Manifest:
    return made | {"metadata": made["metadata"] | {"namespace": namespace, "annotations": annotations}}


def test_an_object_that_pods_of_its_namespace_use_is_not_the_one_meant_elsewhere() -> None:
    target, user = in_space("b", config("config", "a")), workload(template=mounting(configMap={"name": "config"}))
    assert "the app renders it in another namespace ('b')" in only(BROKEN, target, user)
    both = (target, in_space("b", user), user)
    assert not found(BROKEN, *both)
    message = only(KNOWN, *both)
    assert "which the app renders only for the pods of another namespace ('b'); render one in 'ns' too" in message
    assert "silence this at 'config' if another stack renders it there" in message
    assert found(BROKEN, *both, in_space("c", target))  # one that nobody uses there
    rules = [rule for rule in POLICIES if rule.name == KNOWN]
    assert [each.identity.namespace for each in check([user], HOME, rules, beside=both[:2])] == ["ns"]
    volume = thing("PersistentVolume", name="v", spec={"claimRef": {"name": "app-data", "namespace": "ns"}})
    pods = in_space("b", workload(template=claim_of("app-data")))
    assert "it names the claim 'app-data', but" in only(BROKEN, volume, claim(namespace="b"), pods)


@pytest.mark.parametrize(
    ("annotations", "findings"),
    [
        ({"reflection-allowed": "true", "reflection-auto-enabled": "true"}, 0),
        (
            {
                "reflection-allowed": "true",
                "reflection-auto-enabled": "true",
                "reflection-auto-namespaces": "a, n[a-z]",
            },
            0,
        ),
        ({"reflection-allowed": "true", "reflection-auto-enabled": "true", "reflection-auto-namespaces": "n"}, 1),
        ({"reflection-allowed": "true"}, 1),
        ({"reflection-auto-enabled": "true"}, 1),
    ],
)
def test_reflector_copies_an_object_to_other_namespaces(annotations: dict[str, str], findings: int) -> None:
    named = {f"reflector.v1.k8s.emberstack.com/{name}": value for name, value in annotations.items()}
    user = workload(template=pod(secret_key("app-secrets")))
    for source in (
        in_space("b", thing("Secret", name="app-secrets"), **named),
        in_space("b", external(target={"template": {"metadata": {"annotations": named}}})),
    ):
        assert len(found(BROKEN, source, user)) == findings
        assert not found(KNOWN, source, user)


def test_a_custom_resource_makes_claims_and_service_accounts() -> None:
    for made, template in (
        (thing("DataVolume", "cdi.kubevirt.io/v1beta1", "x", spec={}), claim_of("x")),
        (thing("ReplicationDestination", "volsync.backube/v1alpha1", spec={"destinationPVC": "x"}), claim_of("x")),
        (thing("Kafka", "example.com/v1", spec={"serviceAccount": "x"}), pod(serviceAccountName="x")),
    ):
        user = workload(template=template)
        assert found(KNOWN, user)
        assert not found(KNOWN, made, user)


def test_an_optional_reference_may_lead_nowhere() -> None:
    optional: list[Manifest] = [
        pod(secret_key("app-secret", optional=True)),
        pod(container(envFrom=[{"configMapRef": {"name": "app-secret", "optional": True}}])),
        mounting(secret={"secretName": "app-secret", "optional": True}),
        mounting(projected={"sources": [{"secret": {"name": "app-secret", "optional": True}}]}),
    ]
    for template in optional:
        for rule in (BROKEN, KNOWN):
            assert not found(rule, external(), config(), workload(template=template))


def test_many_references_of_one_pod_to_one_missing_object_are_one_finding() -> None:
    template = pod(secret_key("elsewhere", "a"), secret_key("elsewhere", "b"))
    assert "the variable `X` names the Secret 'elsewhere'" in only(KNOWN, workload(template=template))


@pytest.mark.parametrize(
    "makes",
    [
        thing("Secret", name="x", stringData={"password": "y"}),
        external("made", target={"name": "x"}),
        thing("SealedSecret", "bitnami.com/v1alpha1", name="x", spec={}),
        thing("Certificate", "cert-manager.io/v1", spec={"secretName": "x"}),
        thing("VaultStaticSecret", "secrets.hashicorp.com/v1beta1", spec={"destination": {"name": "x"}}),
        {"apiVersion": "external-secrets.io/v1", "kind": "ClusterExternalSecret", "metadata": {"name": "x"}},
    ],
    ids=lambda made: made["kind"],
)
def test_a_secret_may_come_from_another_object_of_the_app(makes: Manifest) -> None:
    user = workload(template=pod(secret_key("x")))
    assert found(KNOWN, user)
    for rule in (BROKEN, KNOWN):
        assert not found(rule, makes, user)


def test_what_every_namespace_has_is_known() -> None:
    pull = [{"name": name} for name in ("ghcr-credentials", "registry-credentials", "tls-secret")]
    made = workload(template=pod(imagePullSecrets=pull, serviceAccountName="default"))
    roots = workload(template=mounting(configMap={"name": "kube-root-ca.crt"}))
    near = external("tls-secrets")
    for rule in (BROKEN, KNOWN):
        assert not found(rule, near, made, roots)
    assert len(found(KNOWN, made, platform=evolve(HOME, shared_secrets=()))) == 2
    slip = workload(template=pod(imagePullSecrets=[{"name": "ghcr-credential"}]))
    assert "but the platform has the Secret 'ghcr-credentials' in every namespace; name that one" in only(BROKEN, slip)


def test_a_claim_of_a_stateful_set_is_known_by_its_number() -> None:
    base = workload("StatefulSet", "db", volumeClaimTemplates=[{"metadata": {"name": "data"}}])
    for name, findings in {"data-db-0": 0, "data-db": 1, "data-app-0": 1}.items():
        assert len(found(KNOWN, base, workload("CronJob", template=claim_of(name)))) == findings


def test_a_secret_of_a_postgres_cluster_is_known() -> None:
    cluster = thing("Cluster", "postgresql.cnpg.io/v1", "pg", spec={})
    assert not found(KNOWN, cluster, workload(template=pod(secret_key("pg-app", "uri"))))
    assert found(KNOWN, cluster, workload(template=pod(secret_key("pg-other", "uri"))))


def test_claim_and_volume_name_each_other() -> None:
    volume = thing("PersistentVolume", name="app-data", spec={"claimRef": {"name": "app-data", "namespace": "ns"}})
    volume["metadata"].pop("namespace")
    bound = claim(volumeName="app-data")
    for rule in (BROKEN, KNOWN):
        assert not found(rule, volume, bound)
        assert not found(rule, claim(volumeName="pvc-0a1b2c3d-0000-4000-8000-0123456789ab"))  # a provisioner's
    assert "names the PersistentVolume 'app-daat', but the app renders" in only(
        BROKEN, volume, claim(volumeName="app-daat")
    )
    assert "names the PersistentVolume 'x', which nothing" in only(KNOWN, claim(volumeName="x"))
    assert "names the claim 'app-data', but the app renders it in another namespace" in only(
        BROKEN, volume, claim(namespace="b")
    )


def test_an_ingress_names_a_secret_that_somebody_renders() -> None:
    made = ingress()
    for name, findings in {"tls-secret": 0, "other": 1}.items():
        made["spec"]["tls"] = [{"secretName": name}]
        assert len(found(KNOWN, made)) == findings
    for annotation, findings in {
        ("cert-manager.io/cluster-issuer", "le"): 0,
        ("kubernetes.io/tls-acme", "true"): 0,
        ("kubernetes.io/tls-acme", "false"): 1,
    }.items():
        made["metadata"]["annotations"] = dict([annotation])
        assert len(found(KNOWN, made)) == findings
    route = thing("IngressRoute", "traefik.io/v1alpha1", spec={"tls": {"secretName": "app-tsl"}})
    assert "its TLS names the Secret 'app-tsl', but the app renders the Secret 'app-tls'" in only(
        BROKEN, route, external("app-tls")
    )


# --- keys


@pytest.mark.parametrize(
    ("target", "key", "message"),
    [
        (external(), "password", None),
        (
            external(),
            "pasword",
            "names the key 'pasword' of the Secret 'app-secrets', which lacks it; write 'password'",
        ),
        (external(data=("a", "b")), "c", "which lacks it; name one of its keys (a, b), or add it there"),
        (external(data=(), dataFrom=[{"extract": {"key": "x"}}]), "anything", None),
        (external(data=("a",), dataFrom=[{"extract": {"key": "x"}}]), "anything", None),
        (external(target={"template": {"data": {"url": "x"}}}), "url", None),
        (external(target={"template": {"data": {"url": "x"}}}), "password", "name one of its keys (url)"),
        (external(target={"template": {"data": {"url": "x"}, "mergePolicy": "Merge"}}), "password", None),
        (external(target={"template": {"data": {"url": "x"}, "mergePolicy": "Merge"}}), "uri", "(password, url)"),
        (external(dataFrom=[{}], target={"template": {"data": {"url": "x"}}}), "password", "(url)"),
        (external(target={"template": {"type": "Opaque"}}), "other", "(password)"),
        (external(target={"template": {"templateFrom": [{}]}}), "other", None),
        (external(target={"creationPolicy": "Merge"}), "other", None),
        (thing("Secret", name="app-secrets", stringData={"a": "x"}, data={"b": "x"}), "a", None),
        (thing("Secret", name="app-secrets", stringData={"a": "x"}, data={"b": "x"}), "c", "(a, b)"),
        (thing("Secret", name="app-secrets"), "any", None),  # another one fills it
        (external(data=tuple("abcdefghijk")), "z", "(a, b, c, d, e, f, g, h, …)"),
    ],
)
def test_a_key_is_one_that_its_secret_has(target: Manifest, key: str, message: str | None) -> None:
    assert is_one(found(BROKEN, target, workload(template=pod(secret_key("app-secrets", key)))), message)
    items = {"secretName": "app-secrets", "items": [{"key": key, "path": "x"}]}
    assert is_one(found(BROKEN, target, workload(template=mounting(secret=items))), message)
    assert not found(KNOWN, target, workload(template=pod(secret_key("app-secrets", key))))


def test_a_sub_path_is_a_key_of_the_mounted_object() -> None:
    settings = config("app-config", "app.conf")
    fine, slip = (mounting({"subPath": path}, configMap={"name": "app-config"}) for path in ("app.conf", "ap.conf"))
    assert not found(BROKEN, settings, workload(template=fine))
    message = only(BROKEN, settings, workload(template=slip))
    assert "container 'app': the mount of '/v' names the key 'ap.conf' of the ConfigMap 'app-config'" in message
    for path in ("./app.conf", "app.conf/", "."):
        same = mounting({"subPath": path}, configMap={"name": "app-config"})
        assert not found(BROKEN, settings, workload(template=same))
    renamed = {"name": "app-config", "items": [{"key": "app.conf", "path": "x"}]}
    assert not found(BROKEN, settings, workload(template=mounting({"subPath": "x"}, configMap=renamed)))


def test_each_missing_key_of_a_pod_is_a_finding() -> None:
    template = pod(secret_key("app-secrets", "a"), secret_key("app-secrets", "b"), secret_key("app-secrets", "a"))
    assert len(found(BROKEN, external(), workload(template=template))) == 2


# --- namespaces


def namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def test_the_app_renders_the_namespace_of_its_workloads() -> None:
    message = only(SPACES, config(), workload(), workload(name="b"))
    assert message.startswith("Deployment 'app' in namespace 'ns': nothing in the app renders its Namespace 'ns'")
    assert "silence this at 'ns'" in message
    assert only(SPACES, claim()).startswith("PersistentVolumeClaim")
    for rule in (SPACES, BROKEN):
        assert not found(rule, namespace("ns"), workload())
        assert not found(rule, ingress(), config())  # parts of another stack's namespace
        assert not found(rule, workload(), platform=evolve(HOME, exempt_namespaces=("ns",)))
    assert not found(SPACES, claim(namespace="kube-system"), claim(namespace="traefik"))


def test_a_namespace_near_a_rendered_one_is_an_error_and_the_cause_of_what_is_missing_there() -> None:
    slip = workload(template=pod(secret_key("tandoor-secrets"), imagePullSecrets=[{"name": "x"}]))
    slip["metadata"]["namespace"] = "tandor"
    home = external("tandoor-secrets")
    home["metadata"]["namespace"] = "tandoor"
    message = only(BROKEN, namespace("tandoor"), home, slip)
    assert "it is in the namespace 'tandor', but the app renders the Namespace 'tandoor'; correct the one" in message
    for rule in (SPACES, KNOWN):
        assert not found(rule, namespace("tandoor"), home, slip)


def test_references_lead_to_the_charts_that_no_guard_covers() -> None:
    user = workload(template=pod(secret_key("app-secrets")))
    rules = [rule for rule in POLICIES if rule.name in {KNOWN, SPACES}]
    assert {each.rule for each in check([user], HOME, rules)} == {KNOWN, SPACES}
    assert not check([user], HOME, rules, beside=[external(), namespace("ns")])


def test_an_object_without_a_namespace_may_be_anywhere() -> None:
    bare = external()
    del bare["metadata"]["namespace"]
    for rule in (BROKEN, KNOWN):
        assert not found(rule, bare, workload(template=pod(secret_key("app-secrets"))))
