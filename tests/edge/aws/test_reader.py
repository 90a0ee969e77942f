"""The reader tells operation, resource and key of what boto3 really sends."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from harness.edge.aws import Reader
from harness.edge.call import Target
from harness.edge.tables import Tables
from tests.edge.aws.reading import EXECUTION, ITEM, KEY, LEDGER, MACHINE, A, B, S, Upstream, arn, read, sent

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
