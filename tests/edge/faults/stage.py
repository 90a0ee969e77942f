"""An edge with nothing but faults over an upstream that counts: what the room's logic is tested on, without a port."""

import asyncio
import contextlib
import json
from typing import Any

import httpx

from harness.edge import Edge
from harness.edge.call import Answer, Call
from harness.edge.clock import EdgeClock
from harness.edge.correlation import Trace, callers
from harness.edge.faults import Faults
from harness.edge.faults.files import RuleFile
from tests.edge.test_edge import FakeControls

SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/{}/{}/aws4_request, SignedHeaders=host, Signature=00"
JSON_TYPE = "application/x-amz-json-1.0"
WALLET = {"TableName": "payments-Wallets", "Key": {"UserID": {"S": "user-1"}}}
OTHER_WALLET = {"TableName": "payments-Wallets", "Key": {"UserID": {"S": "user-2"}}}


class Killing(FakeControls):
    """Controls of a target whose workers can be killed; `killed` are the request ids."""

    def __init__(self) -> None:
        super().__init__()
        self.killed: list[str] = []
        self.gone: set[str] = set()
        self.seen_at_kill = 0
        self.upstream: Upstream | None = None

    def kill_invocation(self, request_id: str) -> bool:
        self.killed.append(request_id)
        self.seen_at_kill = len(self.upstream.calls) if self.upstream else 0
        return request_id not in self.gone

    def account_of(self, access_key: str) -> str:
        return access_key if access_key.isdigit() else "000000000000"


class Upstream:
    """Answers every call with `answer`, and keeps those that reached it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answer: dict[str, Any] | None = {"engine": True}
        self.status = 200
        self.marks: dict[str, Any] = {}
        self.schema = [{"AttributeName": "UserID", "KeyType": "HASH"}]

    async def __call__(self, call: Call) -> Answer:
        if call.operation == "DescribeTable":
            return _json_answer(200, {"Table": {"KeySchema": self.schema}})
        self.calls.append(call)
        call.marks |= self.marks
        return _json_answer(self.status, self.answer)

    def documents(self) -> list[Any]:
        """Return what the calls asked for."""
        return [json.loads(call.body or b"null") for call in self.calls]


class Stage:
    """The edge, and the verbs of these tests."""

    def __init__(self, file: RuleFile | None = None) -> None:
        self.upstream, self.controls, self.clock = Upstream(), Killing(), EdgeClock()
        self.controls.upstream = self.upstream
        self.faults = Faults(self.clock, self.controls, file)
        self.edge = Edge(self.upstream, self.controls, rooms=(self.faults,))

    def admin(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask an admin endpoint."""
        return asyncio.run(self._ask(method, path, **options))

    def set(self, **rule: Any) -> str:
        """Set a rule and return its id."""
        answer = self.admin("POST", "/_rehearsal/faults", json=rule)
        assert answer.status_code == 201, answer.text
        (state,) = answer.json()["faults"]
        return str(state["id"])

    def heal(self, fault: str) -> dict[str, Any]:
        """Heal a fault and return its last state."""
        answer = self.admin("DELETE", f"/_rehearsal/faults/{fault}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def state(self, fault: str) -> dict[str, Any]:
        """Return a rule with what it saw."""
        return dict(self.admin("GET", f"/_rehearsal/faults/{fault}").json())

    def fired(self, **query: str) -> list[dict[str, Any]]:
        """Return the firings."""
        return list(self.admin("GET", "/_rehearsal/fired", params=query).json()["fired"])

    def call(
        self, operation: str = "GetItem", document: object = None, *, service: str = "dynamodb", **headers: str
    ) -> httpx.Response:
        """Make an AWS call in a JSON protocol; raises ConnectionResetError when its answer is lost."""
        return asyncio.run(self.calling(operation, document, service=service, **headers))

    async def calling(
        self, operation: str = "GetItem", document: object = None, *, service: str = "dynamodb", **headers: str
    ) -> httpx.Response:
        """Make an AWS call inside a running event loop."""
        region, key = headers.pop("region", "us-east-1"), headers.pop("account", "test")
        sent = {
            "Authorization": SIGNED.format(region, service).replace("=test/", f"={key}/"),
            "X-Amz-Target": f"Service_2012.{operation}",
            "Content-Type": JSON_TYPE,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        content = json.dumps(WALLET if document is None else document).encode()
        return await self._ask("POST", "/", headers=sent, content=content)

    def outcomes(self, count: int, operation: str = "GetItem", document: object = None) -> str:
        """Return one letter a call: `.` for a 200, `F` for an error, `L` for a lost answer."""

        async def all_of_them() -> str:
            told = ""
            for _ in range(count):
                try:
                    told += "." if (await self.calling(operation, document)).status_code == 200 else "F"
                except ConnectionResetError:
                    told += "L"
            return told

        return asyncio.run(all_of_them())

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.edge, client=("127.0.0.1", 50000))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await http.request(method, path, **options)


def worker(function: str = "payments-wallet-service", request_id: str = "request-1") -> dict[str, str]:
    """Return the header that a call of a Lambda worker carries."""
    invocation = Trace.new().child()
    callers.register(invocation.parent, function, request_id)
    return {"X_Amzn_Trace_Id": str(invocation)}


@contextlib.contextmanager
def answer_lost() -> Any:
    """Expect that the answer of a call is lost."""
    try:
        yield
    except ConnectionResetError:
        return
    raise AssertionError("the call was answered")


def _json_answer(status: int, document: object) -> Answer:
    body = b"" if document is None else json.dumps(document).encode()
    return Answer(status, [(b"content-type", JSON_TYPE.encode()), (b"content-length", b"%d" % len(body))], body)
