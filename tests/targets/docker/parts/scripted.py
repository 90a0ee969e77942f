"""Functions as another cloud would run them, scripted by name: what Invoke answers, and which invocations there were.

A function named `told` tells of the others' invocations.
"""

import asyncio
import json
from typing import Any

from harness.edge.call import Answer, Call

JSON = (b"content-type", b"application/json")
LISTED_MAX = 100
OTHER_CLOUD = 418  # no status of AWS's


class ScriptedFunctions:
    """Answers the Lambda API's Invoke, and S3's GetObject with a template that is named by its path."""

    def __init__(self) -> None:
        self._invocations: list[dict[str, Any]] = []
        self._under_way = self._most = 0

    async def __call__(self, call: Call) -> Answer:
        if call.service == "s3":
            return _answer(template_named(call.path)) if "missing" not in call.path else _answer({}, 404)
        if call.service != "lambda":
            return _answer({"service": call.service, "path": call.path}, OTHER_CLOUD)
        name = call.path.split("/")[3]
        if name == "told":
            return _answer({"invocations": self._invocations[-LISTED_MAX:], "most_at_once": self._most})
        self._invocations.append({"name": name, **_seen(call)})
        self._under_way += 1
        self._most = max(self._most, self._under_way)
        try:
            return await _run(name, json.loads(call.body or b"null"))
        finally:
            self._under_way -= 1


def _seen(call: Call) -> dict[str, Any]:
    return {
        "query": call.query_string.decode(),
        "signed": call.header(b"authorization").decode(),
        "trace": call.header(b"x-amzn-trace-id").decode(),
        "kind": call.header(b"x-amz-invocation-type").decode(),
        "event": json.loads(call.body or b"null"),
    }


async def _run(name: str, event: Any) -> Answer:
    if name == "slow":
        await asyncio.sleep(0.4)
    if name == "hangs":
        await asyncio.sleep(600)
    if name == "gone":
        raise ConnectionError("nobody answers at this address")
    if name == "guard":
        is_good = event["identitySource"][0] == "good"
        return _answer({"isAuthorized": is_good, "context": {"tenantId": "t-1", "tries": 2}})
    if name in ("echo", "slow"):
        return _answer(event)
    return ANSWERS.get(name) or _answer({"Message": f"Function not found: {name}"}, 404, "ResourceNotFoundException")


def _answer(document: object, status: int = 200, code: str = "", *, error: str = "") -> Answer:
    more = [(b"x-amzn-errortype", code.encode())] if code else []
    failed = [(b"x-amz-function-error", error.encode())] if error else []
    return Answer(status, [JSON, *more, *failed], json.dumps(document).encode())


def template_named(name: str) -> dict[str, Any]:
    """Return a template with one HTTP API of this name; its id is the output `Id`."""
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": name, "ProtocolType": "HTTP"}}
    return {"Resources": {"Api": api}, "Outputs": {"Id": {"Value": {"Ref": "Api"}}}}


ANSWERS = {
    "fails": _answer({"errorType": "ValueError", "errorMessage": "a secret"}, error="Unhandled"),
    "refuses": _answer({"errorType": "Refused", "errorMessage": "tenant is full"}, error="Unhandled"),
    "throttled": _answer({"message": "Rate Exceeded"}, 429, "TooManyRequestsException"),
    "text": Answer(200, [JSON], b"no json"),
}
