"""An engine that answers every DynamoDB call at once with next to nothing: in front of it a proxy is the limit.

`python -m benchmarks.instant_engine PORT`.
"""

import json
import sys
from typing import Any

import uvicorn

_KEYS = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
_TABLE = {"Table": {"TableName": "Bench", "TableStatus": "ACTIVE", "KeySchema": _KEYS}}
_ANSWERS = {
    b"DescribeTable": json.dumps(_TABLE).encode(),
    b"CreateTable": json.dumps({"TableDescription": _TABLE["Table"]}).encode(),
    b"Query": b'{"Items": [], "Count": 0, "ScannedCount": 0}',
}


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Answer a call once it is whole."""
    while (await receive()).get("more_body"):
        pass
    operation = next((value for name, value in scope["headers"] if name == b"x-amz-target"), b"").rpartition(b".")[2]
    body = _ANSWERS.get(operation, b"{}")
    headers = [(b"content-type", b"application/x-amz-json-1.0"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(answer, port=int(sys.argv[1]), log_level="warning", access_log=False, lifespan="off")
