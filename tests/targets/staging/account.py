"""An AWS account by fakes: who calls, what the account holds, and a gateway that says what it is told to."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from harness.targets.staging.identity import AMAZONS, Identity

ACCOUNT, REGION = "111122223333", "eu-central-1"
AT_AWS = ("https://sts.eu-central-1.amazonaws.com", "https://dynamodb.eu-central-1.amazonaws.com")
LISTED = {"REHEARSAL_STAGING_ACCOUNTS": f"{ACCOUNT}:{REGION}"}
BEGAN = datetime(2026, 11, 21, 12, tzinfo=UTC)


def caller(account: str = ACCOUNT, arn: str = "", *, endpoints: tuple[str, ...] = AT_AWS, keys: str = AMAZONS) -> Any:
    """Return who is behind the credentials, whatever is asked."""

    def who(_region: str, _endpoint_url: str) -> Identity:
        return Identity(account, arn or f"arn:aws:iam::{account}:user/tester", endpoints, keys)

    return who


class Refused(Exception):
    """What an SDK raises when a service says no."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


@dataclass
class Account:
    """What an account holds; `refuses` names operations that its policies forbid."""

    aliases: list[str] = field(default_factory=list)
    name: str = "sandbox"
    stacks: list[dict[str, Any]] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    tags: list[tuple[str, str, str]] = field(default_factory=list)  # ARN, key, value
    buckets: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)

    def client(self, _service: str) -> "Account":
        return self

    def get_paginator(self, operation: str) -> "Pages":
        return Pages(self, operation)

    def answer(self, operation: str, **asked: Any) -> dict[str, Any]:
        if operation in self.refuses:
            raise Refused(self.refuses[operation])
        answers: dict[str, Any] = {
            "list_account_aliases": lambda: {"AccountAliases": self.aliases},
            "describe_account": lambda: {"Account": {"Name": self.name}},
            "list_tags_for_resource": lambda: {"Tags": []},
            "describe_stacks": lambda: {"Stacks": self.stacks},
            "list_stack_resources": lambda: {
                "StackResourceSummaries": [{"ResourceType": "AWS::CloudWatch::Alarm"}] * 10
            },
            "list_tables": lambda: {"TableNames": self.tables},
            "list_functions": lambda: {"Functions": [{"FunctionName": name} for name in self.functions]},
            "get_resources": lambda: {"ResourceTagMappingList": list(self._tagged(asked["TagFilters"]))},
            "list_buckets": lambda: {"Buckets": [{"Name": name, "CreationDate": BEGAN} for name in self.buckets]},
        }
        found: dict[str, Any] = answers[operation]()
        return found

    def _tagged(self, filters: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for arn, key, value in self.tags:
            if all(key == one["Key"] and value in one.get("Values", [value]) for one in filters):
                yield {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value}]}

    def __getattr__(self, operation: str) -> Any:
        return lambda **asked: self.answer(operation, **asked)


@dataclass(frozen=True)
class Pages:
    """One page of everything."""

    account: Account
    operation: str

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        yield self.account.answer(self.operation, **asked)


def stack(name: str, *, tags: Mapping[str, str] | None = None, protected: bool = False) -> dict[str, Any]:
    """Return a stack as CloudFormation describes it."""
    return {
        "StackName": name,
        "StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/1",
        "StackStatus": "CREATE_COMPLETE",
        "CreationTime": BEGAN,
        "EnableTerminationProtection": protected,
        "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
    }


@contextmanager
def gateway_that_says(health: object, about: object) -> Iterator[str]:
    """Give the address of a gateway with these two answers."""

    class Face(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(health if self.path == "/health" else about).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Face)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
