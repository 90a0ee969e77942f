"""What a request is: which AWS service and which operation, for whom; read from its headers and path alone.

Source: the SigV4 signing specification (the credential scope names access key, region and service) and the
`X-Amz-Target` header of the JSON protocols. What these do not tell (operations of the REST and query protocols, tables,
keys) is found by `aws.Reader`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from harness.edge.call import Call, Namespace
from harness.edge.correlation import Started, Trace, callers, executions

_PATH_DATA_PLANE = ("/restapis/", "/_aws/execute-api/")

AccountOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a credential says: who signed, for which region and which service ("" each when nobody did)."""

    access_key: str = ""
    region: str = ""
    service: str = ""

    @classmethod
    def parse(cls, credential: bytes) -> "Scope":
        """Read `<key>/<date>/<region>/<service>/aws4_request`."""
        parts = credential.decode("latin-1").split("/")
        return cls(parts[0], parts[-3], parts[-2]) if len(parts) >= 5 else UNSIGNED


UNSIGNED = Scope()


class Identifier:
    """Writes onto a call who and what it is for.

    With `callers_by_app`, a call whose trace names no function is its whose name the SDK sends as its application id,
    and belongs to the execution that its keys name.
    """

    def __init__(self, account_of: AccountOf, region_default: str, *, callers_by_app: bool = False) -> None:
        self._account_of = account_of
        self._region_default = region_default
        self._callers_by_app = callers_by_app
        self._known: dict[bytes, tuple[str, Namespace]] = {}  # by credential: a client's is the same for a day
        self._namespaces: dict[tuple[str, str], Namespace] = {}

    def mark(self, call: Call) -> Trace:
        """Fill in who and what; return the trace, begun here when the call carries none."""
        credential, host, agent = b"", b"", b""
        header: bytes | None = None
        for name, value in call.headers:
            if name == b"authorization":
                credential = credential or _between(value, b"Credential=", b",")
            elif name == b"x-amz-target":
                call.operation = value.decode("latin-1").rpartition(".")[2]
            elif name == b"x-amzn-trace-id":
                header = value
            elif name == b"host":
                host = value
            elif name == b"user-agent":
                agent = value
        if not credential and b"X-Amz-Credential=" in call.query_string:
            credential = _between(call.query_string, b"X-Amz-Credential=", b"&").replace(b"%2F", b"/")
        call.service, call.namespace = self._known.get(credential) or self._read(credential)
        if _is_data_plane(host, call.path):
            call.service = "execute-api"
        trace = (Trace.parse(header.decode("latin-1")) if header is not None else None) or Trace.new()
        call.trace, call.parent = trace.root, trace.parent
        if trace.parent:
            call.caller, call.execution = callers.behind(trace.parent)
        if self._callers_by_app and not call.caller:
            call.caller = _application(agent)
        call.execution = call.execution or executions.of(trace.root, trace.parent)
        return trace

    def recognise(self, call: Call) -> None:
        """Find the execution of a call that was read and that no trace leads to one: by what its keys or texts name."""
        if not self._callers_by_app:
            return
        if call.operation == "StartExecution" and (started := Started.by(call.document)).arn:
            executions.expect(started.arn)
        if call.execution or call.service == "states":
            return
        if call.service == "execute-api":
            call.execution = executions.named_in(f"{call.path} {(call.body or b'')[:TEXT_READ_MAX].decode('latin-1')}")
        elif call.caller:
            keys = " ".join(target.key for target in call.targets)
            call.execution = executions.named_in(keys, call.namespace.account)

    def _read(self, credential: bytes) -> tuple[str, Namespace]:
        scope = Scope.parse(credential)
        told = scope.service, self._namespace(scope.access_key, scope.region)
        if len(self._known) < NAMESPACES_KEPT_MAX:
            self._known[credential] = told
        return told

    def _namespace(self, access_key: str, region: str) -> Namespace:
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
        self._known.clear()
        self._namespaces.clear()


NAMESPACES_KEPT_MAX = 10_000
TEXT_READ_MAX = 8192


def _between(text: bytes, begin: bytes, end: bytes) -> bytes:
    start = text.find(begin)
    return text[start + len(begin) :].split(end, 1)[0].strip() if start >= 0 else b""


def _application(agent: bytes) -> str:
    """Return the application id in a User-Agent (`app/<id>`, documented: AWS_SDK_UA_APP_ID), "" when there is none."""
    for word in agent.split(b" "):
        if word.startswith(b"app/"):
            return word[4:].decode("latin-1")
    return ""


def _is_data_plane(host: bytes, path: str) -> bool:
    if path.startswith(_PATH_DATA_PLANE):
        return "/_user_request_" in path or path.startswith("/_aws/")
    return b".execute-api." in host or b".lambda-url." in host
