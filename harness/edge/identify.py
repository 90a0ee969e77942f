"""What a request is: which AWS service and which operation, read from its headers and path alone.

Source: the SigV4 signing specification (the credential scope names the service) and the `X-Amz-Target` header of
the JSON protocols. Operations of the REST and query protocols stay unnamed here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

_HOST_DATA_PLANE = (".execute-api.", ".lambda-url.")
_PATH_DATA_PLANE = ("/restapis/", "/_aws/execute-api/")


@dataclass(frozen=True, slots=True)
class Identity:
    """The service (SigV4's name, "execute-api" for deployed APIs, "" when unsigned) and operation ("" unknown)."""

    service: str
    operation: str
    trace_header: str | None


def identify(path: str, headers: Iterable[tuple[bytes, bytes]]) -> Identity:
    """Return who and what an HTTP request with these ASGI `headers` is for."""
    service, operation, host = "", "", ""
    trace_header: str | None = None
    for name, value in headers:
        match name:
            case b"authorization":
                service = service or _scope_service(value.decode("latin-1"))
            case b"x-amz-target":
                operation = value.decode("latin-1").rpartition(".")[2]
            case b"x-amzn-trace-id":
                trace_header = value.decode("latin-1")
            case b"host":
                host = value.decode("latin-1")
    if _is_data_plane(host, path):
        service = "execute-api"
    return Identity(service, operation, trace_header)


def _scope_service(authorization: str) -> str:
    """Return the service of `… Credential=<key>/<date>/<region>/<service>/aws4_request, …`, "" when there is none."""
    start = authorization.find("Credential=")
    if start < 0:
        return ""
    scope = authorization[start + len("Credential=") :].split(",", 1)[0].split("/")
    return scope[-2] if len(scope) >= 5 else ""


def _is_data_plane(host: str, path: str) -> bool:
    if path.startswith(_PATH_DATA_PLANE):
        return "/_user_request_" in path or path.startswith("/_aws/")
    return any(mark in host for mark in _HOST_DATA_PLANE)
