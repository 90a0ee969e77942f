"""The reader tells operation, resource and key of what boto3 really sends."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
import orjson
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.edge.aws import Reader, operations_of
from harness.edge.aws.models import model_of
from harness.edge.aws.services import models_behind
from harness.edge.call import Answer, Call, Namespace, Target
from harness.edge.identify import Identifier
from harness.edge.tables import Tables

NAMESPACE = Namespace("000000000000", "us-east-1")
SCHEMAS = {
    "Wallets": [{"AttributeName": "UserID", "KeyType": "HASH"}],
    "Ledger": [{"AttributeName": "SK", "KeyType": "RANGE"}, {"AttributeName": "PK", "KeyType": "HASH"}],
}


class Upstream:
    """Describes the tables above, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, call: Call) -> Answer:
        table = call.document["TableName"]
        self.asked.append(table)
        if table not in SCHEMAS:
            return Answer(400, [], orjson.dumps({"__type": "x#ResourceNotFoundException", "message": "no table"}))
        return Answer(200, [], orjson.dumps({"Table": {"KeySchema": SCHEMAS[table]}}))


async def _nobody() -> Any:
    return {"type": "http.disconnect"}


def sent(service: str, action: Callable[[Any], object], **config: Any) -> Call:
    """Return the call that a boto3 client sends when `action` uses it."""
    client = boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=config.pop("endpoint_url", "http://127.0.0.1:1"),
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, **config),
    )
    requests: list[Any] = []

    def keep(request: Any, **_: Any) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 500, {}, _Empty())  # type: ignore[arg-type,no-untyped-call]

    client.meta.events.register("before-send", keep)
    with pytest.raises(client.exceptions.ClientError):
        action(client)
    return as_call(requests[0])


class _Empty:
    def stream(self) -> list[bytes]:
        return []


def as_call(request: Any) -> Call:
    url = urlsplit(request.url)
    headers = [(b"host", url.netloc.encode())]
    for name, value in request.headers.items():
        headers.append((name.lower().encode(), value if isinstance(value, bytes) else value.encode()))
    body = request.body.read() if hasattr(request.body, "read") else request.body or b""
    scope = {
        "type": "http",
        "method": request.method,
        "path": url.path or "/",
        "raw_path": (url.path or "/").encode(),
        "query_string": url.query.encode(),
        "headers": headers,
    }
    return Call(scope, _nobody, body.encode() if isinstance(body, str) else bytes(body))


def read(call: Call, upstream: Upstream | None = None) -> Call:
    """Return the call as it passes on after the identifier and the reader."""
    Identifier(lambda _: "000000000000", "us-east-1").mark(call)
    asyncio.run(Reader(Tables(upstream or Upstream())).read(call))
    return call


S = {"S": "user-1"}
ITEM = {"PK": S, "SK": {"S": "e#1"}, "amount": {"N": "5"}}
KEY = {"SK": {"S": "e#1"}, "PK": S}
LEDGER = "arn:aws:dynamodb:us-east-1:000000000000:table/Ledger"
A, B = Target("Ledger", "PK=user-1,SK=e#1"), Target("Wallets", "UserID=user-1")

