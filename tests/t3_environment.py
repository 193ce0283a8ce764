"""A T3's description of itself, as T3 0.0.42 answers `/.well-known/t3/environment`; most capabilities are left out."""

from __future__ import annotations

from typing import Any


def environment(version: str, **more: Any) -> dict[str, Any]:
    """The JSON object of one version. Later ones add `orchestrationProtocolVersion`."""
    return {
        "environmentId": "316f21cc-ea8c-4a10-95dc-4b9837a1b911",
        "label": "executor",
        "platform": {"os": "linux", "arch": "x64"},
        "serverVersion": version,
        "capabilities": {"connectionProbe": True, "fileAttachments": {"maxUploadBytes": 52428800}},
        **more,
    }


PAGE = '<!doctype html>\n<html lang="en"><head><title>T3 Code</title></head></html>\n'
"""T3's answer to a path that it does not know, with status 200."""
