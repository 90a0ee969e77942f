"""What can come between the monitor and an execution, in words that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError
from botocore.exceptions import ConnectionError as NotConnected

from harness.errors import AnswerUnexpected, RehearsalError

DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnrecognizedClientException")
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidSignatureException")


class ExecutionMissing(RehearsalError):
    """There is no execution of the name or ARN that was given."""


class PermissionMissing(RehearsalError):
    """AWS knows who asks, or does not, and refuses."""


class CloudUnreachable(RehearsalError):
    """AWS, or what plays it, did not answer at all."""


@contextmanager
def step_functions_answers(doing: str) -> Iterator[None]:
    """Raise errors of ours for what Step Functions answers to `doing` (`reading execution pay-1`)."""
    try:
        yield
    except (HTTPClientError, NotConnected, NoCredentialsError) as problem:
        raise CloudUnreachable(
            f"Step Functions did not answer {doing}",
            evidence={"seen": f"{type(problem).__name__}: {problem}"},
            remedy="rehearse status says what runs and what died; rehearse up starts it",
        ) from problem
    except ClientError as problem:
        raise _told(problem, doing) from problem


def _told(problem: ClientError, doing: str) -> RehearsalError:
    error = problem.response.get("Error", {})
    code, words = str(error.get("Code", "")), str(error.get("Message", ""))
    evidence = {"answer": f"{code}: {words}"}
    if code in (*DENIED, *EXPIRED):
        return PermissionMissing(
            f"Step Functions refused {doing}",
            evidence=evidence,
            remedy="allow states:ListExecutions, states:DescribeExecution and states:GetExecutionHistory to whoever "
            "runs this; when the keys are old, get new ones",
        )
    if code == "StateMachineDoesNotExist":
        return ExecutionMissing(
            f"the state machine was not found by {doing}", evidence=evidence, remedy="rehearse deploy"
        )
    return AnswerUnexpected(f"Step Functions answered {doing} with {code or 'an error'}", evidence=evidence)
