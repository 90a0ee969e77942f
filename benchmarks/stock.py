"""The peer: the same engine as it comes, in a process of its own, with five empty functions in a row."""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.load import Timing, run_clients
from harness.targets.embedded.engine import NO_DOCKER
from harness.targets.environment import Environment
from harness.targets.ports import free_ports
from harness.waiting import wait_until

STATES = 5
_HANDLER = "def handler(event, context):\n    print('done')\n    return event\n"
_ROLE = "arn:aws:iam::000000000000:role/benchmark"


@contextmanager
def stock_engine() -> Iterator[Environment]:
    """Serve the engine without the edge, the mends and the function pool."""
    port = free_ports().aws
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "GATEWAY_PORT": str(port),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "DOCKER_HOST": NO_DOCKER,
            "LOG_LEVEL": "WARNING",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "TMPDIR": folder,
        }
        command = [sys.executable, "-m", "uvicorn", "ministack.app:app", "--port", str(port)]
        process = subprocess.Popen(
            [*command, "--log-level", "warning", "--no-access-log"],
            env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            wait_until("the stock engine", lambda: _healthy(port), within_s=30)
            yield _environment(port)
        finally:
            os.killpg(process.pid, 9)
            process.wait()


def five_empty_functions(environment: Environment, clients: int, each: int) -> Timing:
    """Return the timing of a STANDARD machine of five tasks whose functions do nothing, as its caller sees it."""
    arn = _machine(environment)
    states = environment.client("stepfunctions")

    def make_operation(_: int) -> Any:
        def run(_: int) -> None:
            execution = states.start_execution(stateMachineArn=arn, input="{}")["executionArn"]
            while (status := states.describe_execution(executionArn=execution)["status"]) == "RUNNING":
                time.sleep(0.002)
            if status != "SUCCEEDED":
                raise RuntimeError(f"execution ended {status}")

        return run

    run_clients(1, 3, make_operation)
    return run_clients(clients, each, make_operation)


def _machine(environment: Environment) -> str:
    functions = environment.client("lambda")
    arns = []
    for number in range(STATES):
        name = f"empty-{number}"
        try:
            arns.append(functions.get_function(FunctionName=name)["Configuration"]["FunctionArn"])
        except functions.exceptions.ResourceNotFoundException:
            made = functions.create_function(
                FunctionName=name, Runtime="python3.12", Role=_ROLE, Handler="app.handler", Code={"ZipFile": _archive()}
            )
            arns.append(made["FunctionArn"])
    definition = {"StartAt": "S0", "States": {}}
    for number, arn in enumerate(arns):
        after = {"End": True} if number == STATES - 1 else {"Next": f"S{number + 1}"}
        definition["States"][f"S{number}"] = {"Type": "Task", "Resource": arn, **after}  # type: ignore[index]
    machine = environment.client("stepfunctions").create_state_machine(
        name="five-empty-functions", definition=json.dumps(definition), roleArn=_ROLE
    )
    return str(machine["stateMachineArn"])


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", _HANDLER)
    return buffer.getvalue()


def _environment(port: int) -> Environment:
    from pathlib import Path

    url = f"http://127.0.0.1:{port}"
    return Environment("stock", "stock", url, "", Path())


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
