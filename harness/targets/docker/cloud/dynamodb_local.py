"""DynamoDB Local as an upstream: one database an account and region, and no sign of its own in its answers.

It keeps a database for each access key and region (documented: "DynamoDB local usage notes"; verified with 2.x). So
every call goes there with the account's number as its key: functions with temporary keys and tests with fixed ones see
the same tables, and accounts do not. It checks no signature (documented), so the header may be changed.
"""

import re

from harness.edge.call import Answer, Call, Namespace
from harness.edge.http import HttpUpstream

_CREDENTIAL = re.compile(rb"Credential=[^/,]*/[^/,]*/[^/,]*/")
_OWN_ARN = b"arn:aws:dynamodb:ddblocal:000000000000:"


class DynamoDbLocal:
    """The server behind `url`."""

    def __init__(self, url: str) -> None:
        self.http = HttpUpstream(url)

    async def __call__(self, call: Call) -> Answer:
        headers = call.headers
        call.headers = [
            (name, _for(call.namespace, value) if name == b"authorization" else value)
            for name, value in headers
            if name != b"x-amz-security-token"
        ]
        try:
            answer = await self.http(call)
        finally:
            call.headers = headers
        if _OWN_ARN in answer.body:
            answer.replace_body(answer.body.replace(_OWN_ARN, arn_prefix(call.namespace)))
        return answer


def arn_prefix(namespace: Namespace) -> bytes:
    """Return what ARNs of DynamoDB begin with in a namespace."""
    return f"arn:aws:dynamodb:{namespace.region}:{namespace.account}:".encode()


def _for(namespace: Namespace, authorization: bytes) -> bytes:
    scope = f"Credential={namespace.account}/20260101/{namespace.region}/".encode()
    return _CREDENTIAL.sub(scope, authorization, count=1)
