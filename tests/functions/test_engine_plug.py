"""What the engine's other services make of the pool's outcomes: Lambda's API, Step Functions, logs, API Gateway."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from harness.errors import EngineMismatch
from harness.targets.embedded import mends
from harness.targets.embedded.functions import Outcome, engine_plug
from harness.targets.embedded.mends.symbols import Mend
from harness.waiting import wait_until
from tests.functions.conftest import package

ROLE = "arn:aws:iam::000000000000:role/any"
SOURCE = """
import boto3, sys
from shared import SHARED

class PaymentDeclined(Exception):
    pass

def handler(event, context):
    print("event", event)
    match event.get("do"):
        case "decline": raise PaymentDeclined("no money")
        case "exit": sys.exit(1)
        case "account": return boto3.client("sts").get_caller_identity()["Account"]
        case "text": return b"plain text"
        case "shared": return SHARED
    return {"statusCode": 201, "body": "made"}
"""


class Cloud:
    """Clients of the served engine, and one function in it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.awslambda = self.client("lambda")
        layer = self.awslambda.publish_layer_version(
            LayerName="shared", Content={"ZipFile": package(**{"python/shared": "SHARED = 'from the layer'"})}
        )
        self.arn = self.awslambda.create_function(
            FunctionName="pay",
            Runtime="python3.12",
            Handler="app.handler",
            Role=ROLE,
            Code={"ZipFile": package(SOURCE)},
            Layers=[layer["LayerVersionArn"]],
            Timeout=20,
        )["FunctionArn"]

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def invoke(self, **event: str) -> Any:
        return self.awslambda.invoke(FunctionName="pay", Payload=json.dumps(event), LogType="Tail")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.functions.serve_engine", str(tmp_path_factory.mktemp("engine"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    made = Cloud(int(process.stdout.readline()))
    yield made
    made.awslambda.close()
    process.communicate(timeout=10)


def test_error_and_log_tail_are_told_when_invoked_by_the_sdk(cloud: Cloud) -> None:
    answer = cloud.invoke(do="decline")

    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "PaymentDeclined"
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert tail.startswith("START RequestId: ")
    assert "[ERROR] PaymentDeclined: no money\nTraceback" in tail


@pytest.mark.parametrize(
    ("do", "payload"),
    [
        ("account", b'"000000000000"'),
        ("text", b"plain text"),
        ("shared", b'"from the layer"'),
        ("", b'{"statusCode": 201, "body": "made"}'),
    ],
)
def test_payload_is_the_handlers_when_it_returns(cloud: Cloud, do: str, payload: bytes) -> None:
    assert cloud.invoke(do=do)["Payload"].read() == payload


@pytest.mark.parametrize(("do", "caught"), [("decline", "PaymentDeclined"), ("exit", "Runtime.ExitError")])
def test_catch_matches_the_errors_name_when_a_task_fails(cloud: Cloud, do: str, caught: str) -> None:
    states = cloud.client("stepfunctions")
    catch = [{"ErrorEquals": [caught], "Next": "Caught"}]
    parameters = {"FunctionName": cloud.arn, "Payload.$": "$"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, "Catch": catch}
    definition = {"StartAt": "Pay", "States": {"Pay": {**task, "End": True}, "Caught": {"Type": "Succeed"}}}
    machine = states.create_state_machine(name=f"m-{do}", roleArn=ROLE, definition=json.dumps(definition))
    started = states.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps({"do": do}))

    def ended() -> Any:
        seen = states.describe_execution(executionArn=started["executionArn"])
        return seen if seen["status"] != "RUNNING" else None

    output = json.loads(wait_until("the execution ends", ended, within_s=5)["output"])

    assert output["Error"] == caught
    assert json.loads(output["Cause"])["errorType"] == caught
    states.close()


def test_invocations_of_one_worker_share_a_stream_when_logs_are_read(cloud: Cloud) -> None:
    logs = cloud.client("logs")
    cloud.invoke(do="mark-1")
    cloud.invoke(do="mark-2")

    found = logs.filter_log_events(logGroupName="/aws/lambda/pay", filterPattern="mark-")["events"]

    assert len(found) == 2
    assert len({event["logStreamName"] for event in found}) == 1
    logs.close()


def test_api_tells_502_without_details_when_the_function_fails(cloud: Cloud) -> None:
    gateway = cloud.client("apigateway")
    api = gateway.create_rest_api(name="api")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    place = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="NONE")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{cloud.arn}/invocations"
    gateway.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName="v1")
    url = f"{cloud.url}/restapis/{api}/v1/_user_request_/"
    cloud.awslambda.update_function_configuration(FunctionName="pay", Handler="app.missing")

    failed = httpx.get(url)
    cloud.awslambda.update_function_configuration(FunctionName="pay", Handler="app.handler")
    answered = httpx.get(url)

    assert (failed.status_code, failed.json()) == (502, {"message": "Internal server error"})
    assert (answered.status_code, answered.text) == (201, "made")
    gateway.close()


def test_result_is_a_throttle_for_states_when_no_worker_became_free() -> None:
    class Engine:
        @staticmethod
        def _throttle_response(reason_code: str, msg: str) -> dict[str, Any]:
            return {"throttle": True, "error": True, "body": {"Reason": reason_code, "message": msg}}

    class Spec:
        name, timeout_s = "pay", 3

    result = engine_plug._throttled(Engine, Spec)  # type: ignore[arg-type]

    assert result["body"]["Reason"] == "ConcurrentInvocationLimitExceeded"
    assert result["body"]["errorType"] == "Lambda.TooManyRequestsException"


def test_result_holds_error_and_log_when_the_outcome_does() -> None:
    outcome = Outcome(error={"errorType": "E"}, log="a\n", log_events=("a",), log_stream="s")

    result = engine_plug.result_of(outcome)

    assert result["error"] is True
    assert result["body"] == {"errorType": "E"}
    assert result["log_source"] == engine_plug.WorkerLog("s", ("a",))


def test_install_is_refused_when_the_engine_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = replace(engine_plug.EXECUTE, fingerprint="0" * 16)

    with pytest.raises(EngineMismatch, match="not what their mends were written against"):
        mends.verify((Mend("functions", (changed,), (), lambda: None),))
