"""An edge on a real port over services that do nothing, and boto3 clients of every AWS protocol to call it.

What the table of errors is made with, and what tests of errors on the wire use. The services behind the edge answer one
operation each, rightly and at once.
"""

import asyncio
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
import cbor2
import uvicorn
from botocore.config import Config

from harness.edge import Edge
from harness.edge.asgi import Receive, Scope, Send
from harness.edge.aws import refusal
from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.identify import Identifier
from harness.edge.serving import config_for, listener
from harness.edge.upstream import read_body
from harness.waiting import wait_until

ACCOUNT = "000000000000"
BATCH = {"Ledger": [{"PutRequest": {"Item": {"ID": {"S": name}}}} for name in ("a", "b")]}
EVENTS = [{"Source": "s", "DetailType": name, "Detail": "{}"} for name in ("a", "b")]
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_IDS = "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"


@dataclass(frozen=True)
class Sample:
    """One operation of one protocol: how boto3 makes it, an error that it models, and the answer when all is well."""

    protocol: str
    service: str
    signing: str
    operation: str
    ask: Callable[[Any], Any]
    error: str
    body: bytes
    content_type: str
    speaks: str = ""  # botocore's name of the protocol, where boto3 would choose another
    batch: bool = False  # whether the operation can be left half done

    def client(self, url: str, *, attempts: int = 1, read_timeout_s: float = 10.0) -> Any:
        """Return a boto3 client of this protocol."""
        return client_of(self.service, url, attempts=attempts, read_timeout_s=read_timeout_s, protocol=self.speaks)


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "JSON 1.0",
        "dynamodb",
        "dynamodb",
        "GetItem",
        lambda client: client.get_item(TableName="Ledger", Key={"ID": {"S": "a"}}),
        "ProvisionedThroughputExceededException",
        b'{"Item":{"ID":{"S":"a"}}}',
        "application/x-amz-json-1.0",
    ),
    Sample(
        "JSON 1.1",
        "secretsmanager",
        "secretsmanager",
        "GetSecretValue",
        lambda client: client.get_secret_value(SecretId="key"),
        "ResourceNotFoundException",
        b'{"Name":"key","SecretString":"not one"}',
        "application/x-amz-json-1.1",
    ),
    Sample(
        "query",
        "sns",
        "sns",
        "Publish",
        lambda client: client.publish(TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:t", Message="m"),
        "NotFoundException",
        (
            f'{_XML}<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
            f"<PublishResult><MessageId>m-1</MessageId></PublishResult>{_IDS}</PublishResponse>"
        ).encode(),
        "text/xml",
    ),
    Sample(
        "EC2 query",
        "ec2",
        "ec2",
        "DescribeVpcs",
        lambda client: client.describe_vpcs(),
        "",  # EC2 models none
        f"{_XML}<DescribeVpcsResponse><requestId>r</requestId><vpcSet/></DescribeVpcsResponse>".encode(),
        "text/xml;charset=UTF-8",
    ),
    Sample(
        "REST-JSON",
        "lambda",
        "lambda",
        "GetFunctionConfiguration",
        lambda client: client.get_function_configuration(FunctionName="f"),
        "TooManyRequestsException",
        b'{"FunctionName":"f","Runtime":"python3.12"}',
        "application/json",
    ),
    Sample(
        "REST-XML",
        "s3",
        "s3",
        "ListObjectsV2",
        lambda client: client.list_objects_v2(Bucket="bucket"),
        "NoSuchBucket",
        f"{_XML}<ListBucketResult><Name>bucket</Name><KeyCount>0</KeyCount></ListBucketResult>".encode(),
        "application/xml",
    ),
    Sample(
        "RPC v2 CBOR",
        "cloudwatch",
        "monitoring",
        "DescribeAlarms",
        lambda client: client.describe_alarms(),
        "InvalidNextToken",
        cbor2.dumps({"MetricAlarms": []}),
        "application/cbor",
        "smithy-rpc-v2-cbor",
    ),
)
BY_PROTOCOL = {sample.protocol: sample for sample in SAMPLES}
OTHER_ANSWERS = {
    "DescribeTable": b'{"Table":{"KeySchema":[{"AttributeName":"ID","KeyType":"HASH"}]}}',
    "BatchWriteItem": b'{"UnprocessedItems":{}}',
    "PutEvents": b'{"FailedEntryCount":0,"Entries":[{"EventId":"e-1"}]}',
}


