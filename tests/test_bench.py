"""The bench compares like with like."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.program
def test_patched_objects_of_cdk8s_plus_equal_the_library_s() -> None:
    command = [sys.executable, "-m", "bench.same"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "/spec/template/spec/shareProcessNamespace" in done.stdout


@pytest.mark.program
def test_stacks_of_the_l2_classes_have_the_fields_of_the_library_s() -> None:
    command = [sys.executable, "-m", "bench.cluster_same", "15"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "PersistentVolume add /spec/csi" in done.stdout