DYNAMODB: dict[str, tuple[Callable[[Any], object], tuple[Target, ...]]] = {
    "GetItem": (lambda c: c.get_item(TableName="Ledger", Key=KEY), (A,)),
    "GetItem by ARN": (lambda c: c.get_item(TableName=LEDGER, Key=KEY), (A,)),
    "PutItem": (lambda c: c.put_item(TableName="Ledger", Item=ITEM), (A,)),
    "PutItem without its key": (lambda c: c.put_item(TableName="Ledger", Item={"PK": S}), (Target("Ledger"),)),
    "UpdateItem": (lambda c: c.update_item(TableName="Wallets", Key={"UserID": S}), (B,)),
    "DeleteItem": (lambda c: c.delete_item(TableName="Wallets", Key={"UserID": S}), (B,)),
    "BatchGetItem": (
        lambda c: c.batch_get_item(RequestItems={"Ledger": {"Keys": [KEY]}, "Wallets": {"Keys": [{"UserID": S}]}}),
        (A, B),
    ),
    "BatchWriteItem": (
        lambda c: c.batch_write_item(
            RequestItems={
                "Ledger": [{"PutRequest": {"Item": ITEM}}],
                "Wallets": [{"DeleteRequest": {"Key": {"UserID": S}}}],
            }
        ),
        (A, B),
    ),
    "TransactWriteItems": (
        lambda c: c.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "Ledger", "Item": ITEM}},
                {"Update": {"TableName": "Wallets", "Key": {"UserID": S}}},
                {"ConditionCheck": {"TableName": "Wallets", "Key": {"UserID": S}}},
                {"Delete": {"TableName": "Ledger", "Key": KEY}},
            ]
        ),
        (A, B, B, A),
    ),
    "TransactGetItems": (
        lambda c: c.transact_get_items(TransactItems=[{"Get": {"TableName": "Ledger", "Key": KEY}}]),
        (A,),
    ),
    "Query": (
        lambda c: c.query(
            TableName="Ledger",
            KeyConditionExpression="begins_with(SK, :s) AND #pk = :p",
            ExpressionAttributeNames={"#pk": "PK"},
            ExpressionAttributeValues={":s": {"S": "e#"}, ":p": S},
        ),
        (Target("Ledger", "PK=user-1"),),
    ),
    "Query of one item": (
        lambda c: c.query(
            TableName="Ledger",
            KeyConditionExpression="SK = :s AND :p = PK",
            ExpressionAttributeValues={":s": {"S": "e#1"}, ":p": S},
        ),
        (A,),
    ),
    "Query up to a sort key": (
        lambda c: c.query(
            TableName="Ledger",
            KeyConditionExpression="PK = :p AND SK <= :s",
            ExpressionAttributeValues={":s": {"S": "e#1"}, ":p": S},
        ),
        (Target("Ledger", "PK=user-1"),),
    ),
    "Query of an index": (
        lambda c: c.query(
            TableName="Ledger",
            IndexName="ByStatus",
            KeyConditionExpression="#s = :s AND at > :a",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":s": {"S": "OPEN"}, ":a": {"N": "1"}},
        ),
        (Target("Ledger", "status=OPEN"),),
    ),
    "Query the old way": (
        lambda c: c.query(
            TableName="Ledger",
            KeyConditions={
                "PK": {"ComparisonOperator": "EQ", "AttributeValueList": [S]},
                "SK": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [S]},
            },
        ),
        (Target("Ledger", "PK=user-1"),),
    ),
    "Scan": (lambda c: c.scan(TableName="Ledger"), (Target("Ledger"),)),
    "ExecuteStatement SELECT": (
        lambda c: c.execute_statement(
            Statement="""SELECT * FROM "Ledger"."ByX" WHERE SK = 'e#1' AND "PK" = ? AND amount > 3""", Parameters=[S]
        ),
        (A,),
    ),
    "ExecuteStatement with OR": (
        lambda c: c.execute_statement(Statement="SELECT * FROM Ledger WHERE PK = ? OR PK = 'b'", Parameters=[S]),
        (Target("Ledger"),),
    ),
    "ExecuteStatement UPDATE": (
        lambda c: c.execute_statement(
            Statement='UPDATE "Ledger" SET note = ? SET other = 2 WHERE PK = ? AND SK = ?',
            Parameters=[{"S": "n"}, S, {"S": "e#1"}],
        ),
        (A,),
    ),
    "BatchExecuteStatement": (
        lambda c: c.batch_execute_statement(
            Statements=[
                {"Statement": "INSERT INTO Ledger VALUE {'PK': ?, 'SK': 'e#1', 'm': {'PK': 'x'}}", "Parameters": [S]},
                {"Statement": "DELETE FROM Wallets WHERE UserID = 'user-1'"},
            ]
        ),
        (A, B),
    ),
    "ExecuteTransaction": (
        lambda c: c.execute_transaction(
            TransactStatements=[{"Statement": "UPDATE Wallets SET a = 1 WHERE UserID = ?", "Parameters": [S]}]
        ),
        (B,),
    ),
    "RestoreTableToPointInTime": (
        lambda c: c.restore_table_to_point_in_time(SourceTableName="Ledger", TargetTableName="Copy"),
        (Target("Ledger"), Target("Copy")),
    ),
    "DescribeBackup": (lambda c: c.describe_backup(BackupArn=f"{LEDGER}/backup/01"), (Target("Ledger"),)),
    "TagResource": (lambda c: c.tag_resource(ResourceArn=LEDGER, Tags=[]), (Target("Ledger"),)),
    "ListTables": (lambda c: c.list_tables(), ()),
}


