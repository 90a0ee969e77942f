"""What a request is: which AWS service and which operation, for whom; read from its headers and path alone.

Source: the SigV4 signing specification (the credential scope names access key, region and service) and the
`X-Amz-Target` header of the JSON protocols. What these do not tell (operations of the REST and query protocols, tables,
keys) is found by `aws.Reader`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.edge.call import Call, Namespace
from harness.edge.correlation import Trace, callers, executions

_HOST_DATA_PLANE = (".execute-api.", ".lambda-url.")
_PATH_DATA_PLANE = ("/restapis/", "/_aws/execute-api/")

AccountOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Identity:
    """The service (SigV4's name, "execute-api" for deployed APIs, "" when unsigned) and operation ("" unknown)."""

    service: str
    operation: str
    trace_header: str | None
    access_key: str = ""
    region: str = ""


def identify(path: str, headers: Iterable[tuple[bytes, bytes]], query: bytes = b"") -> Identity:
    """Return who and what an HTTP request with these ASGI `headers` is for."""
    credential, operation, host = b"", "", b""
    trace_header: str | None = None
    for name, value in headers:
        if name == b"authorization":
            credential = credential or _credential(value)
        elif name == b"x-amz-target":
            operation = value.decode("latin-1").rpartition(".")[2]
        elif name == b"x-amzn-trace-id":
            trace_header = value.decode("latin-1")
        elif name == b"host":
            host = value
    if not credential and b"X-Amz-Credential=" in query:
        credential = _between(query, b"X-Amz-Credential=", b"&").replace(b"%2F", b"/")
    parts = credential.decode("latin-1").split("/")
    access_key, region, service = (parts[0], parts[-3], parts[-2]) if len(parts) >= 5 else ("", "", "")
    if _is_data_plane(host.decode("latin-1"), path):
        service = "execute-api"
    return Identity(service, operation, trace_header, access_key, region)


class Identifier:
    """Writes onto a call who and what it is for."""

    def __init__(self, account_of: AccountOf, region_default: str) -> None:
        self._account_of = account_of
        self._region_default = region_default
        self._namespaces: dict[tuple[str, str], Namespace] = {}

    def mark(self, call: Call) -> Trace:
        """Fill in who and what; return the trace, begun here when the call carries none."""
        identity = identify(call.path, call.headers, call.query_string)
        trace = Trace.parse(identity.trace_header) or Trace.new()
        call.service, call.operation = identity.service, identity.operation
        call.namespace = self.namespace(identity.access_key, identity.region)
        call.trace, call.parent = trace.root, trace.parent
        call.caller = callers.name_of(trace.parent) if trace.parent else ""
        call.execution = executions.of(trace.root)
        return trace

    def namespace(self, access_key: str, region: str) -> Namespace:
        """Return the namespace that a credential opens."""
        known = self._namespaces.get((access_key, region))
        if known is None:
            known = Namespace(self._account_of(access_key), region or self._region_default, access_key or "test")
            if len(self._namespaces) < NAMESPACES_KEPT_MAX:
                self._namespaces[access_key, region] = known
        return known

    def namespaces_of(self, account: str, region: str | None = None) -> list[Namespace]:
        """Return an account's namespaces: in `region`, or in every region that it was called in, and in the default."""
        if region is not None:
            return [Namespace(account, region, account)]
        called = {one.region for one in self._namespaces.values() if one.account == account}
        return [Namespace(account, name, account) for name in sorted(called | {self._region_default})]

    def forget(self) -> None:
        """Ask anew what account an access key belongs to."""
        self._namespaces.clear()


NAMESPACES_KEPT_MAX = 10_000


def _credential(authorization: bytes) -> bytes:
    """Return `<key>/<date>/<region>/<service>/aws4_request` of `… Credential=…, …`, b"" when there is none."""
    return _between(authorization, b"Credential=", b",")


def _between(text: bytes, begin: bytes, end: bytes) -> bytes:
    start = text.find(begin)
    return text[start + len(begin) :].split(end, 1)[0].strip() if start >= 0 else b""


def _is_data_plane(host: str, path: str) -> bool:
    if path.startswith(_PATH_DATA_PLANE):
        return "/_user_request_" in path or path.startswith("/_aws/")
    return any(mark in host for mark in _HOST_DATA_PLANE)
