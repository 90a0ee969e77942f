"""DynamoDB Local sees the account's number as the key of every call, and shows nothing of its own."""

import asyncio

from harness.edge.call import Answer, Call, Namespace
from harness.edge.upstream import own_call
from harness.targets.docker.cloud.dynamodb_local import DynamoDbLocal


def passed(body: bytes) -> tuple[Call, list[tuple[bytes, bytes]], Answer]:
    call = own_call(Namespace("111111111111", "eu-west-1", "LSIAQAAAAAAAGMKEM7X5"), "GetItem", {})
    call.headers = [*call.headers, (b"x-amz-security-token", b"of LocalStack")]
    before = list(call.headers)
    seen: list[tuple[bytes, bytes]] = []

    async def server(asked: Call) -> Answer:
        seen.extend(asked.headers)
        return Answer(200, [(b"x-amz-crc32", b"1")], body)

    local = DynamoDbLocal("http://127.0.0.1:1")
    local.http = server  # type: ignore[assignment]
    answer = asyncio.run(local(call))
    assert call.headers == before
    return call, seen, answer


def test_key_is_the_accounts_when_a_function_signed_with_a_temporary_one() -> None:
    _, seen, answer = passed(b"{}")

    signed = dict(seen)[b"authorization"]
    assert signed.startswith(b"AWS4-HMAC-SHA256 Credential=111111111111/20260101/eu-west-1/dynamodb/aws4_request, ")
    assert b"x-amz-security-token" not in dict(seen)
    assert answer.header(b"x-amz-crc32") == b"1"


def test_arn_is_the_accounts_when_dynamodb_local_tells_its_own() -> None:
    _, _, answer = passed(b'{"TableArn": "arn:aws:dynamodb:ddblocal:000000000000:table/Wallets"}')

    assert answer.document == {"TableArn": "arn:aws:dynamodb:eu-west-1:111111111111:table/Wallets"}
    assert not answer.header(b"x-amz-crc32")