@pytest.mark.parametrize("case", DYNAMODB)
def test_tables_and_keys_are_told_when_boto3_calls_dynamodb(case: str) -> None:
    action, expected = DYNAMODB[case]

    call = read(sent("dynamodb", action))

    assert call.operation == case.partition(" ")[0]
    assert call.targets == expected


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:000000000000:{resource}"


MACHINE, EXECUTION = arn("states", "stateMachine:Payments"), arn("states", "execution:Payments:pay-1")
OTHERS: list[tuple[str, str, Callable[[Any], object], tuple[Target, ...]]] = [
    (
        "stepfunctions",
        "StartExecution",
        lambda c: c.start_execution(stateMachineArn=MACHINE, name="pay-1"),
        (Target("Payments", "name=pay-1"),),
    ),
    (
        "stepfunctions",
        "StartExecution",
        lambda c: c.start_execution(stateMachineArn=f"{MACHINE}:live"),
        (Target("Payments"),),
    ),
    (
        "stepfunctions",
        "DescribeExecution",
        lambda c: c.describe_execution(executionArn=EXECUTION),
        (Target("Payments", "name=pay-1"),),
    ),
    ("stepfunctions", "SendTaskSuccess", lambda c: c.send_task_success(taskToken="t", output="{}"), ()),
    ("lambda", "Invoke", lambda c: c.invoke(FunctionName="wallet", Payload=b"{}"), (Target("wallet"),)),
    (
        "lambda",
        "GetFunction",
        lambda c: c.get_function(FunctionName=arn("lambda", "function:wallet:live")),
        (Target("wallet"),),
    ),
    ("lambda", "ListFunctions", lambda c: c.list_functions(), ()),
    ("lambda", "CreateFunction", lambda c: c.create_function(FunctionName="wallet"), (Target("wallet"),)),
    (
        "sqs",
        "SendMessage",
        lambda c: c.send_message(
            QueueUrl="http://localhost:4566/000000000000/refunds.fifo", MessageBody="x", MessageGroupId="u-1"
        ),
        (Target("refunds.fifo", "MessageGroupId=u-1"),),
    ),
    ("sqs", "CreateQueue", lambda c: c.create_queue(QueueName="refunds"), (Target("refunds"),)),
    ("sns", "Publish", lambda c: c.publish(TopicArn=arn("sns", "alerts"), Message="x"), (Target("alerts"),)),
    (
        "s3",
        "PutObject",
        lambda c: c.put_object(Bucket="b-1", Key="a/b c.json", Body=b"x"),
        (Target("b-1", "Key=a/b c.json"),),
    ),
    ("s3", "GetObject", lambda c: c.get_object(Bucket="b-1", Key="dir/"), (Target("b-1", "Key=dir/"),)),
    ("s3", "ListObjectsV2", lambda c: c.list_objects_v2(Bucket="b-1"), (Target("b-1"),)),
    ("s3", "CopyObject", lambda c: c.copy_object(Bucket="b-1", Key="k", CopySource="b-2/k"), (Target("b-1", "Key=k"),)),
    (
        "s3",
        "UploadPart",
        lambda c: c.upload_part(Bucket="b-1", Key="k", UploadId="u", PartNumber=1, Body=b"x"),
        (Target("b-1", "Key=k"),),
    ),
    ("s3", "ListBuckets", lambda c: c.list_buckets(), ()),
    (
        "s3",
        "GetBucketLifecycleConfiguration",
        lambda c: c.get_bucket_lifecycle_configuration(Bucket="b-1"),
        (Target("b-1"),),
    ),
    (
        "secretsmanager",
        "GetSecretValue",
        lambda c: c.get_secret_value(SecretId=arn("secretsmanager", "secret:gateway/key-a1B2c3")),
        (Target("gateway/key"),),
    ),
    (
        "logs",
        "PutLogEvents",
        lambda c: c.put_log_events(logGroupName="/aws/lambda/w", logStreamName="s", logEvents=[]),
        (Target("/aws/lambda/w", "logStreamName=s"),),
    ),
    (
        "kinesis",
        "PutRecords",
        lambda c: c.put_records(StreamARN=arn("kinesis", "stream/s-1"), Records=[{"Data": b"x", "PartitionKey": "p"}]),
        (Target("s-1", "PartitionKey=p"),),
    ),
    (
        "events",
        "PutEvents",
        lambda c: c.put_events(Entries=[{"DetailType": "Paid", "EventBusName": arn("events", "event-bus/main")}]),
        (Target("main", "DetailType=Paid"),),
    ),
    ("events", "PutRule", lambda c: c.put_rule(Name="nightly"), (Target("nightly"),)),
    (
        "cloudformation",
        "DescribeStacks",
        lambda c: c.describe_stacks(StackName=arn("cloudformation", "stack/payments/0-1")),
        (Target("payments"),),
    ),
    ("iam", "GetRole", lambda c: c.get_role(RoleName="runner"), (Target("runner"),)),
    ("sts", "GetCallerIdentity", lambda c: c.get_caller_identity(), ()),
    (
        "cloudwatch",
        "PutMetricData",
        lambda c: c.put_metric_data(Namespace="Payments", MetricData=[{"MetricName": "m", "Value": 1}]),
        (Target("Payments"),),
    ),
    ("apigateway", "GetResources", lambda c: c.get_resources(restApiId="a1"), (Target("a1"),)),
    ("apigatewayv2", "GetApi", lambda c: c.get_api(ApiId="a2"), (Target("a2"),)),
    ("ec2", "DescribeVpcs", lambda c: c.describe_vpcs(), ()),
    (
        "dynamodbstreams",
        "DescribeStream",
        lambda c: c.describe_stream(StreamArn=f"{LEDGER}/stream/2026"),
        (Target("Ledger"),),
    ),
    ("ssm", "GetParameter", lambda c: c.get_parameter(Name="/payments/limit"), (Target("/payments/limit"),)),
    ("route53", "GetHostedZone", lambda c: c.get_hosted_zone(Id="Z1"), (Target("Z1"),)),
    (
        "rds-data",
        "ExecuteStatement",
        lambda c: c.execute_statement(resourceArn=arn("rds", "cluster:books"), secretArn="s", sql="SELECT 1"),
        (Target("books"),),
    ),
]


