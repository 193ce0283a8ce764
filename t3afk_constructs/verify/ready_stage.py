"""The stage of a ready pod: whether its T3 is the wanted version and speaks a known protocol."""

from __future__ import annotations

import re
from typing import Final

from t3afk_constructs.verify.snapshot import NoAnswer, Object, Snapshot, name_of, wanted_t3
from t3afk_constructs.verify.verdict import Stage, end, one_line

_PROTOCOLS: Final = (1,)  # of T3's orchestration; the control plane's requests are of the first
_EXACT = re.compile(r"v?([0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?)(\+.*)?")  # npm ignores the `v` and the build


def ready_stage(pod: Object, snapshot: Snapshot) -> Stage:
    """The stage of a ready pod. Without an answer of T3, the kubelet's probe alone decides."""
    wanted = wanted_t3(pod)
    where = f"pod {name_of(pod)}, node {pod['spec'].get('nodeName')}"
    if wanted is None:
        return end("ready", where)
    answer = snapshot.answers[name_of(pod)]
    if isinstance(answer, NoAnswer):
        return end("ready", f"T3 {wanted} (not confirmed: {one_line(answer.reason)}), {where}", answer.patience)
    version, protocol = _version(answer), answer.get("orchestrationProtocolVersion", 1)
    exact = _EXACT.fullmatch(wanted)
    if exact and version not in (None, exact[1]):
        text = f"T3 {version} answers, but {wanted} is wanted ({where})"
        way_out = f"find the reason with `kubectl logs {name_of(pod)} -c install-t3` in the namespace"
        return end("other version", f"{text}; {way_out}")
    if protocol not in _PROTOCOLS:
        text = f"T3 {version or wanted} speaks orchestration protocol {one_line(str(protocol))} ({where})"
        known = " and ".join(map(str, _PROTOCOLS))
        return end("unknown protocol", f"{text}; set t3_version to one that speaks {known}, or raise t3afk-constructs")
    if version is None:
        return end("ready", f"T3 {wanted} (not confirmed: it names no version), {where}")
    return end("ready", f"T3 {version}, {where}")


def _version(answer: Object) -> str | None:
    version = answer.get("serverVersion")
    return one_line(version) if isinstance(version, str) else None
