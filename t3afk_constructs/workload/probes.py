"""Probes: the requests by which the kubelet finds out whether a container has started, is ready, is alive."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from attrs import field, frozen

from t3afk_constructs import formats, inputs
from t3afk_constructs.manifests import given

_header_name = inputs.pattern(
    "[-A-Za-z0-9]+", "must be a header's name: letters, digits and '-'; write 'Host', for example"
)
ONCE = "has success_threshold, which only a readiness probe takes; leave it out"


@frozen(field_transformer=inputs.checked_fields)
class _Timing:
    """Interval, timeout and thresholds of a probe. Left-out fields have the API server's default.

    Attributes:
        initial_delay_seconds: from the container's start to the first request; default: 0.
        period_seconds: between two requests; default: 10.
        timeout_seconds: for an answer; default: 1.
        failure_threshold: failures in a row until the kubelet acts; default: 3.
        success_threshold: successes in a row until a failed readiness probe counts as passed; default: 1.
    """

    initial_delay_seconds: formats.Count | None = field(default=None, kw_only=True)
    period_seconds: formats.PositiveCount | None = field(default=None, kw_only=True)
    timeout_seconds: formats.PositiveCount | None = field(default=None, kw_only=True)
    failure_threshold: formats.PositiveCount | None = field(default=None, kw_only=True)
    success_threshold: formats.PositiveCount | None = field(default=None, kw_only=True)

    def timing(self) -> dict[str, int]:
        """The probe's fields beside its request."""
        fields = {
            "initialDelaySeconds": self.initial_delay_seconds,
            "periodSeconds": self.period_seconds,
            "timeoutSeconds": self.timeout_seconds,
            "failureThreshold": self.failure_threshold,
            "successThreshold": self.success_threshold,
        }
        return given(fields)


@frozen(field_transformer=inputs.checked_fields)
class HttpProbe(_Timing):
    """A GET request. A status from 200 to 399 passes.

    Attributes:
        path: the request's path, with its query.
        port: default: the container's first port.
        scheme: `HTTPS` accepts any certificate.
        headers: of the request.
    """

    path: formats.AbsolutePath = "/"
    port: formats.Port | None = field(default=None, kw_only=True)
    scheme: Literal["HTTP", "HTTPS"] = field(default="HTTP", kw_only=True)
    headers: Mapping[Annotated[str, _header_name], formats.Line] = field(factory=dict, kw_only=True)

    def request(self, port: int | None) -> dict[str, Any]:
        """The probe's `httpGet`."""
        headers = [{"name": name, "value": value} for name, value in self.headers.items()]
        return {
            "httpGet": {"path": self.path, "port": self.port or port}
            | ({"scheme": self.scheme} if self.scheme != "HTTP" else {})
            | ({"httpHeaders": headers} if headers else {})
        }


@frozen(field_transformer=inputs.checked_fields)
class TcpProbe(_Timing):
    """A TCP connection. A program that hangs with its port open passes: prefer an `HttpProbe`.

    Attributes:
        port: default: the container's first port.
    """

    port: formats.Port | None = None

    def request(self, port: int | None) -> dict[str, Any]:
        """The probe's `tcpSocket`."""
        return {"tcpSocket": {"port": self.port or port}}


@frozen(field_transformer=inputs.checked_fields)
class ExecProbe(_Timing):
    """A command in the container. The status 0 passes.

    Attributes:
        command: the program and its arguments; no shell.
    """

    command: Annotated[Sequence[str], inputs.every(formats.text, at_least=1, repeats=True)]

    def request(self, _port: int | None) -> dict[str, Any]:
        """The probe's `exec`."""
        return {"exec": {"command": list(self.command)}}


def _probe(value: object) -> str | None:
    right = isinstance(value, HttpProbe | TcpProbe | ExecProbe)
    return None if right else "is not a probe; pass HttpProbe(…), TcpProbe(…) or ExecProbe(…)"


Probe = Annotated[HttpProbe | TcpProbe | ExecProbe, _probe]


def needs_port(probe: object) -> bool:
    """Whether a probe asks the container's port, and names none."""
    return isinstance(probe, HttpProbe | TcpProbe) and probe.port is None


def rendered(probe: HttpProbe | TcpProbe | ExecProbe, port: int | None) -> dict[str, Any]:
    """A probe in a container whose first port is `port`."""
    return probe.request(port) | probe.timing()
