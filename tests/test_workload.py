"""WebService, CronJob and Service."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cdk8s import App
from manifests import new_chart, objects, one, render

from t3afk_constructs import (
    HOME,
    Claim,
    ConfigMapFiles,
    ConfigMapKey,
    ConfigMapRef,
    Container,
    ContainerPort,
    CronJob,
    EmptyDir,
    ExecProbe,
    ExternalSecret,
    FieldRef,
    File,
    Files,
    HostPath,
    HttpProbe,
    IngressFactory,
    InputError,
    Mount,
    NfsExport,
    NfsVolume,
    Pod,
    RemoteRef,
    Resources,
    Sablier,
    SecretFiles,
    SecretKey,
    SecretRef,
    Service,
    ServicePort,
    TcpProbe,
    WebService,
    guard,
    same_node_as,
    synth,
)

IMAGE = "docker.io/library/nginx:1.29.1"
SCRATCH = EmptyDir(medium="Memory", size_limit="1Gi")
POD = Pod(
    labels={"team": "photos"},
    annotations={"example.com/seen": "yes"},
    init_containers=[
        Container(
            name="unpack",
            image="docker.io/library/busybox:1.37.0",
            command=["sh", "-c", "tar -x"],
            working_dir="/scratch",
            mounts={"/scratch": SCRATCH},
        )
    ],
    sidecars=[
        Container(
            name="cache",
            image="docker.io/library/redis:8.2.1",
            args=["--save", ""],
            ports=[ContainerPort(6379, name="redis", host_port=6379)],
            mounts={"/scratch": SCRATCH, "/data": Mount(Claim("photos-cache"), volume_name="cache")},
            resources=Resources(memory="64Mi"),
        )
    ],
    image_pull_secrets=["ghcr-credentials"],
    service_account_name="photos",
    automount_service_account_token=True,
    security_context={"runAsUser": 1000, "fsGroup": 1000},
    priority_class_name="tier-4-aux",
    runtime_class_name="nvidia",
    node_selector={"gpu": "true"},
    tolerations=[{"key": "gpu", "operator": "Exists"}],
    affinity=same_node_as({"app": "database"}),
    topology_spread_constraints=[
        {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    host_network=True,
    dns_policy="ClusterFirstWithHostNet",
    share_process_namespace=True,
    termination_grace_period_seconds=60,
)
CONTAINER: dict[str, Any] = {
    "image": IMAGE,
    "image_owner": "cluster",
    "container_name": "app",
    "command": ["sh", "-c"],
    "args": ["exec serve", "--port=8080", "--port=8080"],
    "working_dir": "/srv",
    "env": {
        "TZ": "Europe/London",
        "DB": "postgres://photos:$(PASSWORD)@db/photos",
        "PASSWORD": SecretKey("photos-secrets", "PASSWORD"),
        "MAYBE": SecretKey("photos-secrets", "MAYBE", optional=True),
        "MODE": ConfigMapKey("photos-settings", "mode"),
        "POD_IP": FieldRef("status.podIP"),
    },
    "env_from": [SecretRef("photos-more"), ConfigMapRef("photos-settings")],
    "mounts": {
        "/pictures": Claim("photos-data"),
        "/thumbnails": Mount(Claim("photos-data"), sub_path="thumbnails", read_only=True),
        "/etc/photos/config.yml": File("port: 8080\n"),
        "/etc/photos/conf.d": Files({"config.yml": "a: 1\n", "run.sh": "true\n"}, mode=0o755),
        "/scratch": SCRATCH,
        "/tmp": EmptyDir(),
        "/etc/tls": SecretFiles("tls-secret", items={"tls.crt": "cert.pem"}, mode=0o400, optional=True),
        "/etc/settings": ConfigMapFiles("photos-settings", items={"mode": "mode.txt"}, mode=0o444, optional=True),
        "/dev/dri": HostPath("/dev/dri", type="Directory"),
        "/archive": NfsExport("nas.example.com", "/srv/archive"),
    },
    "resources": Resources(
        cpu="50m", memory="128Mi", memory_limit="256Mi", gpus=1, extended={"example.com/gpumem": 2300}
    ),
    "security_context": {"readOnlyRootFilesystem": True},
    "pod": POD,
    "labels": {"part-of": "photos"},
    "annotations": {"keel.sh/policy": "patch"},
    "namespace": "photos",
    "platform": HOME,
}
MINIMAL: dict[type[Any], dict[str, Any]] = {
    WebService: {"name": "photos", "image": IMAGE, "port": 8080},
    CronJob: {"name": "backup", "image": IMAGE, "schedule": "30 2 * * *"},
    Service: {"name": "dns", "ports": [ServicePort(53)]},
}
ALL: dict[type[Any], dict[str, Any]] = {
    WebService: {
        **MINIMAL[WebService],
        **CONTAINER,
        "service_port": 80,
        "service_name": "album",
        "extra_ports": [ServicePort(9090, name="metrics", target_port=9091), ServicePort(53, name="d", protocol="UDP")],
        "readiness": HttpProbe("/healthz?full=1", port=9091, scheme="HTTPS", headers={"Host": "photos"}),
        "liveness": TcpProbe(initial_delay_seconds=0, period_seconds=30),
        "startup": ExecProbe(["pg_isready", "-q"], timeout_seconds=5, failure_threshold=60, success_threshold=1),
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        "strategy": "RollingUpdate",
        "replicas": 2,
        "scale_to_zero": None,
        "selector": {"app.kubernetes.io/name": "photos"},
        "service_annotations": {"prometheus.io/scrape": "true"},
    },
    CronJob: {
        **MINIMAL[CronJob],
        **CONTAINER,
        "time_zone": "Europe/London",
        "concurrency_policy": "Replace",
        "restart_policy": "Never",
        "backoff_limit": 0,
        "suspend": True,
        "starting_deadline_seconds": 300,
        "active_deadline_seconds": 3600,
        "ttl_seconds_after_finished": 0,
        "successful_jobs_history_limit": 1,
        "failed_jobs_history_limit": 0,
    },
    Service: {
        "name": "dns",
        "ports": [ServicePort(53, name="tcp", node_port=30053), ServicePort(53, name="udp", protocol="UDP")],
        "selector": {"app": "dns"},
        "type": "LoadBalancer",
        "headless": False,
        "load_balancer_ip": "192.0.2.7",
        "external_traffic_policy": "Local",
        "labels": {"app": "dns"},
        "annotations": {"metallb.io/allow-shared-ip": "shared"},
        "namespace": "photos",
        "platform": HOME,
    },
}
KINDS = {WebService: "web-service", CronJob: "cron-job", Service: "service"}
every = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def deployment(**inputs: Any) -> dict[str, Any]:
    chart = new_chart()
    WebService(chart, "web", **MINIMAL[WebService] | inputs)
    return one(objects(chart), "Deployment", "photos")


@every
@pytest.mark.parametrize("which", ["minimal", "all-inputs"])
def test_manifest_matches_the_golden_file(kind: type[Any], which: str, golden: Any) -> None:
    chart = new_chart()
    kind(chart, "made", **(MINIMAL if which == "minimal" else ALL)[kind])
    golden(f"{KINDS[kind]}-{which}", render(chart))


@every
def test_every_input_reads_back(kind: type[Any]) -> None:
    assert ALL[kind].keys() == inspect.signature(kind.__init__).parameters.keys() - {"self", "scope", "id"}
    made = kind(new_chart(), "made", **ALL[kind])
    lists = {name: tuple(value) if isinstance(value, list) else value for name, value in ALL[kind].items()}
    assert {name: getattr(made, name) for name in ALL[kind]} == lists


@every
def test_the_minimal_call_keeps_the_rules_of_the_home_cluster(kind: type[Any]) -> None:
    chart = new_chart()
    kind(chart, "made", **MINIMAL[kind])
    guard(chart)
    assert objects(chart)


# --- one value for two objects


def test_scale_to_zero_sets_workload_and_ingress_from_one_value() -> None:
    chart = new_chart()
    web = WebService(chart, "web", **MINIMAL[WebService], scale_to_zero=Sablier(session_duration="1h"))
    ingress = IngressFactory(chart, "ingress", name="album", service=web)
    guard(chart)  # the rule sablier-workloads
    rendered = one(objects(chart), "Deployment", "photos")
    assert "replicas" not in rendered["spec"]
    assert ingress.sablier_labels.items() <= rendered["metadata"]["labels"].items()
    plugin = one(objects(chart), "Middleware", "sablier-album")["spec"]["plugin"]["sablier"]
    assert (plugin["group"], plugin["sessionDuration"]) == ("photos", "1h")


def test_a_workload_that_nothing_wakes_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    chart = new_chart()
    web = WebService(chart, "web", **MINIMAL[WebService], scale_to_zero=Sablier())
    objects(chart)
    assert "Deployment 'photos' in namespace 'apps': no Ingress of the app wakes its group" in capsys.readouterr().err
    IngressFactory(chart, "ingress", service=web)
    objects(chart)
    assert capsys.readouterr().err == ""


def test_an_ingress_of_a_service_that_scales_to_zero_may_wait_otherwise_but_not_wake_another_group() -> None:
    chart = new_chart()
    web = WebService(chart, "web", **MINIMAL[WebService], scale_to_zero=Sablier())
    IngressFactory(chart, "api", name="api", service=web, sablier=Sablier(strategy="blocking"))
    plugin = one(objects(chart), "Middleware", "sablier-api")["spec"]["plugin"]["sablier"]
    assert (plugin["group"], plugin.keys() & {"blocking", "dynamic"}) == ("photos", {"blocking"})
    with pytest.raises(InputError, match=r"sablier .* has another group than scale_to_zero .* pass group='photos'"):
        IngressFactory(chart, "other", name="other", service=web, sablier=Sablier(group="other"))
    with pytest.raises(InputError, match="replicas 2 contradicts scale_to_zero"):
        WebService(chart, "two", **MINIMAL[WebService], replicas=2, scale_to_zero=Sablier())


def test_an_ingress_takes_its_name_from_its_service() -> None:
    chart = new_chart()
    web = WebService(chart, "web", **MINIMAL[WebService])
    assert IngressFactory(chart, "ingress", service=web).url == "https://photos.viktorbarzin.me"
    assert web.address == "photos.apps.svc.cluster.local"
    with pytest.raises(InputError, match="name None is missing; pass the name of the Ingress, or a service"):
        IngressFactory(chart, "other")


def test_an_ingress_takes_each_port_of_a_service() -> None:
    chart = new_chart()
    web = WebService(chart, "web", **ALL[WebService] | {"namespace": "apps"})
    assert IngressFactory(chart, "a", name="a", service=web).port == 80
    assert IngressFactory(chart, "b", name="b", service=web, port=9090).service_name == "album"
    with pytest.raises(InputError, match="port 8080 is not a port of the Service 'album'; use 80 or 9090 or 53"):
        IngressFactory(chart, "c", name="c", service=web, port=8080)


def test_constructs_are_wired_by_value() -> None:
    chart = new_chart()
    data = NfsVolume(chart, "data", name="photos-data", nfs_server="nas.example.com", nfs_path="/srv/photos")
    secrets = ExternalSecret(chart, "secrets", name="photos-secrets", data={"KEY": RemoteRef("photos")})
    WebService(
        chart,
        "web",
        **MINIMAL[WebService],
        env_from=[secrets],
        mounts={"/data": data, "/more": Mount(data, sub_path="more"), "/keys": SecretFiles(secrets)},
    )
    pod = one(objects(chart), "Deployment", "photos")["spec"]["template"]["spec"]
    assert pod["containers"][0]["envFrom"] == [{"secretRef": {"name": "photos-secrets"}}]
    assert pod["volumes"] == [
        {"name": "photos-data", "persistentVolumeClaim": {"claimName": "photos-data"}},
        {"name": "photos-secrets", "secret": {"secretName": "photos-secrets"}},
    ]
    assert [mount["name"] for mount in pod["containers"][0]["volumeMounts"]] == ["photos-data"] * 2 + ["photos-secrets"]


# --- defaults


@pytest.mark.parametrize(
    ("inputs", "kind"),
    [
        ({}, "RollingUpdate"),
        ({"mounts": {"/tmp": EmptyDir()}}, "RollingUpdate"),
        ({"mounts": {"/data": Mount(Claim("data"), read_only=True)}}, "RollingUpdate"),
        ({"mounts": {"/data": Claim("data")}}, "Recreate"),
        ({"mounts": {"/data": NfsExport("nas", "/data")}}, "Recreate"),
        ({"pod": Pod(sidecars=[Container(name="b", image=IMAGE, mounts={"/data": Claim("data")})])}, "Recreate"),
        ({"mounts": {"/data": Claim("data")}, "strategy": "RollingUpdate"}, "RollingUpdate"),
        ({"pod": Pod(host_network=True)}, "Recreate"),
        ({"resources": Resources(memory="1Gi", gpus=1)}, "Recreate"),
    ],
)
def test_pods_that_write_to_a_claim_never_run_beside_each_other(inputs: dict[str, Any], kind: str) -> None:
    assert deployment(**inputs)["spec"]["strategy"]["type"] == kind


def test_a_pod_gets_a_token_only_with_a_service_account() -> None:
    assert deployment()["spec"]["template"]["spec"]["automountServiceAccountToken"] is False
    named = Pod(service_account_name="photos")
    assert deployment(pod=named)["spec"]["template"]["spec"]["automountServiceAccountToken"] is True
    assert deployment(replicas=None)["spec"].keys() == {"strategy", "selector", "template"}


def test_without_a_port_there_is_no_service() -> None:
    chart = new_chart()
    web = WebService(chart, "web", **MINIMAL[WebService] | {"port": None})
    assert (web.service, web.service_ports, web.config_map) == (None, (), None)
    assert [each["kind"] for each in objects(chart)] == ["Deployment"]


def test_the_cluster_moves_the_images_of_all_containers_that_run_side_by_side(tmp_path: Path) -> None:
    chart = new_chart(App(outdir=str(tmp_path)))
    sidecar = Container(name="side", image=IMAGE)
    for owner in ("manifest", "cluster"):
        WebService(chart, owner, name=owner, image=IMAGE, image_owner=owner, pod=Pod(sidecars=[sidecar]))
        CronJob(chart, f"{owner}-job", name=f"{owner}-job", image=IMAGE, image_owner=owner, schedule="@daily")
    synth(chart.node.root)
    written = list(yaml.safe_load_all((tmp_path / "test.k8s.yaml").read_text()))
    counts = {each["metadata"]["name"]: json.dumps(each).count(IMAGE) for each in written}
    assert counts == {"manifest": 2, "manifest-job": 1, "cluster": 0, "cluster-job": 0}
    keel = {each["metadata"]["name"]: each["metadata"].get("annotations") for each in written}
    assert keel["manifest"] == keel["manifest-job"] == {"keel.sh/policy": "never"}
    assert keel["cluster"] is keel["cluster-job"] is None


# --- volumes


def test_a_changed_file_starts_new_pods() -> None:
    first, same, other = (
        deployment(mounts={"/etc/a.yml": File(text)})["spec"]["template"]["metadata"]["annotations"]
        for text in ("a: 1\n", "a: 1\n", "a: 2\n")
    )
    assert first == same != other


def test_volumes_have_names_of_their_own() -> None:
    shared, long = EmptyDir(), "a" * 80 + ".b"
    mounts: dict[str, Any] = {
        "/Cache": EmptyDir(),
        "/cache": EmptyDir(),
        "/shared": shared,
        "/again": shared,
        "/1": Claim("files"),
        "/2": Claim(long),
        "/": EmptyDir(),
        "/x.yml": File("a"),
    }
    pod = deployment(mounts=mounts)["spec"]["template"]["spec"]
    names = [volume["name"] for volume in pod["volumes"]]
    assert names == ["cache", "cache-2", "shared", "files-2", "a" * 63, "volume", "files"]
    assert [mount["name"] for mount in pod["containers"][0]["volumeMounts"]][2:4] == ["shared", "shared"]


def test_files_of_one_name_keep_their_texts() -> None:
    chart = new_chart()
    mounts: dict[str, Any] = {"/a/x.yml": File("1"), "/b/x.yml": File("2"), "/c": Files({"x.yml": "3"})}
    mounts |= {"/d/c-x.yml": File("4"), "/d-c/x.yml": File("5"), "/d/c/x.yml": File("6")}
    WebService(chart, "web", **MINIMAL[WebService], mounts=mounts)
    rendered = objects(chart)
    data = one(rendered, "ConfigMap", "photos-files")["data"]
    volume = one(rendered, "Deployment", "photos")["spec"]["template"]["spec"]["volumes"][0]["configMap"]
    found = {item["path"]: data[item["key"]] for item in volume["items"]}
    assert found == {"d/c-x.yml": "4", "d-c/x.yml": "5", "d/c/x.yml": "6"} | {
        "a/x.yml": "1",
        "b/x.yml": "2",
        "c/x.yml": "3",
    }


# --- errors


@pytest.mark.parametrize(
    ("kind", "inputs", "message"),
    [
        (WebService, {"image": "nginx"}, "image 'nginx' has no tag"),
        (WebService, {"port": None, "service_port": 80}, "service_port 80 needs port; pass the container's port too"),
        (
            WebService,
            {"port": None, "startup": HttpProbe()},
            "startup .* has no port; pass port= to the probe or the con",
        ),
        (WebService, {"extra_ports": [ServicePort(9090)]}, "extra_ports .* has a port without a name of its own"),
        (
            WebService,
            {"env": {"PORT": 8080}},
            "env .* has the value 8080 at 'PORT', which is not text; write text, secret",
        ),
        (WebService, {"env": {"my-port": "1"}}, "env .* has the key 'my-port'"),
        (WebService, {"env_from": ["photos"]}, "env_from .* contains 'photos', which is not a Secret or ConfigMap"),
        (WebService, {"mounts": {"data": Claim("a")}}, "mounts .* has the key 'data', which is not absolute"),
        (WebService, {"mounts": {"/data": "photos"}}, "mounts .* at '/data', which is not a volume; pass an NfsVolume"),
        (WebService, {"readiness": "/healthz"}, "readiness '/healthz' is not a probe; pass HttpProbe"),
        (WebService, {"selector": {}}, "selector {} is empty; give a label, or leave it out"),
        (WebService, {"replicas": -1}, "replicas -1 must be a whole number from 0; write 3"),
        (WebService, {"lifecycle": "stop"}, "lifecycle 'stop' is not a mapping; write Kubernetes' own fields"),
        (
            WebService,
            {
                "mounts": {"/etc/a.yml": File("1")},
                "pod": Pod(sidecars=[Container(name="b", image=IMAGE, mounts={"/etc/a.yml": File("2")})]),
            },
            "mounts .* has another text or mode at '/etc/a.yml' than a container beside it; choose another path",
        ),
        (
            CronJob,
            {"schedule": "30 2 * *"},
            "schedule '30 2 [*] [*]' must have five fields: minute, hour, day of the",
        ),
        (CronJob, {"schedule": "TZ=UTC 0 2 * * *"}, "schedule .* contains a time zone; pass time_zone"),
        (CronJob, {"time_zone": "Europe/Berln"}, "time_zone 'Europe/Berln' must be a name of the tz database"),
        (CronJob, {"labels": {"app": "x"}}, "labels .* has another 'app' than the selector, 'backup'; leave it out"),
        (WebService, {"pod": Pod(labels={"app": "x"})}, "pod .* has another 'app' than the selector, 'photos'; leave"),
        (
            WebService,
            {"annotations": {"keel.sh/policy": "minor"}},
            "annotations .* has the Keel policy 'minor', but each apply sets the image; pass image_owner='cluster' too",
        ),
        (WebService, {"mounts": {"/a/": Claim("a")}}, "mounts .* the key '/a/', which has a '/' too many; write '/a'"),
        (
            WebService,
            {"mounts": {"/a:b": Claim("a")}},
            "mounts .* the key '/a:b', which contains ':'; choose another path",
        ),
        (CronJob, {"name": "a" * 53}, "name .* has 53 characters, but a CronJob's name has at most 52; shorten it"),
        (CronJob, {"backoff_limit": -1}, "backoff_limit -1 must be a whole number from 0; write 3, for example"),
        (
            WebService,
            {"extra_ports": [ServicePort(1, name="a", node_port=30001)]},
            "extra_ports .* has a node_port, which",
        ),
        (
            Service,
            {"ports": [ServicePort(1, node_port=30001)]},
            "ports .* contains a node_port, which is for a Service",
        ),
        (Service, {"ports": []}, "ports .* is too short; give at least 1"),
        (Service, {"ports": [ServicePort(1), ServicePort(2)]}, "ports .* has several ports, and one without a name"),
        (Service, {"ports": [ServicePort(1, name="a"), ServicePort(2, name="a")]}, "ports .* has the name 'a' twice"),
        (Service, {"load_balancer_ip": "192.0.2.7"}, "load_balancer_ip '192.0.2.7' is for a Service that is reachable"),
        (Service, {"headless": True, "type": "NodePort"}, "headless True is for type='ClusterIP'"),
    ],
)
def test_a_wrong_input_is_refused(kind: type[Any], inputs: dict[str, Any], message: str) -> None:
    chart = new_chart()
    with pytest.raises(InputError, match=rf"^{kind.__name__} 'test/made': {message}"):
        kind(chart, "made", **MINIMAL[kind] | inputs)
    assert chart.node.children == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Container(name="a", image=IMAGE, liveness=TcpProbe()),
            "Container: liveness .* has no port; pass port= to the probe or the container",
        ),
        (lambda: Resources(memory="2Gi", memory_limit="1Gi"), "Resources: memory '2Gi' is above memory_limit '1Gi'"),
        (lambda: Resources(memory="1Gi", gpus=0), "Resources: gpus 0 must be a whole number from 1"),
        (lambda: HttpProbe("healthz"), "HttpProbe: path 'healthz' is not absolute; write '/healthz'"),
        (lambda: TcpProbe(period_seconds=0), "TcpProbe: period_seconds 0 must be a whole number from 1"),
        (lambda: ExecProbe("pg_isready"), "ExecProbe: command 'pg_isready' is not a list"),  # type: ignore[arg-type]
        (lambda: File("a", mode=1000), "File: mode 1000 must be a whole number from 0 to 511; write 493"),
        (lambda: Mount("a"), "Mount: source 'a' is not a volume"),  # type: ignore[arg-type]
        (
            lambda: HttpProbe(headers={"X Y": "a"}),
            "HttpProbe: headers .* has the key 'X Y', which breaks the rule: it must be a hea",
        ),
        (
            lambda: Container(name="a", image=IMAGE, ports=[1], liveness=TcpProbe(success_threshold=2)),
            "Container: liveness",
        ),
        (
            lambda: Pod(init_containers=[Container(name="a", image=IMAGE, lifecycle={"a": {}})]),
            "Pod: init_containers .* 'a'",
        ),
        (lambda: Pod(dns_policy="clusterfirst"), "Pod: dns_policy 'clusterfirst' is not allowed"),  # type: ignore[arg-type]
        (lambda: Mount(Claim("a"), sub_path="/x"), "Mount: sub_path '/x' is absolute; write 'x'"),
        (lambda: Mount(Claim("a"), sub_path="../x"), r"Mount: sub_path '../x' contains '..'; write the resolved path"),
        (
            lambda: Mount(File("a"), volume_name="a"),
            "Mount: source File.* is a file from text, which takes neither sub_pa",
        ),
        (lambda: SecretFiles("a", items={"a": "/a/b"}), "SecretFiles: items .* which is absolute; write 'a/b'"),
        (lambda: Files({}), "Files: texts {} is empty; give at least one file"),
        (lambda: FieldRef("status.podIp"), "FieldRef: path 'status.podIp' is not allowed; use one of"),
        (
            lambda: Resources(memory="1Gi", extended={"cpu": 1}),
            "Resources: extended .* 'cpu', which is no extended resource",
        ),
        (
            lambda: Resources(memory="1Gi", extended={"a.b/c": 0}),
            "Resources: extended .* 0 at 'a.b/c', which must be a whole",
        ),
        (lambda: ContainerPort(80, name="9"), "ContainerPort: name '9' breaks the rule: it must be a port's name"),
        (lambda: ContainerPort(80, name="a--b"), "ContainerPort: name 'a--b' contains '--'; write one '-'"),
        (lambda: ServicePort(80, target_port="Web"), "ServicePort: target_port 'Web' breaks the rule"),
    ],
)
def test_a_wrong_value_is_refused(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        make()


# --- documents


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parent.parent / "docs/workloads.md").read_text()
    scope: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path)
    for example in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(example, scope)
    synth(scope["app"])
    assert "CronJob" in (tmp_path / "dist/recipes.k8s.yaml").read_text()
    warnings = capsys.readouterr().err.splitlines()
    assert len(warnings) == 1
    assert "'backups'" in warnings[0]  # the claim of another stack
