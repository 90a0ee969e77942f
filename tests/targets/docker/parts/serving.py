"""Starts the parts in a process of their own and speaks AWS to them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from harness.ids import new_token
from harness.waiting import wait_until

ENDS_WITHIN_S = 10
ACCOUNT = "000000000000"
ROOT = Path(__file__).parents[4]


@dataclass
class Served:
    """A running edge over the parts; `left` is what it told of itself after its end."""

    url: str
    http: httpx.Client
    left: dict[str, Any] = field(default_factory=dict)
    _clients: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def client(self, service: str, *, account: str = "ASIAQAAAAAAAD2OH2OPE", region: str = "us-east-1") -> Any:
        """Return a boto3 client; the account's key is one of those that functions get unless an account is named."""
        known = self._clients.get((service, account, region))
        if known is None:
            known = self._clients[service, account, region] = boto3.client(  # type: ignore[call-overload]
                service,
                endpoint_url=self.url,
                region_name=region,
                aws_access_key_id=account,
                aws_secret_access_key="secret",
                config=Config(retries={"total_max_attempts": 1}, max_pool_connections=16),
            )
        return known

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Make a plain HTTP request."""
        return self.http.request(method, self.url + path, **options)

    def told(self) -> dict[str, Any]:
        """Return the scripted functions' last invocations."""
        answer = self.client("lambda").invoke(FunctionName="told")
        told: dict[str, Any] = json.load(answer["Payload"])
        return told

    def invocations(self, marked: str) -> list[dict[str, Any]]:
        """Return the invocations whose event has `marked` somewhere."""
        return [one for one in self.told()["invocations"] if marked in json.dumps(one["event"])]

    def stack(self, name: str, template: dict[str, Any] | str, **arguments: Any) -> dict[str, str]:
        """Create a stack, wait for it, and return its outputs; it must succeed."""
        stacks = self.client("cloudformation")
        given = {"TemplateURL": template} if isinstance(template, str) else {"TemplateBody": json.dumps(template)}
        stacks.create_stack(StackName=name, **given, **arguments)
        return self.outputs(name)

    def outputs(self, name: str) -> dict[str, str]:
        """Wait until nothing changes a stack and return its outputs; its operation must have succeeded."""
        stacks = self.client("cloudformation")

        def settled() -> Any:
            stack = stacks.describe_stacks(StackName=name)["Stacks"][0]
            return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

        stack = wait_until(f"stack {name} is settled", settled, within_s=10)
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack
        return {row["OutputKey"]: row["OutputValue"] for row in stack.get("Outputs", [])}


class Api:
    """An HTTP API whose routes `GET /<function>` lead to functions; those of `guarded` pass the function `guard`."""

    def __init__(
        self, served: Served, *functions: str, guarded: tuple[str, ...] = (), account: str = ACCOUNT, **settings: Any
    ) -> None:
        self._served, self._account = served, account
        self._apis = served.client("apigatewayv2", account=account)
        self.id = self._apis.create_api(Name=f"api-{new_token()}", ProtocolType="HTTP", **settings)["ApiId"]
        self._apis.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        for name in functions:
            self._apis.create_route(ApiId=self.id, RouteKey=f"GET /{name}", Target=self.target(name))
        for name in guarded:
            self._apis.create_route(
                ApiId=self.id,
                RouteKey=f"GET /guarded/{name}",
                Target=self.target(name),
                AuthorizationType="CUSTOM",
                AuthorizerId=self._guard(),
            )

    def target(self, name: str) -> str:
        """Return a new integration with a function, as the target of a route."""
        made = self._apis.create_integration(
            ApiId=self.id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=function_arn(name, self._account),
            PayloadFormatVersion="2.0",
        )
        return f"integrations/{made['IntegrationId']}"

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask by the path that a front door asks by."""
        return self.ask("GET", path, **options)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._served.ask(method, f"/restapis/{self.id}/$default/_user_request_{path}", **options)

    def _guard(self) -> str:
        guard: str = self._apis.create_authorizer(
            ApiId=self.id,
            Name=f"guard-{new_token()}",
            AuthorizerType="REQUEST",
            AuthorizerUri=invocation_uri(function_arn("guard", self._account)),
            AuthorizerPayloadFormatVersion="2.0",
            EnableSimpleResponses=True,
            IdentitySource=["$request.header.x-api-key"],
        )["AuthorizerId"]
        return guard


def function_arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:lambda:us-east-1:{account}:function:{name}"


def invocation_uri(arn: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


@contextmanager
def serving(directory: Path, *, cloud: str = "", within_s: float = 20.0) -> Iterator[Served]:
    """Serve the parts with scripted functions, or with another cloud's; each answer is waited for `within_s`.

    The process must end well.
    """
    log = directory.with_suffix(".log")
    with log.open("wb") as log_stream:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.targets.docker.parts.serve_parts",
                "--directory",
                directory,
                "--cloud",
                cloud,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_stream,
            cwd=ROOT,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip().decode()
        assert port, f"the parts did not start:\n{log.read_text()}"
        with httpx.Client(timeout=within_s, limits=httpx.Limits(max_connections=None)) as http:
            served = Served(f"http://127.0.0.1:{port}", http)
            yield served
        process.stdin.close()  # the process ends with its standard input
        process.wait(ENDS_WITHIN_S)
        served.left = json.loads(process.stdout.readline() or "{}")
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
