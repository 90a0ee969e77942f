"""Calling another function of this system and waiting for its answer; its named errors come back as ours."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundwork.aws import AWS_ERRORS, is_busy
from groundwork.executions import ExecutionFailed

from payments.domain.errors import StoreUnavailable
from payments.domain.payment import Failure


@dataclass(frozen=True, slots=True)
class LambdaFunction:
    """One function, called synchronously."""

    client: Any
    name: str

    def call(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the function's answer; raises ExecutionFailed with its error, StoreUnavailable when it is busy."""
        try:
            answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event).encode())
            payload = answer["Payload"].read().decode()
        except AWS_ERRORS as error:
            if is_busy(error):
                raise StoreUnavailable(f"{self.name} is busy or did not answer") from error
            raise
        if "FunctionError" in answer:
            name = str(json.loads(payload).get("errorType", ""))
            failure = Failure.from_cause({"Error": name, "Cause": payload})
            raise ExecutionFailed(name, failure.code, failure.message)
        document: dict[str, Any] = json.loads(payload)
        return document
