"""Step Functions behind `Executions`: one state machine, executions named by id.

StartExecution of a STANDARD machine is idempotent: same name and input succeeds while it runs; otherwise
ExecutionAlreadyExists (source: Step Functions API reference, documented).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from groundwork.aws import AWS_ERRORS, error_code, is_busy
from groundwork.executions import ExecutionExists, ExecutionsUnavailable, ExecutionView
from groundwork.instants import instant


@dataclass(frozen=True, slots=True)
class StepFunctionsExecutions:
    """The executions of one state machine."""

    client: Any
    machine_arn: str

    def start(self, name: str, document: str) -> tuple[str, str]:
        """Start an execution, or find the same one running; returns its ARN and start."""
        try:
            answer = self.client.start_execution(stateMachineArn=self.machine_arn, name=name, input=document)
        except AWS_ERRORS as error:
            if error_code(error) == "ExecutionAlreadyExists":
                raise ExecutionExists(name) from None
            raise _unavailable(error) from error
        if "executionArn" not in answer:
            # botocore takes a body that is no JSON for an empty one: it was started, and may be started again.
            raise ExecutionsUnavailable("the answer of the state machine could not be read")
        return str(answer["executionArn"]), _begun_at(answer["startDate"])

    def describe(self, name: str) -> ExecutionView | None:
        """Return the execution of this name, or None."""
        try:
            answer = self.client.describe_execution(executionArn=self._arn(name))
        except AWS_ERRORS as error:
            if error_code(error) == "ExecutionDoesNotExist":
                return None
            raise _unavailable(error) from error
        if "executionArn" not in answer:
            raise ExecutionsUnavailable("the answer of the state machine could not be read")
        return ExecutionView(
            arn=answer["executionArn"],
            status=answer["status"],
            input=answer.get("input", ""),
            started_at=_begun_at(answer["startDate"]),
            output=answer.get("output", ""),
            error=answer.get("error", ""),
            cause=answer.get("cause", ""),
        )

    def _arn(self, name: str) -> str:
        return f"{self.machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"


def _begun_at(start_date: datetime) -> str:
    """Return an execution's start as the machine itself is told it, in `$$.Execution.StartTime`: to the millisecond.

    Some engines answer the API with more digits than that; then one start would have two texts.
    """
    return instant(start_date.replace(microsecond=start_date.microsecond // 1000 * 1000))


def _unavailable(error: Exception) -> Exception:
    return ExecutionsUnavailable("the state machine is busy or did not answer") if is_busy(error) else error
