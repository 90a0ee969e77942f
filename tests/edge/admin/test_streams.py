"""Stream records come once more when somebody asks, and only those that are meant."""

from typing import Any

import httpx
import pytest

from harness.clients import EdgeClient
from harness.edge import Edge, EdgeOptions, assemble
from harness.edge.streams import Wanted
from harness.edge.upstream import AsgiUpstream
from harness.errors import AnswerUnexpected
from harness.faults.aws import AwsFaults
from tests.edge.admin.edges import Target, ask, edge_of, engine, words

PATH = "/_rehearsal/streams/repeat"


def record(partition: str, sort: str = "") -> dict[str, Any]:
    keys = {"PK": {"S": partition}} | ({"SK": {"S": sort}} if sort else {})
    return {"dynamodb": {"Keys": keys}}


class Deliveries:
    """Stands for the engine: three records of one table have been delivered."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, wanted: Wanted) -> list[tuple[str, int]]:
        if not wanted.means_table("000000000000", "us-east-1", "booking-Conversations"):
            return []
        had = [record("TENANT#1", "CONV#1"), record("TENANT#2", "CONV#1"), record("TENANT#1", "CONV#2")]
        meant = [one for one in had if wanted.means(one)][-wanted.last :]
        self.given = [one["dynamodb"]["Keys"]["PK"]["S"] for one in meant]
        return [("usage-meter", len(meant))]


def edge_with(deliveries: Deliveries) -> Edge:
    return assemble(AsgiUpstream(engine), Target(), EdgeOptions(), engine=engine, repeat=deliveries)


def faults_of(edge: Edge) -> AwsFaults:
    def answer(request: httpx.Request) -> httpx.Response:
        given = ask(edge, request.method, request.url.raw_path.decode(), content=request.content)
        return httpx.Response(given.status_code, content=given.content)

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://localhost")
    return AwsFaults(EdgeClient(client))


@pytest.mark.parametrize(
    ("limits", "given"),
    [
        ({}, ["TENANT#1", "TENANT#2", "TENANT#1"]),
        ({"key": "TENANT#1"}, ["TENANT#1", "TENANT#1"]),
        ({"key": "PK=TENANT#2,*"}, ["TENANT#2"]),
        ({"last": 1}, ["TENANT#1"]),
        ({"key": "TENANT#3"}, []),
    ],
)
def test_records_come_again_when_they_are_meant(limits: dict[str, Any], given: list[str]) -> None:
    deliveries = Deliveries()

    count = faults_of(edge_with(deliveries)).repeat_stream_records("Conversations", **limits)

    assert (count, deliveries.given) == (len(given), given)


def test_repetition_is_refused_when_no_stream_of_the_table_feeds_a_function() -> None:
    with pytest.raises(AnswerUnexpected, match="404"):
        faults_of(edge_with(Deliveries())).repeat_stream_records("Bookings")


def test_repetition_is_refused_when_the_engine_feeds_functions_by_itself() -> None:
    answer = ask(edge_of()[0], "POST", PATH, json={"table": "Conversations"})

    assert (answer.status_code, words(answer)) == (501, "the engine behind this edge feeds functions by itself")


@pytest.mark.parametrize(
    "asked", [{}, {"table": 7}, {"table": "T", "last": 0}, {"table": "T", "last": True}, {"table": "T", "keys": "a"}]
)
def test_nonsense_is_refused_when_a_repetition_is_asked_for(asked: dict[str, Any]) -> None:
    answer = ask(edge_with(Deliveries()), "POST", PATH, json=asked)

    assert answer.status_code == 400