@pytest.mark.parametrize(("service", "operation", "action", "expected"), OTHERS)
def test_operation_and_resource_are_told_when_boto3_calls_any_service(
    service: str, operation: str, action: Callable[[Any], object], expected: tuple[Target, ...]
) -> None:
    call = read(sent(service, action))

    assert (call.operation, call.targets) == (operation, expected)


@pytest.mark.parametrize("endpoint", ["http://s3.localhost:4566", "http://localhost:4566"])
def test_bucket_is_told_when_it_is_in_the_host(endpoint: str) -> None:
    call = sent(
        "s3",
        lambda c: c.get_object(Bucket="b-1", Key="k/x"),
        endpoint_url=endpoint,
        s3={"addressing_style": "virtual"},
    )
    assert call.header(b"host").startswith(b"b-1.")

    assert (read(call).operation, call.targets) == ("GetObject", (Target("b-1", "Key=k/x"),))


def test_execution_is_the_name_asked_for_when_one_is_started() -> None:
    call = read(sent("stepfunctions", lambda c: c.start_execution(stateMachineArn=MACHINE, name="pay-1")))

    assert call.execution == "pay-1"


def test_execution_stays_when_the_call_belongs_to_one() -> None:
    call = sent("stepfunctions", lambda c: c.start_execution(stateMachineArn=MACHINE, name="pay-1"))
    call.service, call.operation, call.execution = "states", "StartExecution", EXECUTION

    asyncio.run(Reader(Tables(Upstream())).read(call))

    assert call.execution == EXECUTION


