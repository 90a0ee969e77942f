"""One probe's stay at an endpoint: names of its own, short ways to make what it needs, and all of it removed after.

What is made here is removed in reverse order when the examination ends, whatever the probe found.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

from harness.doctor.patient import Patient
from harness.doctor.probe import Broken, Undecided
from harness.errors import WaitTimeout
from harness.ids import new_token
from harness.waiting import wait_until

ACTIVE_WITHIN_S = 10.0
BARRIER_WITHIN_S = 5.0
RUNTIME = "python3.12"
SUCCESS = "success"


class Examination:
    """What a probe works with; a context manager that cleans up."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self._suffix = new_token()
        self._made = 0
        self._cleaning = ExitStack()

    def __enter__(self) -> "Examination":
        return self

    def __exit__(self, *_: object) -> None:
        self._cleaning.close()

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service."""
        return self.patient.client(service)

    def name(self, kind: str) -> str:
        """Return a name that nobody else has."""
        self._made += 1
        return f"doctor-{kind}-{self._suffix}-{self._made}"

    def after(self, what: Callable[..., object], **request: Any) -> None:
        """Call this when the examination ends; that it fails is no finding."""
        self._cleaning.callback(_tried, what, request)

    def table(self, sort_key: bool = False, **more: Any) -> str:
        """Make a table with the string key `ID` (and `Sort`); return its name once it is ACTIVE."""
        client, name = self.client("dynamodb"), self.name("table")
        names = [("ID", "HASH"), *([("Sort", "RANGE")] if sort_key else [])]
        attributes = [{"AttributeName": key, "AttributeType": "S"} for key, _ in names]
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in names],
            AttributeDefinitions=[*attributes, *more.pop("AttributeDefinitions", [])],
            **more,
        )
        self.after(client.delete_table, TableName=name)
        self.table_is_active(name)
        return name

    def table_is_active(self, name: str, *, within_s: float = ACTIVE_WITHIN_S) -> None:
        """Wait until a table is ACTIVE."""
        described = self.client("dynamodb").describe_table
        self.until(
            f"table {name} is ACTIVE",
            lambda: described(TableName=name)["Table"]["TableStatus"] == "ACTIVE",
            within_s=within_s,
        )

    def item(self, table: str, identifier: str, **more: Any) -> dict[str, Any]:
        """Return an item by consistent read, {} when there is none."""
        answer = self.client("dynamodb").get_item(
            TableName=table, Key={"ID": {"S": identifier}}, ConsistentRead=True, **more
        )
        found: dict[str, Any] = answer.get("Item", {})
        return found

    def queue(self, name: str = "", **attributes: str) -> tuple[str, str]:
        """Make a queue; return its URL and its ARN."""
        client = self.client("sqs")
        url = client.create_queue(QueueName=name or self.name("queue"), Attributes=attributes)["QueueUrl"]
        self.after(client.delete_queue, QueueUrl=url)
        told = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, told["Attributes"]["QueueArn"]

    def messages(self, url: str, *, at_least: int = 1, within_s: float = 5.0) -> list[dict[str, Any]]:
        """Return a queue's messages once there are so many, or those that came in time; they are deleted."""
        client, received = self.client("sqs"), []

        def enough() -> bool:
            answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            for message in answer.get("Messages", []):
                received.append(message)
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return len(received) >= at_least

        with suppress(WaitTimeout):
            wait_until("messages", enough, within_s=within_s, every_s=0.05)
        return received

    def function(self, source: str, **settings: Any) -> str:
        """Make a Python function whose `handler` is in `source`; return its ARN once it is Active."""
        client, name = self.client("lambda"), self.name("function")
        request = {
            "FunctionName": name,
            "Runtime": RUNTIME,
            "Role": self.patient.role_arn,
            "Handler": "app.handler",
            "Timeout": 10,
            "Code": {"ZipFile": _zipped(source)},
            **settings,
        }
        arn = str(client.create_function(**request)["FunctionArn"])
        self.after(self.client("logs").delete_log_group, logGroupName=f"/aws/lambda/{name}")
        self.after(client.delete_function, FunctionName=name)
        self.until(
            f"function {name} is Active",
            lambda: client.get_function(FunctionName=name)["Configuration"].get("State", "Active") == "Active",
            within_s=ACTIVE_WITHIN_S,
        )
        return arn

    def invoke(self, function: str, event: object = None, **more: Any) -> tuple[Any, str]:
        """Invoke a function and wait for it; return its document and its FunctionError ("" without)."""
        payload = json.dumps(event if event is not None else {}).encode()
        answer = self.client("lambda").invoke(FunctionName=function, Payload=payload, **more)
        text = answer["Payload"].read()
        try:
            return json.loads(text or b"null"), str(answer.get("FunctionError", ""))
        except ValueError:
            raise Broken(f"Invoke gave a payload that is no JSON: {text[:200]!r}") from None

    def printed(self, function: str) -> list[str]:
        """Return the lines in a function's log group."""
        client = self.client("logs")
        group = "/aws/lambda/" + function.rpartition(":")[2]
        try:
            events = client.filter_log_events(logGroupName=group)["events"]
        except client.exceptions.ResourceNotFoundException:  # made with the first invocation
            return []
        return [line for event in events for line in event["message"].splitlines()]

    def machine(self, definition: dict[str, Any], **more: Any) -> str:
        """Make a state machine; return its ARN."""
        client = self.client("stepfunctions")
        request = {
            "name": self.name("machine"),
            "definition": json.dumps(definition),
            "roleArn": self.patient.role_arn,
            **more,
        }
        arn = str(client.create_state_machine(**request)["stateMachineArn"])
        self.after(client.delete_state_machine, stateMachineArn=arn)
        return arn

    def start(self, machine: str, document: object = None, **more: Any) -> str:
        """Start an execution; return its ARN. It is stopped at the end if it still runs."""
        client = self.client("stepfunctions")
        text = json.dumps(document if document is not None else {})
        arn = str(client.start_execution(stateMachineArn=machine, input=text, **more)["executionArn"])
        self.after(client.stop_execution, executionArn=arn)
        return arn

    def closed(self, execution: str, *, within_s: float = 8.0) -> dict[str, Any]:
        """Return the description of an execution once it has ended; Broken when it does not."""
        describe = self.client("stepfunctions").describe_execution

        def ended() -> dict[str, Any] | None:
            described: dict[str, Any] = describe(executionArn=execution)
            return None if described["status"] == "RUNNING" else described

        try:
            return wait_until("the execution ends", ended, within_s=within_s, every_s=0.02, every_max_s=0.2)
        except WaitTimeout:
            raise Broken(f"an execution was still RUNNING after {within_s:.0f} s") from None

    def run(self, definition: dict[str, Any], document: object = None, *, within_s: float = 8.0) -> dict[str, Any]:
        """Make a machine, run it once, and return how the execution ended."""
        return self.closed(self.start(self.machine(definition), document), within_s=within_s)

    @staticmethod
    def until(what: str, seen: Callable[[], object], *, within_s: float) -> Any:
        """Wait for what a probe needs and is not itself about; raises Undecided when it does not come."""
        try:
            return wait_until(what, seen, within_s=within_s, every_s=0.02)
        except WaitTimeout:
            raise Undecided(f"gave up waiting: {what}, within {within_s:.0f} s") from None


