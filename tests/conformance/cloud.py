"""An AWS endpoint as the checks use it: boto3 clients, and short ways to make what a check needs."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

import boto3
from botocore.config import Config

from harness.ids import new_token
from harness.waiting import wait_until

ROLE = "arn:aws:iam::000000000000:role/conformance"
ACTIVE_WITHIN_S = 5.0
CLOSED_WITHIN_S = 5.0


@dataclass
class Cloud:
    """One endpoint. Names are fresh, so checks run in any order and beside each other."""

    endpoint_url: str
    is_stock: bool
    suffix: str = field(default_factory=new_token)
    _numbers: Any = field(default_factory=count)

    def client(self, service: str, *, access_key: str = "test") -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=access_key,
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=16),
        )

    def name(self, kind: str) -> str:
        return f"{kind}-{self.suffix}-{next(self._numbers)}"

    @cached_property
    def states(self) -> Any:
        return self.client("stepfunctions")

    @cached_property
    def dynamodb(self) -> Any:
        return self.client("dynamodb")

    @cached_property
    def functions(self) -> Any:
        return self.client("lambda")

    @cached_property
    def sqs(self) -> Any:
        return self.client("sqs")

    @cached_property
    def logs(self) -> Any:
        return self.client("logs")

    @cached_property
    def cognito(self) -> Any:
        return self.client("cognito-idp")

    def table(self) -> str:
        """Make a table with the string key `ID`; return its name."""
        name = self.name("table")
        self.dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
        )
        return name

    def queue(self, **attributes: str) -> tuple[str, str]:
        """Make a queue; return its URL and its ARN."""
        url = self.sqs.create_queue(QueueName=self.name("queue"), Attributes=attributes)["QueueUrl"]
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, answer["Attributes"]["QueueArn"]

    def function(self, source: str, **settings: Any) -> str:
        """Make a Python function whose `handler` is in `source`; return its ARN."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", source)
        name = self.name("function")
        arn: str = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=ROLE,
            Handler="app.handler",
            Timeout=10,
            Code={"ZipFile": packed.getvalue()},
            **settings,
        )["FunctionArn"]
        wait_until(
            f"function {name} is active",
            lambda: self.functions.get_function(FunctionName=name)["Configuration"]["State"] == "Active",
            within_s=ACTIVE_WITHIN_S,
        )
        return arn

    def printed(self, function_arn: str) -> list[str]:
        """Return the lines in the function's log."""
        group = "/aws/lambda/" + function_arn.split(":")[6]
        try:
            events = self.logs.filter_log_events(logGroupName=group)["events"]
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [line for event in events for line in event["message"].splitlines()]

    def machine(self, definition: dict[str, Any]) -> str:
        """Make a STANDARD state machine; return its ARN."""
        arn: str = self.states.create_state_machine(
            name=self.name("machine"), definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]
        return arn

    def start(self, machine_arn: str, payload: object = None, **options: Any) -> str:
        """Start an execution; return its ARN."""
        arn: str = self.states.start_execution(stateMachineArn=machine_arn, input=json.dumps(payload or {}), **options)[
            "executionArn"
        ]
        return arn

    def closed(self, execution_arn: str, *, within_s: float = CLOSED_WITHIN_S) -> dict[str, Any]:
        """Return the description of an execution once it is no longer RUNNING."""

        def description() -> dict[str, Any] | None:
            described: dict[str, Any] = self.states.describe_execution(executionArn=execution_arn)
            return None if described["status"] == "RUNNING" else described

        return wait_until(f"{execution_arn} ends", description, within_s=within_s, every_s=0.01, every_max_s=0.05)

    def history(self, execution_arn: str) -> list[dict[str, Any]]:
        """Return the first hundred events of an execution."""
        events: list[dict[str, Any]] = self.states.get_execution_history(executionArn=execution_arn)["events"]
        return events

    def messages(self, queue_url: str, *, at_least: int = 1, within_s: float = 5.0) -> list[dict[str, Any]]:
        """Return the queue's messages once there are `at_least` so many; they are deleted."""
        received: list[dict[str, Any]] = []

        def enough() -> bool:
            answer = self.sqs.receive_message(
                QueueUrl=queue_url,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
            for message in answer.get("Messages", []):
                received.append(message)
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            return len(received) >= at_least

        wait_until(f"{at_least} messages in {queue_url}", enough, within_s=within_s)
        return received


def single(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a machine of one state, named `Only`, that ends there unless it says where it goes."""
    ends = {} if state["Type"] in ("Choice", "Fail", "Succeed") or "Next" in state else {"End": True}
    return {"StartAt": "Only", "States": {"Only": {**state, **ends}}, **more}
