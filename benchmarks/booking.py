"""The booking system: free slots of a month, its API for one customer, and fifty customers who race for one slot.

The peer of the API is the stock engine with an HTTP API, an authorizer and a function that do nothing. The peer of the
race is fifty conditional writes of one item, straight to the engine by boto3: no API, no functions, no claims.
"""

import io
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.load import Connection, Timing, post, run_clients
from harness.targets.environment import Environment

ROOT = Path(__file__).resolve().parents[1]
CUSTOMERS = 50
RACES = 5
_ROLE = "arn:aws:iam::000000000000:role/benchmark"
_NOTHING = """
def authorize(event, context):
    return {"isAuthorized": True, "context": {"tenantId": "t"}}


def answer(event, context):
    return {"statusCode": 200, "body": "{}"}
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; times of races are from the first request sent to the last answer."""

    slots: dict[str, float]
    reads: Timing
    slot_reads: Timing
    bookings: Timing
    races_s: list[float]
    peer_races_s: list[float]

    @property
    def race_s(self) -> float:
        """The slowest race."""
        return max(self.races_s)


class Tenant:
    """A tenant with one provider who works around the clock, and any number of customers."""

    def __init__(self, environment: Environment) -> None:
        self._port = int(environment.api_url("booking").rpartition(":")[2])
        self._connections = threading.local()
        self.key = ""
        signed_up = self.ask("POST", "/tenants", {
            "name": f"Bench {os.urandom(4).hex()}", "country": "CL", "timezone": "America/Santiago", "plan": "PRO",
            "billingEmail": "bench@example.com",
        })  # fmt: skip
        self.key = signed_up["apiKey"]
        self.service = self.ask("POST", "/services", {
            "name": "Consultation", "durationMinutes": 30, "price": "20.00", "currency": "USD", "category": "general",
        })["serviceId"]  # fmt: skip
        self.provider = self.ask("POST", "/providers", {
            "name": "Around the clock", "timezone": "America/Santiago", "serviceIds": [self.service],
        })["providerId"]  # fmt: skip
        for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"):
            rule = {"dayOfWeek": day, "timeRanges": [{"start": "00:00", "end": "24:00"}]}
            self.ask("POST", f"/providers/{self.provider}/availability", rule)
        self.first = (datetime.now(UTC) + timedelta(days=30)).replace(hour=12, minute=0, second=0, microsecond=0)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer's document; raises when it is no success."""
        status, document = self.exchange(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path} was answered with {status}: {document}")
        return document

    def exchange(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Send one request over this thread's connection; return status and document."""
        if not hasattr(self._connections, "one"):
            self._connections.one = Connection(self._port)
        headers = {"x-api-key": self.key, "content-type": "application/json"}
        content = json.dumps(body).encode() if body is not None else b""
        request = post(path, content, headers).replace(b"POST", method.encode(), 1)
        status, answer = self._connections.one.exchange(request)
        return status, json.loads(answer)

    def booking(self, number: int) -> dict[str, Any]:
        """Return the body of a booking of the slot of a number: one after the other, half an hour each."""
        starts_at = self.first + timedelta(minutes=30 * number)
        return {
            "serviceId": self.service, "providerId": self.provider, "datetime": starts_at.isoformat(),
            "customerName": "Somebody", "customerEmail": "somebody@example.com",
        }  # fmt: skip


def measure(environment: Environment, each: int) -> Figures:
    """Measure on an environment with booking deployed; `each` requests of a kind."""
    tenant = Tenant(environment)
    for number in range(5):
        tenant.ask("POST", "/bookings", tenant.booking(1000 + number))
    made: list[str] = []

    def book(turn: int) -> None:
        made.append(tenant.ask("POST", "/bookings", tenant.booking(turn))["bookingId"])

    first = tenant.first.date()
    month = f"/providers/{tenant.provider}/slots?serviceId={tenant.service}&from={first}&to={first + timedelta(days=6)}"
    bookings = run_clients(1, each, lambda _: book)
    reads = run_clients(1, each, lambda _: lambda turn: tenant.ask("GET", f"/bookings/{made[turn]}"))
    slot_reads = run_clients(1, each, lambda _: lambda _: tenant.ask("GET", month))
    races_s = [_race(tenant, 1100 + number) for number in range(RACES)]
    return Figures(_slots(), reads, slot_reads, bookings, races_s, _peer_races(environment))


def empty_functions(environment: Environment, each: int) -> Timing:
    """Return the timing of an HTTP API whose authorizer and function do nothing."""
    functions, apis = environment.client("lambda"), environment.client("apigatewayv2")
    arns = {
        handler: functions.create_function(
            FunctionName=f"nothing-{handler}", Runtime="python3.12", Role=_ROLE, Handler=f"app.{handler}",
            Code={"ZipFile": _archive()},
        )["FunctionArn"]
        for handler in ("authorize", "answer")
    }  # fmt: skip
    api = apis.create_api(Name="nothing", ProtocolType="HTTP")["ApiId"]
    authorizer = apis.create_authorizer(
        ApiId=api, Name="nobody", AuthorizerType="REQUEST", IdentitySource=["$request.header.x-api-key"],
        AuthorizerUri=f"arn:aws:apigateway:{environment.region}:lambda:path/2015-03-31/functions/{arns['authorize']}/invocations",
        AuthorizerPayloadFormatVersion="2.0", EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=0,
    )["AuthorizerId"]  # fmt: skip
    integration = apis.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arns["answer"], PayloadFormatVersion="2.0"
    )["IntegrationId"]
    apis.create_route(
        ApiId=api, RouteKey="GET /", Target=f"integrations/{integration}",
        AuthorizationType="CUSTOM", AuthorizerId=authorizer,
    )  # fmt: skip
    apis.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    connection = Connection(int(environment.aws_endpoint_url.rpartition(":")[2]))
    request = post(f"/restapis/{api}/$default/_user_request_/", b"", {"x-api-key": "k"}).replace(b"POST", b"GET", 1)

    def ask(_: int) -> None:
        status, body = connection.exchange(request)
        if status != 200:
            raise RuntimeError(f"the stock engine answered {status}: {body!r}")

    run_clients(1, 5, lambda _: ask)
    return run_clients(1, each, lambda _: ask)


