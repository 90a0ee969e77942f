"""HTTP APIs of the parts lead to functions of another cloud, and hide from clients what goes wrong there."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.ids import new_token
from tests.targets.docker.parts.scripted import OTHER_CLOUD
from tests.targets.docker.parts.serving import Api, Served

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
CORS = {"AllowOrigins": ["https://shop.example"], "AllowMethods": ["GET"], "AllowHeaders": ["x-api-key"]}
CALLS = 50


def test_function_of_the_other_cloud_is_invoked_when_its_route_is_asked(served: Served) -> None:
    mark = new_token()

    answer = Api(served, "echo").get(f"/echo?mark={mark}")

    assert answer.status_code == 200
    event = answer.json()
    assert (event["version"], event["routeKey"], event["queryStringParameters"]) == ("2.0", "GET /echo", {"mark": mark})
    (invoked,) = served.invocations(mark)
    assert (invoked["name"], invoked["kind"], invoked["query"]) == ("echo", "RequestResponse", "")
    assert "Credential=000000000000/20260101/us-east-1/lambda/" in invoked["signed"]


def test_invocation_belongs_to_the_clients_trace_when_there_is_one(served: Served) -> None:
    mark = new_token()
    api = Api(served, "echo")

    for _ in range(2):
        api.get(f"/echo?mark={mark}", headers={"x-amzn-trace-id": f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"})

    traces = [dict(part.split("=") for part in one["trace"].split(";")) for one in served.invocations(mark)]
    assert [trace["Root"] for trace in traces] == [ROOT, ROOT]
    assert len({"53995c3f42cd8ad8", *(trace["Parent"] for trace in traces)}) == 3


def test_version_or_alias_is_invoked_when_the_integration_names_one(served: Served) -> None:
    mark = new_token()

    Api(served, "echo:live").get(f"/echo:live?mark={mark}")

    assert [(one["name"], one["query"]) for one in served.invocations(mark)] == [("echo", "Qualifier=live")]


@pytest.mark.parametrize(
    ("function", "status", "told"),
    [
        ("fails", 500, '{"message":"Internal Server Error"}'),
        ("throttled", 503, '{"message":"Service Unavailable"}'),
        ("unknown", 500, '{"message":"Internal Server Error"}'),
        ("gone", 500, '{"message":"Internal Server Error"}'),
        ("text", 200, "no json"),
    ],
)
def test_client_is_told_a_status_alone_when_the_function_fails(
    served: Served, function: str, status: int, told: str
) -> None:
    answer = Api(served, function).get(f"/{function}")

    assert (answer.status_code, answer.text) == (status, told)


@pytest.mark.parametrize(("key", "status"), [(None, 401), ("bad", 403), ("good", 200)])
def test_request_is_let_in_when_the_authorizer_says_so(served: Served, key: str | None, status: int) -> None:
    answer = Api(served, guarded=("echo",)).get("/guarded/echo", headers={"x-api-key": key} if key else {})

    assert answer.status_code == status
    if status == 200:
        assert answer.json()["requestContext"]["authorizer"] == {"lambda": {"tenantId": "t-1", "tries": 2}}


def test_answer_is_not_found_when_no_route_fits(served: Served) -> None:
    answer = Api(served, "echo").get("/nowhere")

    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


@pytest.mark.parametrize(("origin", "allowed"), [("https://shop.example", "https://shop.example"), ("http://x", None)])
def test_preflight_is_answered_when_the_api_has_cors(served: Served, origin: str, allowed: str | None) -> None:
    api = Api(served, "echo", CorsConfiguration=CORS)

    asked = {"origin": origin, "access-control-request-method": "GET"}
    preflight, answer = api.ask("OPTIONS", "/echo", headers=asked), api.get("/echo", headers={"origin": origin})

    assert (preflight.status_code, answer.status_code) == (204, 200)
    assert preflight.headers.get("access-control-allow-origin") == allowed
    assert answer.headers.get("access-control-allow-origin") == allowed


def test_api_of_another_account_is_asked_when_its_id_is_named(served: Served) -> None:
    mark = new_token()

    answer = Api(served, "echo", account="111122223333").get(f"/echo?mark={mark}")

    assert (answer.status_code, answer.json()["requestContext"]["accountId"]) == (200, "111122223333")
    (invoked,) = served.invocations(mark)
    assert "Credential=111122223333/20260101/us-east-1/lambda/" in invoked["signed"]


def test_calls_run_beside_each_other_when_there_are_many(served: Served) -> None:
    api = Api(served, "slow")

    with ThreadPoolExecutor(CALLS) as threads:
        answers = list(threads.map(lambda number: api.get(f"/slow?number={number}"), range(CALLS)))

    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["queryStringParameters"]["number"] for answer in answers] == [str(n) for n in range(CALLS)]
    assert served.told()["most_at_once"] >= 5


@pytest.mark.parametrize("path", ["/restapis/abcdefgh12/prod/_user_request_/x", "/_aws/execute-api/abcdefgh12/prod/x"])
def test_request_goes_to_the_other_cloud_when_the_api_is_not_of_the_parts(served: Served, path: str) -> None:
    assert served.ask("GET", path).status_code == OTHER_CLOUD


def test_request_reaches_its_api_when_the_host_names_it(served: Served) -> None:
    api = Api(served, "echo")

    answer = served.ask("GET", "/echo", headers={"host": f"{api.id}.execute-api.localhost:4566"})

    assert (answer.status_code, answer.json()["requestContext"]["apiId"]) == (200, api.id)
