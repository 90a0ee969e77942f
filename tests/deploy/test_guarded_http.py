"""An HTTP API behind a Lambda authorizer, deployed from a template: who is let in, who acts, and what is told of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.clients import EdgeClient
from harness.clients.calls import CallsClient
from harness.clients.edge_clock import ClockClient
from harness.deploy import StackOutputs, deploy_template
from harness.deploy.front_doors import open_front_door
from harness.faults.aws import AwsFaults
from harness.targets.environment import Environment

pytestmark = pytest.mark.slow

TEMPLATE = Path(__file__).parents[2] / "fixtures" / "templates" / "guarded_http" / "template.yaml"
KEY = {"x-api-key": "sesame-of-the-test"}
DAY_S = 86_400.0


@pytest.fixture(scope="module")
def outputs(cloud: Environment) -> StackOutputs:
    deployed = deploy_template(TEMPLATE, cloud, parameters={"AdminKey": KEY["x-api-key"]})
    open_front_door("booking", cloud, deployed)
    return deployed


@pytest.fixture
def api(cloud: Environment, outputs: StackOutputs) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=cloud.api_url("booking"), timeout=30) as client:
        yield client


@pytest.fixture
def edge(cloud: Environment) -> Iterator[EdgeClient]:
    with httpx.Client(base_url=cloud.aws_endpoint_url, timeout=30) as client:
        yield EdgeClient(client)


def trace_of(answer: httpx.Response) -> str:
    return answer.headers["x-amzn-trace-id"].removeprefix("Root=")


def calls(edge: EdgeClient, answer: httpx.Response, **filters: Any) -> list[dict[str, Any]]:
    return [dict(one) for one in CallsClient(edge).recent(trace=trace_of(answer), **filters)]


@pytest.mark.parametrize(
    ("headers", "status", "told"),
    [
        ({}, 401, {"message": "Unauthorized"}),
        ({"x-api-key": "open-sesame"}, 403, {"message": "Forbidden"}),
        ({"x-api-key": "crash"}, 500, {"message": "Internal Server Error"}),
        ({"x-api-key": "nonsense"}, 500, {"message": "Internal Server Error"}),
    ],
)
def test_known_port_refuses_when_the_authorizer_of_the_template_does(
    api: httpx.Client, headers: dict[str, str], status: int, told: object
) -> None:
    answer = api.get("/echo/a", headers=headers)

    assert (answer.status_code, answer.json()) == (status, told)


def test_key_is_the_hidden_parameters_when_functions_read_the_secret_through_their_layer(api: httpx.Client) -> None:
    event = api.get("/echo/a%20b?x=1&x=2", headers=KEY).json()

    assert event["requestContext"]["authorizer"]["lambda"]["tenantId"] == "t-1"
    assert (event["rawPath"], event["pathParameters"]) == ("/echo/a b", {"name": "a b"})
    assert event["requestContext"]["stage"] == "$default"


def test_route_without_authorizer_needs_no_key(api: httpx.Client) -> None:
    assert api.get("/health").status_code == 200


def test_call_tells_whose_session_made_it_when_a_role_was_assumed(
    api: httpx.Client, edge: EdgeClient, outputs: StackOutputs
) -> None:
    answer = api.post("/tenants/t-7/things", headers=KEY)

    role = outputs["TenantRoleArn"].rpartition("/")[2]
    put, query = calls(edge, answer, principal="TenantId=t-7")
    assert answer.json() == {"count": 1}
    assert (put["operation"], query["operation"]) == ("PutItem", "Query")
    assert put["principal"] == {"role": role, "session": "tenant-t-7", "tags": {"TenantId": "t-7"}}
    assert put["caller"] == outputs["EchoFunction"]
    table = {"table": outputs["ThingsTable"], "index": "", "key": "PK=TENANT#t-7", "by": "item"}
    index = {"table": outputs["ThingsTable"], "index": "GSI1", "key": "GSI1PK=TENANT#t-7", "by": "item"}
    assert put["partitions"] == [table, index]
    assert query["partitions"] == [{**index, "by": "condition"}]
    (assumed,) = calls(edge, answer, service="sts")
    assert assumed["principal"] is None


def test_authorizer_and_function_share_the_trace_of_their_request(
    api: httpx.Client, edge: EdgeClient, outputs: StackOutputs
) -> None:
    answer = api.post("/tenants/t-8/things", headers=KEY)

    (asked,) = calls(edge, answer, service="execute-api")
    assert (asked["operation"], asked["resource"], asked["key"]) == (
        "POST /tenants/t-8/things",
        "booking",
        "/tenants/t-8/things",
    )
    assert {one["caller"] for one in calls(edge, answer, service="dynamodb")} == {outputs["EchoFunction"]}


def test_answer_of_an_api_is_lost_when_a_rule_means_its_path(api: httpx.Client, edge: EdgeClient) -> None:
    faults, path = AwsFaults(edge), "/tenants/t-lost/things"

    with (
        faults.lose_answer(f"POST {path}", service="execute-api", resource="booking", key=path) as lost,
        pytest.raises(httpx.TransportError),
    ):
        api.post(path, headers=KEY)

    lost.must_have_fired()
    assert len(CallsClient(edge).recent(principal="TenantId=t-lost", operation="PutItem")) == 1


def test_other_paths_answer_when_a_rule_means_one(api: httpx.Client, edge: EdgeClient) -> None:
    with AwsFaults(edge).refuse("GET /echo/meant", service="execute-api", key="/echo/meant") as refused:
        answer = api.get("/echo/other", headers=KEY)

    assert (answer.status_code, refused.fired) == (200, 0)


def test_session_is_used_as_long_as_on_aws_when_the_clock_is_ahead(api: httpx.Client, edge: EdgeClient) -> None:
    clock = ClockClient(edge)
    clock.advance(3 * DAY_S)
    try:
        seen = api.post("/tenants/t-9/things", headers=KEY)
        expires = api.get("/expiration", headers=KEY).json()
    finally:
        clock.reset()

    assert seen.json() == {"count": 1}
    assert 3_000 < expires["left_s"] <= 3_600


def test_requests_are_answered_when_more_come_at_once_than_there_are_workers(api: httpx.Client) -> None:
    with ThreadPoolExecutor(40) as people:
        answers = list(people.map(lambda n: api.get(f"/echo/{n}", headers=KEY), range(200)))

    assert {answer.status_code for answer in answers} == {200}
