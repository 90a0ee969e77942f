"""Payments as executions of the state machine: StartExecution, then DescribeExecution until the end.

What a service does that is not behind the API. The execution's whole life is a request of its own in the tables,
"payment to its end": that one is judged, the calls that it took are told beside it.
"""

import json
import time
from typing import Any

import gevent
from locust import task

from loadtests.calling import CallFailed, caller
from loadtests.ids import Ids
from loadtests.keys import Drawn
from loadtests.users.playing import Playing, briefing

END_WITHIN_S = 30.0
LOOK_EVERY_S, LOOK_EVERY_S_MAX = 0.05, 1.0
TO_ITS_END = "payment to its end"


class PaymentsMachineUser(Playing):
    """Starts payments and waits for them."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.machine_arn = briefing().output("StateMachineArn")
        self.ids = Ids(self.random)
        self.states = caller(briefing(), "stepfunctions", environment.events.request)

    @task
    def pay(self) -> None:
        """Start one payment and wait for its end."""
        drawn = self.draw()
        payment_id, started_s = self.ids.new("pay"), time.perf_counter()
        answer = self.states.call(
            "start a payment", "start_execution", None, aside=True,
            stateMachineArn=self.machine_arn, name=payment_id, input=self.payment(payment_id, drawn),
        )  # fmt: skip
        if answer is not None:
            self.tell_end(drawn, self.ended(str(answer["executionArn"])), started_s)

    def payment(self, payment_id: str, drawn: Drawn) -> str:
        """Return the execution's input: a payment as the system's API validates and hands it on."""
        document = {
            "payment_id": payment_id,
            "user_id": drawn.key,
            "amount_minor": self.random.randrange(100, 2000),
            "currency": "USD",
            "card": "tok_visa",
            "merchant": drawn.tenant,
            "metadata": {},
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":"))

    def ended(self, arn: str) -> str:
        """Wait for an execution's end; return its status, or TIMED_OUT when it takes too long for its caller."""
        pause_s, until_s = LOOK_EVERY_S, time.perf_counter() + END_WITHIN_S
        while time.perf_counter() < until_s:
            gevent.sleep(pause_s)
            answer = self.states.call("look at a payment", "describe_execution", None, aside=True, executionArn=arn)
            if answer is not None and answer["status"] != "RUNNING":
                return str(answer["status"])
            pause_s = min(pause_s * 1.5, LOOK_EVERY_S_MAX)
        return "TIMED_OUT"

    def tell_end(self, drawn: Drawn, status: str, started_s: float) -> None:
        """Report the whole life of an execution."""
        self.environment.events.request.fire(
            request_type="AWS",
            name=TO_ITS_END,
            response_time=(time.perf_counter() - started_s) * 1000,
            response_length=0,
            exception=None if status == "SUCCEEDED" else CallFailed(status),
            context={"key": drawn.key, "tenant": drawn.tenant, "hot": drawn.hot},
        )
