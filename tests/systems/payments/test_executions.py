"""Step Functions behind the API: what its answers are taken for."""

from typing import Any

import pytest
from groundwork.executions import ExecutionsUnavailable
from groundwork.step_functions import StepFunctionsExecutions

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:flow"


class Unreadable:
    """botocore's client when a body is no JSON: the answer is empty, and no error is raised."""

    def start_execution(self, **_: Any) -> dict[str, Any]:
        return {"ResponseMetadata": {"HTTPStatusCode": 200}}

    describe_execution = start_execution


def test_client_is_to_come_again_when_the_answer_can_not_be_read():
    executions = StepFunctionsExecutions(Unreadable(), MACHINE)

    with pytest.raises(ExecutionsUnavailable):
        executions.start("pay-1", "{}")
    with pytest.raises(ExecutionsUnavailable):
        executions.describe("pay-1")
