"""Requests that are refused before a database is asked, and secrets, in the answers' own form."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from harness.edge.call import Answer, Call, Namespace
from harness.edge.upstream import Upstream
from harness.errors import EnvironmentNotReady
from harness.targets.rds_data import RdsData

HERE = Namespace("000000000000", "us-east-1")
ARN = "arn:aws:rds:us-east-1:000000000000:cluster:c"
SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:s"
NOWHERE = "postgresql://nobody:hidden@127.0.0.1:1/none"  # nothing may come as far


def a_call(operation: str, document: object) -> Call:
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": f"/{operation}", "headers": headers, "query_string": b""}
    call = Call(scope, None, body)  # type: ignore[arg-type]
    call.service, call.operation, call.namespace = "rds-data", operation, HERE
    return call


def answer_to(
    document: object,
    *,
    operation: str = "ExecuteStatement",
    secrets: Upstream | None = None,
) -> tuple[int, str, str]:
    """Return status, error code and message."""

    async def ask() -> Answer:
        data = RdsData(NOWHERE, secrets)
        try:
            return await data(a_call(operation, document))
        finally:
            await data.close()

    answer = asyncio.run(ask())
    return answer.status, answer.header(b"x-amzn-errortype").decode(), str(answer.document["message"])


def a_request(**more: object) -> dict[str, object]:
    return {"resourceArn": ARN, "secretArn": SECRET, "sql": "SELECT 1", **more}


@pytest.mark.parametrize(
    ("document", "status", "code", "told"),
    [
        (b"[1", 400, "SerializationException", "no JSON object"),
        ({"secretArn": SECRET}, 400, "BadRequestException", "resourceArn is required"),
        ({"resourceArn": ARN}, 400, "BadRequestException", "secretArn is required"),
        (a_request(resourceArn=ARN.replace("cluster", "db")), 400, "BadRequestException", "Invalid cluster id"),
        (a_request(resourceArn=ARN.replace("east", "west")), 400, "BadRequestException", "Invalid cluster id"),
        (a_request(resourceArn=ARN.replace("000", "111")), 403, "AccessDeniedException", "another account"),
        (a_request(schema="s"), 400, "ValidationException", "The schema parameter isn't supported"),
        (a_request(database=7), 400, "SerializationException", "database is no string"),
        (a_request(database="d" * 65), 400, "ValidationException", "65 characters"),
        (a_request(sql=""), 400, "BadRequestException", "sql is required"),
        (a_request(sql="x" * 65537), 400, "ValidationException", "65537 characters"),
        (a_request(sql="SELECT '\0'"), 400, "DatabaseErrorException", "SQLState: 22021"),
        (a_request(sql="SELECT :a"), 400, "BadRequestException", "Cannot find parameter: a"),
        (a_request(parameters={}), 400, "SerializationException", "no list"),
        (a_request(parameters=[{"name": "a", "value": {"longValue": 1}}] * 2), 400, "BadRequestException", "twice"),
        (a_request(formatRecordsAs="XML"), 400, "BadRequestException", "formatRecordsAs is XML"),
        (a_request(includeResultMetadata="yes"), 400, "SerializationException", "no boolean"),
        (a_request(transactionId="t"), 404, "TransactionNotFoundException", "Transaction t is not found."),
        (a_request(sql="x" * 65536, parameters=["y" * 4_200_000]), 413, "RequestEntityTooLargeException", "4194304"),
        (a_request(), 504, "DatabaseUnavailableException", "can't be reached"),
    ],
)
def test_request_is_refused_as_its_error_says(document: object, status: int, code: str, told: str) -> None:
    seen = answer_to(document)

    assert seen[:2] == (status, code)
    assert told in seen[2]
    assert "hidden" not in seen[2]


@pytest.mark.parametrize("operation", ["CommitTransaction", "RollbackTransaction"])
def test_transaction_must_be_named_to_be_ended(operation: str) -> None:
    assert answer_to(a_request(), operation=operation)[1:] == ("BadRequestException", "transactionId is required")


def test_deprecated_operation_is_refused_with_what_to_use() -> None:
    status, code, told = answer_to({"sqlStatements": "SELECT 1"}, operation="ExecuteSql")

    assert (status, code) == (400, "BadRequestException")
    assert "ExecuteStatement" in told


def secrets_manager(status: int, document: Mapping[str, Any], asked: list[Call]) -> Upstream:
    async def answer(call: Call) -> Answer:
        asked.append(call)
        return Answer(status, [], orjson.dumps(document))

    return answer


@pytest.mark.parametrize(
    ("status", "document", "code", "told"),
    [
        (400, {"__type": "ResourceNotFoundException", "Message": "none"}, "SecretsErrorException", "ResourceNotFound"),
        (400, {"__type": "x#AccessDeniedException", "message": "no"}, "AccessDeniedException", "AccessDenied"),
        (502, {}, "SecretsErrorException", "502"),
        (200, {"SecretString": "plain"}, "InvalidSecretException", "no JSON object"),
        (200, {"SecretBinary": "AA=="}, "InvalidSecretException", "no JSON object"),
        (200, {"SecretString": '{"username": "u"}'}, "InvalidSecretException", "no password"),
        (200, {"SecretString": '{"username": "", "password": "p"}'}, "InvalidSecretException", "no username"),
    ],
)
def test_secret_is_refused_when_nobody_could_log_in_with_it(
    status: int, document: dict[str, Any], code: str, told: str
) -> None:
    seen = answer_to(a_request(), secrets=secrets_manager(status, document, []))

    assert seen[1] == code
    assert told in seen[2]
    assert SECRET in seen[2]


def test_secret_is_asked_for_in_the_callers_name_and_not_told() -> None:
    asked: list[Call] = []
    good = secrets_manager(200, {"SecretString": '{"username": "u", "password": "topsecret"}'}, asked)

    status, code, told = answer_to(a_request(), secrets=good)

    assert (status, code) == (504, "DatabaseUnavailableException")  # the secret was good, the server is not there
    assert "topsecret" not in told
    assert [(call.operation, call.namespace, call.document) for call in asked] == [
        ("GetSecretValue", HERE, {"SecretId": SECRET})
    ]


def test_lost_secrets_manager_is_told() -> None:
    async def lost(_: Call) -> Answer:
        raise ConnectionError("gone")

    assert answer_to(a_request(), secrets=lost)[1:] == (
        "SecretsErrorException",
        f"Error fetching secret {SECRET}: ConnectionError: gone",
    )


def test_reset_and_check_say_which_server_is_not_there() -> None:
    data = RdsData(NOWHERE)

    for ask in (data.check, data.reset):
        with pytest.raises(EnvironmentNotReady, match=r"PostgreSQL at 127\.0\.0\.1:1: ") as caught:
            asyncio.run(ask())
        assert "hidden" not in str(caught.value)
