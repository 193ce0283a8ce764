import difflib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import kube
import pytest

# Keep the assertions of the helpers under `python -OO`, which removes plain ones.
pytest.register_assert_rewrite("manifests", "installed")

pytest_plugins = ["installed"]
GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden files from the current output")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/golden/NAME.yaml, or with the file NAME if it has an ending."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / (name if Path(name).suffix else f"{name}.yaml")
        if request.config.getoption("golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        held = file.read_text() if file.exists() else ""
        if text != held:
            diff = difflib.unified_diff(
                held.splitlines(), text.splitlines(), os.path.relpath(file, GOLDEN.parents[1]), "now", lineterm=""
            )
            pytest.fail(
                "\n".join([*diff, "", "If you intend this change, run `make golden` and commit the file."]),
                pytrace=False,
            )

    return compare


@pytest.fixture(scope="session")
def cluster() -> str:
    """The address of the cluster that KUBECONFIG names."""
    if not os.environ.get("KUBECONFIG"):
        pytest.skip("no cluster: set KUBECONFIG")
    if not shutil.which("kubectl"):
        pytest.skip("no kubectl on PATH")
    try:
        answer = kube.kubectl("get", "--raw=/readyz", "--request-timeout=10s", check=False, timeout=20)
    except subprocess.TimeoutExpired:
        answer = "no answer"
    if answer.strip() != "ok":
        pytest.skip(f"the cluster of KUBECONFIG={os.environ['KUBECONFIG']} does not answer: {answer.strip()[:200]}")
    return kube.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
