"""The endpoint that is examined, as nothing but an AWS SDK sees it.

Calls are made once: an SDK's retries would hide what is looked for. Every call is bounded in time. What an endpoint
says when it lacks a service or an operation differs from emulator to emulator; all the known ways are read here.
"""

import json
import socket
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from harness.doctor.probe import Absent
from harness.errors import EnvironmentNotRunning, SettingInvalid
from harness.ids import new_token

# What emulators take; a real account needs keys of its own.
DUMMY_KEY = "test"
DUMMY_ACCOUNT = "000000000000"
_ROLE_IS_FOR = ["lambda.amazonaws.com", "states.amazonaws.com"]
CONNECT_WITHIN_S = 3.0
ANSWER_WITHIN_S = 15.0
_CONNECTIONS_MAX = 32
_ABSENT_CODES = frozenset(
    {
        "UnknownOperationException",  # DynamoDB Local, ministack
        "UnknownOperation",
        "UnknownService",
        "InvalidAction",
        "NotImplemented",
        "NotImplementedError",
        "UnsupportedOperation",
        "UnsupportedOperationException",
        "MissingAuthenticationToken",  # DynamoDB Local, of a service other than its own
    }
)
FORBIDDEN = 403
_ABSENT_STATUSES = frozenset({404, 405, 501})
# What every service that is there answers, by boto3's name of the service. Emulators refuse it in many ways otherwise.
_GREETINGS = {
    "apigateway": "get_rest_apis",
    "apigatewayv2": "get_apis",
    "cloudwatch": "describe_alarms",
    "dynamodb": "list_tables",
    "dynamodbstreams": "list_streams",
    "iam": "list_roles",
    "lambda": "list_functions",
    "logs": "describe_log_groups",
    "s3": "list_buckets",
    "sns": "list_topics",
    "sqs": "list_queues",
    "stepfunctions": "list_state_machines",
    "sts": "get_caller_identity",
}


class Patient:
    """One endpoint. Safe for threads; clients are made once a service."""

    def __init__(
        self,
        endpoint_url: str,
        *,
        region: str = "us-east-1",
        access_key: str = DUMMY_KEY,
        secret_key: str = DUMMY_KEY,
        role_arn: str = "",
    ) -> None:
        """Take an endpoint. Without `role_arn` a role is made for functions and state machines while it is needed."""
        parts = urlsplit(endpoint_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingInvalid(f"endpoint {endpoint_url!r} is no URL, expected such as http://127.0.0.1:4566")
        self.endpoint_url = endpoint_url.rstrip("/")
        self.region = region
        self._role_arn = role_arn
        self._address = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        self._keys: dict[str, Any] = {"aws_access_key_id": access_key, "aws_secret_access_key": secret_key}
        self._session: Any = None
        self._clients: dict[str, Any] = {}
        self._lacks: dict[str, str] = {}
        self._making = threading.Lock()  # a boto3 session is not safe for threads, the clients that it makes are
        self._asking = threading.Lock()
        self._hiring = threading.Lock()
        self._own_role = ""

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service; raises Absent when the endpoint does not have the service at all."""
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            client = self._clients[service]
        with self._asking:
            if service not in self._lacks:
                self._lacks[service] = _lack_of(client, service)
        if self._lacks[service]:
            raise Absent(f"no {service}: {self._lacks[service]}")
        return client

    def fresh_client(self, service: str) -> Any:
        """Return a boto3 client that nobody else has, to be bent."""
        with self._making:
            return self._made(service)

    def _made(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        if self._session is None:
            self._session = boto3.Session(region_name=self.region, **self._keys)
        config = Config(
            connect_timeout=CONNECT_WITHIN_S,
            read_timeout=ANSWER_WITHIN_S,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},  # emulators have no names for buckets; AWS takes both
            max_pool_connections=_CONNECTIONS_MAX,
        )
        return self._session.client(service, endpoint_url=self.endpoint_url, config=config)

    @property
    def role_arn(self) -> str:
        """A role that functions and state machines may have."""
        with self._hiring:
            if not self._role_arn:
                self._role_arn = self._made_role()
            return self._role_arn

    def discharge(self) -> None:
        """Remove what was made for all probes together."""
        from botocore.exceptions import BotoCoreError, ClientError

        if self._own_role:
            with suppress(ClientError, BotoCoreError):  # an endpoint that is gone has no role left either
                self.client("iam").delete_role(RoleName=self._own_role)
            self._own_role = self._role_arn = ""

    def _made_role(self) -> str:
        name = f"doctor-role-{new_token()}"
        try:
            trust = {"Effect": "Allow", "Principal": {"Service": _ROLE_IS_FOR}, "Action": "sts:AssumeRole"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            made = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)
        except Absent:
            return f"arn:aws:iam::{DUMMY_ACCOUNT}:role/{name}"
        self._own_role = name
        return str(made["Role"]["Arn"])

    def must_answer(self) -> None:
        """Raise EnvironmentNotRunning when nobody listens at the endpoint."""
        try:
            socket.create_connection(self._address, timeout=CONNECT_WITHIN_S).close()
        except OSError as problem:
            raise EnvironmentNotRunning(
                f"nobody answers at {self.endpoint_url}", evidence={"seen": problem}, remedy="start it, or name another"
            ) from None

    def ask_edge(self, method: str, path: str, document: object = None) -> Any:
        """Ask the admin endpoints of an edge; None when there is none, or when it does not know the path."""
        data = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            f"{self.endpoint_url}/_rehearsal/{path}",
            method=method,
            data=data,
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310
                return json.loads(answer.read() or b"{}")
        except (urllib.error.HTTPError, ValueError):
            return None


def _lack_of(client: Any, service: str) -> str:
    """Return how an endpoint said that it has no such service, "" when it has it."""
    from botocore.exceptions import ClientError
    from botocore.parsers import ResponseParserError

    name = _GREETINGS[service]
    try:
        getattr(client, name)()
    except ClientError as refused:
        status = refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        code = str(refused.response.get("Error", {}).get("Code", ""))
        if status == FORBIDDEN:  # it is there, and not for these keys
            return ""
        return f"{refused.operation_name} was answered with {status} {'' if code == str(status) else code}".rstrip()
    except ResponseParserError:
        return f"{name} was answered with what AWS never answers"
    return ""


def lack_told_by(problem: BaseException) -> str:
    """Return how an endpoint said that it lacks what it was asked for, "" when it said something else."""
    from botocore.exceptions import ClientError
    from botocore.parsers import ResponseParserError

    if isinstance(problem, ResponseParserError):
        return "its answer is none of AWS's"
    if not isinstance(problem, ClientError):
        return ""
    code = str(problem.response.get("Error", {}).get("Code", ""))
    status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    unnamed = code.isdigit() or not code or code in ("Unknown", "InternalFailure")
    if code in _ABSENT_CODES or (unnamed and status in _ABSENT_STATUSES):
        return f"{problem.operation_name} was answered with {status} {code}".rstrip()
    return ""