MALFORMED = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"x"',
    b"{}",
    b'{"TableName": 7, "Key": 7}',
    b'{"TableName": null, "Key": {"a": {"S": "x"}}}',
    b'{"TableName": "T", "Key": {"a": []}}',
    b'{"TableName": "T", "Key": {"a": {}, "b": 7}}',
    b'{"TableName": "T", "Item": [1]}',
    b'{"TableName": "Ledger", "Item": {"PK": {}, "SK": {"S": "x"}}}',
    b'{"TableName": "Ledger", "Item": {"PK": {"S": "x"}, "SK": 7}}',
    b'{"RequestItems": {"T": [null, {"DeleteRequest": 7}]}}',
    b'{"RequestItems": {"T": {"Keys": 9}}}',
    b'{"TransactItems": [{"Put": 7}, []]}',
    b'{"Statement": 7}',
    b'{"Statement": ""}',
    b'{"Statement": "SELECT FROM"}',
    b'{"Statement": "UPDATE \'"}',
    b'{"Statements": 3}',
    b'{"TableName": "T", "KeyConditionExpression": 7}',
    b'{"TableName": "T", "KeyConditionExpression": "a = :b", "ExpressionAttributeValues": [":b"]}',
    b'{"stateMachineArn": 7, "name": {}}',
    b'{"executionArn": {}}',
    b'{"Entries": [7]}',
    b"\xff\xfe",
    b"[" * 5000,
]


@pytest.mark.parametrize("body", MALFORMED)
def test_malformed_documents_have_no_key_and_raise_nothing_when_they_are_read(body: bytes) -> None:
    for service, operations in {
        "dynamodb": (
            "GetItem PutItem Query Scan BatchGetItem BatchWriteItem TransactWriteItems TransactGetItems "
            "ExecuteStatement BatchExecuteStatement RestoreTableFromBackup"
        ),
        "states": "StartExecution DescribeExecution",
        "events": "PutEvents PutRule",
        "kinesis": "PutRecords",
        "nonesuch": "Whatever",
    }.items():
        for operation in operations.split():
            headers = [(b"x-amz-target", b"x"), (b"content-type", b"application/x-amz-json-1.0")]
            scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}
            call = Call(scope, _nobody, body)
            call.service, call.operation, call.namespace = service, operation, NAMESPACE

            asyncio.run(Reader(Tables(Upstream())).read(call))

            assert all(target.key == "" for target in call.targets), operation


NAMES = """
    TableName Key Item RequestItems Keys PutRequest DeleteRequest TransactItems Put Statement Statements Parameters
    KeyConditionExpression ExpressionAttributeValues ExpressionAttributeNames KeyConditions AttributeValueList Entries
    Records PartitionKey stateMachineArn executionArn name Ledger PK SK S N :v
"""
WORDS = st.sampled_from(NAMES.split())
TEXTS = WORDS | st.sampled_from(
    ["PK = :v", ":v = PK AND SK = :v", "DELETE FROM Ledger WHERE PK = ?", LEDGER, EXECUTION]
)
DOCUMENTS = st.recursive(
    st.none() | st.integers() | TEXTS | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
OPERATIONS = st.sampled_from(
    [("dynamodb", operation) for operation in operations_of("dynamodb")]
    + [("states", "StartExecution"), ("states", "StopExecution"), ("kinesis", "PutRecords"), ("events", "PutEvents")]
)


@given(operation=OPERATIONS, document=DOCUMENTS)
@settings(max_examples=300, deadline=None)
def test_nothing_is_raised_when_any_document_is_read(operation: tuple[str, str], document: Any) -> None:
    headers = [(b"x-amz-target", b"x"), (b"content-type", b"application/x-amz-json-1.0")]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}
    call = Call(scope, _nobody, json.dumps(document).encode())
    (call.service, call.operation), call.namespace = operation, NAMESPACE

    asyncio.run(Reader(Tables(Upstream())).read(call))

    assert all(isinstance(target.resource, str) and isinstance(target.key, str) for target in call.targets)


def test_deployed_api_has_no_operation_when_its_form_has_an_action() -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/restapis/a1/prod/_user_request_/pay",
        "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
        "query_string": b"",
    }
    call = Call(scope, _nobody, b"Action=Pay")

    read(call)

    assert (call.service, call.operation, call.targets) == ("execute-api", "", ())


@pytest.mark.parametrize("path", ["/", "//", "/%", "/a/%ff/b", "/service/", "/service/X/operation/", "/" + "a/" * 300])
@pytest.mark.parametrize("service", ["s3", "lambda", "apigateway", "monitoring", "../../etc", "execute-api", "x" * 300])
def test_strange_paths_raise_nothing_when_they_are_read(service: str, path: str) -> None:
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"Action&%=%ff"}
    call = Call(scope, _nobody, b"\xa1\x61")
    call.service, call.namespace = service, NAMESPACE

    asyncio.run(Reader(Tables(Upstream())).read(call))

    assert isinstance(call.targets, tuple)