def document(found: Figures, peer: Timing) -> list[str]:
    """Return the figures as lines of Markdown."""
    slots = found.slots
    return [
        "## Booking",
        "",
        f"A month's free slots ({slots['slots']:.0f} beside {slots['bookings']:.0f} bookings, the clock changes in it):"
        f" {slots['ours_ms']:.2f} ms; a loop over python-dateutil's recurrences takes {slots['peer_ms']:.1f} ms"
        f" (ratio {slots['ours_ms'] / slots['peer_ms']:.2f}).",
        "",
        "| booking's API, 1 client | p50 | p99 |",
        "| --- | --- | --- |",
        *(
            f"| {name} | {one.p50_ms:.1f} ms | {one.p99_ms:.1f} ms |"
            for name, one in (
                ("`GET /bookings/{bookingId}`", found.reads),
                ("`GET /providers/{providerId}/slots` of a week", found.slot_reads),
                ("`POST /bookings`", found.bookings),
                ("stock engine, empty authorizer and function", peer),
            )
        ),
        "",
        f"{CUSTOMERS} customers race for one slot: one wins, all are answered within {found.race_s:.2f} s in the"
        f" slowest of {RACES} races (fastest {min(found.races_s):.2f} s). {CUSTOMERS} conditional writes of an item by"
        " boto3, without API, functions and claims, take"
        f" {max(found.peer_races_s):.2f} s"
        f" (ratio {found.race_s / max(found.peer_races_s):.0f}).",
        "",
    ]


def _race(tenant: Tenant, number: int) -> float:
    statuses: list[int] = []
    body = tenant.booking(number)
    took_s = _at_once(lambda _: statuses.append(tenant.exchange("POST", "/bookings", body)[0]))
    if sorted(statuses) != [201] + [409] * (CUSTOMERS - 1):
        raise RuntimeError(f"a race ended with {sorted(statuses)}, expected one 201 and 409 for the others")
    return took_s


def _peer_races(environment: Environment) -> list[float]:
    client = environment.client("dynamodb")
    table = f"race-{os.urandom(4).hex()}"
    client.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
    )  # fmt: skip

    def put(key: str) -> None:
        try:
            client.put_item(TableName=table, Item={"PK": {"S": key}}, ConditionExpression="attribute_not_exists(PK)")
        except client.exceptions.ConditionalCheckFailedException:
            return

    return [_at_once(lambda _, key=str(number): put(key)) for number in range(RACES)]  # type: ignore[misc]


def _at_once(act: Callable[[int], object]) -> float:
    barrier = threading.Barrier(CUSTOMERS + 1)
    problems: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            act(number)
        except BaseException as problem:  # noqa: BLE001 - raised again below
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CUSTOMERS)]
    for thread in threads:
        thread.start()
    started_s = time.perf_counter()
    barrier.wait()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return time.perf_counter() - started_s


def _slots() -> dict[str, float]:
    paths = os.pathsep.join(str(ROOT / part) for part in ("systems/booking/src", "systems/groundwork/python"))
    command = [sys.executable, str(ROOT / "systems" / "booking" / "benchmarks" / "slots.py")]
    answer = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", _NOTHING)
    return buffer.getvalue()
