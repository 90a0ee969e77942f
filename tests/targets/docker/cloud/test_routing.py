"""Each call goes to the engine that has its service."""

import asyncio
from typing import Any

import pytest

from harness.edge.call import Answer, Call
from harness.targets.docker.cloud.routing import Routing
from tests.edge.images.engine import call_of
from tests.targets.docker.cloud.emulators import HERE, Pair


class Named:
    """Answers everything with its name; as parts, serves one service."""

    def __init__(self, name: str, serves: str = "") -> None:
        self.name, self._serves = name, serves

    def serves(self, call: Call) -> bool:
        return call.service == self._serves

    async def __call__(self, call: Call) -> Answer:
        return Answer(200, [], self.name.encode())


def routed(service: str, **own: Any) -> Answer:
    call = call_of("Do", {})
    call.service = service
    routing = Routing(
        localstack=Named("localstack"),
        dynamodb=Named("dynamodb"),
        moto=Named("moto"),
        parts=Named("parts", serves="cognito-idp"),
        places=Pair().places,
        own=own,
    )
    return asyncio.run(routing(call))


@pytest.mark.parametrize(
    ("service", "engine"),
    [
        ("dynamodb", "dynamodb"),
        ("cognito-idp", "parts"),
        ("execute-api", "localstack"),
        ("states", "localstack"),
        ("", "localstack"),
        ("ivs", "moto"),
        ("xray", "moto"),
    ],
)
def test_call_goes_to_the_engine_of_its_service(service: str, engine: str) -> None:
    assert routed(service).body.decode() == engine


def test_data_api_is_ours_when_a_postgresql_is_there() -> None:
    assert routed("rds-data", **{"rds-data": Named("ours")}).body == b"ours"


def test_data_api_is_refused_in_words_when_no_postgresql_is_there() -> None:
    answer = routed("rds-data")

    assert answer.status == 503
    assert b"REHEARSAL_CLOUD_POSTGRES_URL" in answer.body


def test_tables_are_looked_at_again_when_a_call_to_cloudformation_passed() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")
    routing = Routing(
        localstack=Named("localstack"), dynamodb=pair.dynamodb, moto=Named(""), parts=Named(""), places=pair.places
    )

    async def run() -> None:
        await pair.put("Wallets", "a")
        await pair.put("Wallets", "b")
        call = call_of("DescribeStacks", {}, HERE)
        call.service = "cloudformation"
        await routing(call)
        await pair.put("Wallets", "c")

    asyncio.run(run())

    assert pair.localstack.count("DescribeTable") == 2