def puts(table: str, count: int) -> list[Call]:
    calls = [sent("dynamodb", lambda c: c.put_item(TableName=table, Item=ITEM)) for _ in range(count)]
    for call in calls:
        Identifier(lambda _: "000000000000", "us-east-1").mark(call)
    return calls


def test_upstream_is_asked_once_when_many_calls_need_a_schema_at_once() -> None:
    upstream, calls = Upstream(), puts("Ledger", 20)

    async def all_at_once() -> None:
        reader = Reader(Tables(upstream))
        await asyncio.gather(*(reader.read(call) for call in calls))

    asyncio.run(all_at_once())

    assert upstream.asked == ["Ledger"]
    assert {call.targets for call in calls} == {(A,)}


def test_upstream_is_asked_once_when_many_calls_name_a_table_that_is_not_there() -> None:
    upstream, calls = Upstream(), puts("Nowhere", 20)

    async def one_by_one() -> None:
        reader = Reader(Tables(upstream))
        for call in calls:
            await reader.read(call)

    asyncio.run(one_by_one())

    assert len(upstream.asked) <= 2  # twice when this took longer than what is remembered


def test_schema_is_found_when_a_table_appears_later(monkeypatch: pytest.MonkeyPatch) -> None:
    upstream, (first, second) = Upstream(), puts("Late", 2)

    async def before_and_after() -> None:
        reader = Reader(Tables(upstream))
        await reader.read(first)
        monkeypatch.setitem(SCHEMAS, "Late", SCHEMAS["Ledger"])
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 1)
        await reader.read(second)

    asyncio.run(before_and_after())

    assert (first.targets, second.targets) == ((Target("Late"),), (Target("Late", A.key),))


def test_call_goes_on_when_the_upstream_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    async def gone(_: Call) -> Answer:
        raise ConnectionError("nobody listens")

    (call,) = puts("Ledger", 1)

    asyncio.run(Reader(Tables(gone)).read(call))

    assert call.targets == (Target("Ledger"),)
    assert "the key schema of Ledger can't be told" in caplog.text


@pytest.mark.parametrize("service", ["lambda", "s3", "apigateway", "route53", "rds-data", "scheduler", "sesv2", "efs"])
def test_every_route_leads_to_its_own_operation_when_its_model_is_read(service: str) -> None:
    """Source of truth: the model itself. A request with just what an operation's route asks for is that operation."""
    signing = {"sesv2": "ses", "efs": "elasticfilesystem"}.get(service, service)
    assert service in models_behind(signing)
    operation = {"sesv2": "SendEmail", "efs": "CreateFileSystem"}.get(service, operations_of(signing)[0])
    model = model_of(signing, operation if service != "sesv2" else "PutDedicatedIpInPool")
    assert model is not None
    wrong = {}
    for route in model.routes:
        path = "/".join(
            f"v{place}" if part.startswith("{") else part for place, part in enumerate(route.uri.split("/"))
        )
        query = "&".join(f"{name}={value or ''}" for where, name, value in route.needs if where == "query")
        headers = [(name.encode(), b"x") for where, name, _ in route.needs if where == "header"]
        scope = {
            "type": "http",
            "method": route.method,
            "path": path,
            "headers": headers,
            "query_string": query.encode(),
        }
        call = Call(scope, _nobody, b"")
        call.service, call.namespace = signing, NAMESPACE
        asyncio.run(Reader(Tables(Upstream())).read(call))
        if call.operation != route.operation:
            wrong[route.operation] = call.operation

    assert wrong == AMBIGUOUS.get(service, {})


# Pairs that AWS itself tells apart by nothing in the request: an old name, or another kind of bucket by the host alone.
AMBIGUOUS = {
    "s3": {
        "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
        "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
        "GetBucketNotification": "GetBucketNotificationConfiguration",
        "PutBucketNotification": "PutBucketNotificationConfiguration",
        "ListDirectoryBuckets": "ListBuckets",
    },
}
