"""The way back to a clean install in docs/executor.md."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import kube
import pytest

if TYPE_CHECKING:
    from conftest import Stand

pytestmark = pytest.mark.cluster

(COMMAND,) = re.findall(r"```bash\n(.*?)```", (kube.ROOT / "docs/executor.md").read_text(), re.DOTALL)


def test_changed_program_survives_a_restart_and_the_documented_command_installs_it_anew(stand: Stand) -> None:
    stand.apply()
    program = ("bash", "-c", 'cat "$T3_INSTALL/current/node_modules/.bin/t3"')
    pod = stand.pod(kube.ready, "T3 is ready")
    original = stand.exec(pod, *program)
    stand.exec(pod, "bash", "-c", 'echo "// changed" >>"$T3_INSTALL/current/node_modules/.bin/t3"')

    kube.kubectl("-n", stand.namespace, "delete", "pod", pod["metadata"]["name"])
    pod = stand.pod(kube.ready, "T3 is ready again")
    assert stand.exec(pod, *program) == f"{original}// changed\n"

    command = COMMAND.replace("-n t3-afk", f"-n {stand.namespace}").replace("t3-afk", stand.name)
    subprocess.run(["bash", "-euc", command], check=True, timeout=60)
    name = pod["metadata"]["name"]
    pod = stand.pod(lambda pod: pod["metadata"]["name"] != name and kube.ready(pod), "T3 is ready after the command")
    assert stand.exec(pod, *program) == original
    assert len(list(stand.installs.glob("install.*"))) == 1, "the changed install is removed"
