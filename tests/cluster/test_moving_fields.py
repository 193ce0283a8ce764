"""Fields that Keel, a scaler or a person changes: who owns them, and what each apply does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import kube
import pytest
from cdk8s import App
from plain import container, pod, workload

from t3afk_constructs import HOME, ClusterChart, Manifest, synth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.cluster

FIRST_APPLY, LATER_APPLY = re.findall(
    r"^```bash\n(.*?)^```", (kube.ROOT / "docs/moving-fields.md").read_text(), flags=re.MULTILINE | re.DOTALL
)[:2]
OLD, NEW = "docker.io/library/app:1.2.3", "docker.io/library/app:1.2.4"
NOWHERE = {"nodeSelector": {"t3afk.test/none": "none"}, "restartPolicy": "OnFailure"}  # the pods stay Pending
CLAIM = {"accessModes": ["ReadWriteOnce"], "storageClassName": "none", "resources": {"requests": {"storage": "1Gi"}}}


class Stack:
    """A chart `web` with a Deployment, a CronJob and a claim, in a namespace of its own."""

    def __init__(self, namespace: str, folder: Path) -> None:
        self.namespace, self.folder = namespace, folder

    def synth(self, *, handed_over: bool = True, **fields: Any) -> None:
        app = App(outdir=str(self.folder / "dist"))
        chart = ClusterChart(app, "web", platform=HOME, namespace=self.namespace)
        template = pod(container(**fields), **NOWHERE)
        web = workload("Deployment", "web", {"spec": {**template["spec"], "restartPolicy": "Always"}}, replicas=0)
        web["spec"]["selector"] = {"matchLabels": {"app": "web"}}
        job = workload("CronJob", "job", template)
        job["spec"] |= {"schedule": "0 0 1 1 *", "suspend": True}
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": CLAIM}
        image = "template/spec/containers/app/image"
        fields = (
            [f"/spec/{image}", "/spec/replicas"],
            [f"/spec/jobTemplate/spec/{image}"],
            ["/spec/resources/requests/storage"],
        )
        for each, initial in zip((web, job, claim), fields, strict=True):
            each["metadata"]["namespace"] = self.namespace
            Manifest(chart, each["kind"], each, initial=initial if handed_over else ())
        synth(app)

    def run(self, block: str) -> str:
        """Run commands of the page; what they print, errors included."""
        done = subprocess.run(
            ["bash", "-c", block],
            cwd=self.folder,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout + done.stderr

    def apply(self, ending: str, manager: str = kube.MANAGER) -> str:
        path = self.folder / f"dist/web.{ending}"
        return kube.kubectl("apply", "--server-side", f"--field-manager={manager}", "-f", path, check=False)

    def move(self, kind: str, name: str, path: tuple[str, ...], manager: str = "keel") -> None:
        """Set the image as Keel does: read the object, and PUT it with the new image and annotations."""
        found = kube.get(kind, name, self.namespace)
        template = found["spec"]
        for key in path:
            template = template[key]
        template["spec"]["containers"][0]["image"] = NEW
        template["metadata"].setdefault("annotations", {})["keel.sh/update-time"] = "now"
        kube.kubectl("replace", f"--field-manager={manager}", "-f", "-", stdin=json.dumps(found))

    def scale(self, replicas: int) -> None:
        """Scale as Sablier does: PUT the scale subresource."""
        url = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/web/scale"
        found = json.loads(kube.kubectl("get", "--raw", url))
        found["spec"]["replicas"] = replicas
        kube.kubectl("replace", "--raw", f"{url}?fieldManager=sablier", "-f", "-", stdin=json.dumps(found))

    def state(self) -> dict[str, Any]:
        names = ("deployment/web", "cronjob/job", "persistentvolumeclaim/data")
        found = kube.kubectl("-n", self.namespace, "get", *names, "-o", "json")
        web, job, claim = json.loads(found)["items"]
        template = job["spec"]["jobTemplate"]["spec"]["template"]
        return {
            "web": web["spec"]["template"]["spec"]["containers"][0]["image"],
            "replicas": web["spec"]["replicas"],
            "job": template["spec"]["containers"][0]["image"],
            "storage": claim["spec"]["resources"]["requests"]["storage"],
            "generations": (web["metadata"]["generation"], job["metadata"]["generation"]),
        }


AT_FIRST = {"web": OLD, "replicas": 0, "job": OLD, "storage": "1Gi", "generations": (1, 1)}


@pytest.fixture
def stack(new_namespace: Callable[..., str], tmp_path: Path) -> Stack:
    return Stack(new_namespace(), tmp_path)


def test_another_writer_keeps_its_fields_from_the_first_apply_on(stack: Stack) -> None:
    stack.synth()
    for ending, refused in (("k8s.yaml", "Required value"), ("handover", "invalid")):
        assert stack.apply(ending).count(refused) >= 3, "alone on an empty cluster, it creates nothing"
    assert not kube.items("deployment,cronjob,persistentvolumeclaim", stack.namespace)

    assert stack.run(FIRST_APPLY).count(" serverside-applied") == 9
    assert stack.state() == AT_FIRST, "one start of pods"
    assert stack.run(FIRST_APPLY).count(" serverside-applied") == 9
    assert stack.state() == AT_FIRST

    stack.move("deployment", "web", ("template",))
    stack.move("cronjob", "job", ("jobTemplate", "spec", "template"))
    stack.scale(2)
    moved = AT_FIRST | {"web": NEW, "replicas": 2, "job": NEW, "generations": (3, 2)}
    assert stack.state() == moved
    stack.synth(args=["changed"])
    assert stack.run(LATER_APPLY).count(" serverside-applied") == 3
    moved["generations"] = (4, 3)
    assert stack.state() == moved
    live = kube.get("deployment", "web", stack.namespace)["spec"]["template"]["spec"]["containers"][0]
    assert live["args"] == ["changed"]

    answer = stack.run(FIRST_APPLY)
    assert 'conflict with "keel" using batch/v1: .spec.jobTemplate' in answer
    assert 'conflicts with "sablier" with subresource "scale" using apps/v1' in answer
    assert answer.count(" serverside-applied") == 5, "the claim three times, the others in the last command alone"
    assert stack.state() == moved

    kube.kubectl("-n", stack.namespace, "set", "image", "deployment/web", f"app={OLD}")
    assert stack.run(LATER_APPLY).count(" serverside-applied") == 3
    assert stack.state()["web"] == OLD


def test_a_manifest_that_owns_the_field_conflicts_and_can_hand_it_over_later(stack: Stack) -> None:
    stack.synth(handed_over=False)
    assert stack.apply("k8s.yaml").count(" serverside-applied") == 3
    stack.move("cronjob", "job", ("jobTemplate", "spec", "template"))
    refused = stack.apply("k8s.yaml")
    assert (
        'conflict with "keel" using batch/v1: .spec.jobTemplate.spec.template.spec.containers[name="app"].image'
        in refused
    )
    assert stack.state()["job"] == NEW

    stack.synth()
    refused = stack.run(LATER_APPLY)
    assert refused.count("Required value") == 2, "the Deployment's image and the claim's size are the manifest's alone"
    assert stack.run(FIRST_APPLY).count(" serverside-applied") == 7, "the CronJob in the last command alone"
    moved = AT_FIRST | {"job": NEW, "generations": (1, 2)}
    assert stack.state() == moved
    assert stack.run(LATER_APPLY).count(" serverside-applied") == 3
    assert stack.state() == moved


def test_an_object_of_another_owner_keeps_its_image_without_a_first_apply(stack: Stack) -> None:
    stack.synth()
    whole = (stack.folder / "dist/web.first").read_text().replace(OLD, NEW)
    kube.kubectl("create", "--field-manager=HashiCorp", "-f", "-", stdin=whole)
    assert stack.run(LATER_APPLY).count(" serverside-applied") == 3
    assert stack.state() == AT_FIRST | {"web": NEW, "job": NEW}