def single(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a state machine of one state, named `Only`, which ends there."""
    ends = {} if state["Type"] in ("Choice", "Fail", "Succeed") or "Next" in state else {"End": True}
    return {"StartAt": "Only", "States": {"Only": {**state, **ends}}, **more}


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make all calls at the same moment; return in their order what each gave, or the ClientError that it raised."""
    from botocore.exceptions import ClientError

    gate = Barrier(len(calls))

    def made(call: Callable[[], Any]) -> Any:
        with suppress(BrokenBarrierError):
            gate.wait(BARRIER_WITHIN_S)
        try:
            return call()
        except ClientError as refused:
            return refused

    with ThreadPoolExecutor(len(calls)) as clients:
        return list(clients.map(made, calls))


def refusals(answers: Iterable[Any]) -> list[str]:
    """Return the error codes among what `together` gave."""
    return [error_code(one) for one in answers if isinstance(one, Exception)]


def error_code(problem: BaseException) -> str:
    """Return the error code that an AWS service answered with."""
    return str(getattr(problem, "response", {}).get("Error", {}).get("Code", type(problem).__name__))


def refusal_of(call: Callable[..., Any], **request: Any) -> str:
    """Make a call that is to be refused; return the error code, "success" when it was not refused."""
    from botocore.exceptions import ClientError

    try:
        call(**request)
    except ClientError as refused:
        return error_code(refused)
    return SUCCESS


def _tried(what: Callable[..., object], request: dict[str, Any]) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    # What was never made, or is gone already, can't be removed; an endpoint that is gone has nothing left either.
    with suppress(ClientError, BotoCoreError):
        what(**request)


def _zipped(source: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", source)
    return packed.getvalue()
