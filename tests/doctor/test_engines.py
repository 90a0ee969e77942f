"""The doctor finds, without help, what engines are known to break, and nothing on the mended one."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from conformance.engines import Running, engines
from harness.doctor import BROKEN, GUARANTEED, Finding, chosen_probes, examine

pytestmark = pytest.mark.slow


def started(name: str) -> AbstractContextManager[Running]:
    (engine,) = (one for one in engines([]) if one.name == name)
    return engine.start()


@pytest.fixture(scope="module")
def moto() -> Iterator[Running]:
    with started("moto server") as running:
        yield running


@pytest.fixture(scope="module")
def stock() -> Iterator[Running]:
    with started("ministack, stock") as running:
        yield running


def finding(running: Running, name: str) -> Finding:
    (found,) = examine(running.patient, chosen_probes([name]))
    return found


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("dynamodb.transactions.isolated", ""),
        ("dynamodb.transactions.token", "sent twice under one token, added 2"),
        ("dynamodb.pitr", "gave the present table"),
        ("dynamodb.malformed-requests", "500"),
        ("dynamodb.capacity-figures", "a put of 5 KB cost 1.0"),
        ("states.definitions", "success"),
    ],
)
def test_moto_is_broken_where_it_is_known_to_be(moto: Running, name: str, seen: str) -> None:
    found = finding(moto, name)

    assert found.verdict == BROKEN, found.seen
    assert seen in found.seen


@pytest.mark.parametrize("name", ["dynamodb.conditional-writes", "dynamodb.queries", "sqs.fifo"])
def test_moto_is_sound_where_it_is(moto: Running, name: str) -> None:
    found = finding(moto, name)

    assert found.verdict == GUARANTEED, found.seen


@pytest.mark.parametrize(
    "name",
    [
        "dynamodb.pitr",
        "lambda.error-types",
        "lambda.async-dead-letters",
        "states.catch-by-name",
        "states.execution-names",
        "states.timeouts",
        "states.definitions",
        "states.dynamodb-integration",
        "apigateway.http-authorizer",
        "lambda.stream-failures",
    ],
)
def test_stock_engine_is_broken_where_it_is_mended(stock: Running, name: str) -> None:
    found = finding(stock, name)

    assert found.verdict == BROKEN, found.seen


def test_nothing_quick_that_payments_rely_on_is_doubted_on_the_embedded_target() -> None:
    names = ["dynamodb.conditional-writes", "dynamodb.transactions", "dynamodb.queries", "dynamodb.streams", "lambda",
             "states", "sqs", "sns", "cloudwatch", "apigateway", "s3"]  # fmt: skip
    with started("Rehearsal, embedded") as running:
        found = examine(running.patient, chosen_probes(names))

    assert [f"{one.probe} is {one.verdict}: {one.seen}" for one in found if not one.is_trusted] == []


def test_guard_restores_transactions_and_tokens_of_moto() -> None:
    with started("moto behind the guard") as running:
        found = examine(running.patient, chosen_probes(["dynamodb.transactions"]))

    assert [f"{one.probe} is {one.verdict}: {one.seen}" for one in found if not one.is_trusted] == []
