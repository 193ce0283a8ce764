"""The stacks of examples/stacks, as their main.py finds them."""

from __future__ import annotations

import runpy
import sys
from typing import TYPE_CHECKING, Any

from installed import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk8s import App

FOLDER = ROOT / "examples" / "stacks"


def load() -> dict[str, Callable[[App], None]]:
    """The functions that add a stack to an app, by name. Their modules import each other as neighbours."""
    sys.path.insert(0, str(FOLDER))
    try:
        listed: Any = runpy.run_path(str(FOLDER / "main.py"))["STACKS"]
    finally:
        sys.path.remove(str(FOLDER))
    return {stack.__name__: stack for stack in listed}


STACKS = load()