class Services:
    """The upstream: answers each sample's operation, and counts the calls that reached it."""

    def __init__(self) -> None:
        self.reached = 0
        self._identifier = Identifier(lambda _: ACCOUNT, "us-east-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await read_body(receive)
        call = Call(scope, receive, b"")
        self._identifier.mark(call)
        other = OTHER_ANSWERS.get(call.operation)
        # The edge itself asks for the keys of tables: that is no call of a client.
        self.reached += call.operation != "DescribeTable"
        sample = next((sample for sample in SAMPLES if sample.signing == call.service), BY_PROTOCOL["JSON 1.1"])
        body = sample.body if other is None else other
        headers = [(b"content-type", sample.content_type.encode()), (b"content-length", b"%d" % len(body))]
        if sample.service == "dynamodb":
            headers.append((b"x-amz-crc32", b"%d" % zlib.crc32(body)))
        if sample.service == "cloudwatch":
            headers.append((b"smithy-protocol", b"rpc-v2-cbor"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Stand:
    """The controls of a target without workers, which says that it killed whom it was asked to."""

    def describe(self) -> Mapping[str, object]:
        """Return what runs here."""
        return {"target": "none"}

    def account_of(self, access_key: str) -> str:  # noqa: ARG002 (one account for all)
        """Return the account behind an access key."""
        return ACCOUNT

    def functions(self) -> Sequence[Mapping[str, object]]:
        """Return the workers."""
        return []

    def kill_function(self, name: str) -> int:  # noqa: ARG002
        """Kill nobody."""
        return 0

    def kill_invocation(self, request_id: str) -> bool:
        """Say that the worker of an invocation was killed."""
        return bool(request_id)

    async def reset(self, namespace: Namespace | None = None) -> None:
        """Forget nothing: there is nothing."""


class Refuser(Room):
    """Refuses every call with the error that it holds."""

    def __init__(self) -> None:
        self.code = "InternalFailure"
        self.message = "no"
        self.status: int | None = None
        self.fields: Mapping[str, object] = {}

    async def handle(self, call: Call, proceed: Proceed) -> Answer:  # noqa: ARG002 (nothing passes)
        """Refuse a call."""
        return refusal(call, self.code, self.message, self.status, self.fields)


@contextmanager
def served(edge: Edge) -> Iterator[str]:
    """Serve an edge in a thread of its own while the block runs; yield its URL."""
    with listener(0) as bound:
        server = uvicorn.Server(config_for(edge, lifespan=False))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[bound])), daemon=True)
        thread.start()
        try:
            wait_until("the edge", lambda: server.started, within_s=10)
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def client_of(service: str, url: str, *, attempts: int = 1, read_timeout_s: float = 10.0, protocol: str = "") -> Any:
    """Return a boto3 client that sends what it is told to, valid or not.

    `protocol` (botocore's name) makes it speak another than boto3 would choose: other SDKs talk CBOR to CloudWatch.
    """
    session: Any = boto3  # whose default session keeps what it read of the models
    if protocol:
        own = botocore.session.Session()
        # The session's own copy of the model: its loader gives this one from now on.
        own.get_component("data_loader").load_service_model(service, "service-2")["metadata"]["protocols"] = [protocol]
        session = boto3.Session(botocore_session=own)
    return session.client(
        service,
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 (the emulators' own)
        config=Config(
            parameter_validation=False,
            read_timeout=read_timeout_s,
            retries={"mode": "standard", "total_max_attempts": attempts},
            s3={"addressing_style": "path"},
        ),
    )
