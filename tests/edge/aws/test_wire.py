"""boto3 raises the modelled exception for what the edge refuses, on a real connection, in every protocol."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from docs.tables.stage import SAMPLES, Refuser, Sample, Services, Stand, client_of, served
from harness.edge import Edge
from harness.edge.aws import fields_of
from harness.edge.upstream import AsgiUpstream


@dataclass
class Stage:
    url: str
    refuser: Refuser

    def refuse(
        self, code: str, message: str = "no", *, fields: Mapping[str, object] | None = None, status: int | None = None
    ) -> None:
        """Let the next calls be refused like this."""
        self.refuser.code, self.refuser.message = code, message
        self.refuser.fields, self.refuser.status = fields or {}, status

    def raised(
        self, service: str | Sample, ask: Any, code: str, message: str = "no", **more: Any
    ) -> tuple[Any, ClientError]:
        """Return the client and what it raised when its call was refused."""
        self.refuse(code, message, **more)
        client = client_of(service, self.url) if isinstance(service, str) else service.client(self.url)
        with pytest.raises(ClientError) as caught:
            ask(client)
        return client, caught.value


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    refuser = Refuser()
    with served(Edge(AsgiUpstream(Services()), Stand(), rooms=(refuser,))) as url:
        yield Stage(url, refuser)


@pytest.mark.parametrize(
    "sample", [sample for sample in SAMPLES if sample.error], ids=lambda sample: sample.protocol
)  # EC2 models none
def test_modelled_error_is_raised_as_its_class_when_boto3_asks(stage: Stage, sample: Sample) -> None:
    client, error = stage.raised(sample, sample.ask, sample.error, "a <limit> & “more”")

    assert type(error) is getattr(client.exceptions, sample.error)
    assert error.response["Error"]["Message"] == "a <limit> & “more”"
    assert error.response["ResponseMetadata"]["RequestId"]
    assert error.operation_name == sample.operation


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.protocol)
@pytest.mark.parametrize(
    ("code", "status"), [("ServiceUnavailable", 503), ("InternalFailure", 500), ("ThrottlingException", 400)]
)
def test_generic_error_is_raised_with_code_and_status_when_boto3_asks(
    stage: Stage, sample: Sample, code: str, status: int
) -> None:
    _, error = stage.raised(sample, sample.ask, code)

    assert error.response["Error"]["Code"] == code
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (status, 429)  # Lambda and API Gateway model 429


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.protocol)
def test_unknown_code_and_its_status_are_kept_when_a_rule_insists(stage: Stage, sample: Sample) -> None:
    _, error = stage.raised(sample, sample.ask, "NeverHeardOf", status=418)

    assert error.response["Error"]["Code"] == "NeverHeardOf"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 418


def test_cancellation_reasons_are_told_when_a_transaction_is_cancelled(stage: Stage) -> None:
    reasons = fields_of("TransactionCanceledException", [None, "ConditionalCheckFailed"])

    client, error = stage.raised(
        "dynamodb",
        lambda c: c.transact_write_items(TransactItems=[]),
        "TransactionCanceledException",
        "",
        fields=reasons,
    )

    assert isinstance(error, client.exceptions.TransactionCanceledException)
    assert error.response["CancellationReasons"] == [  # type: ignore[typeddict-item]
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    ]
    assert error.response["Error"]["Message"].endswith("specific reasons [None, ConditionalCheckFailed]")


@pytest.mark.parametrize(
    ("code", "member"),
    [
        ("ProvisionedThroughputExceededException", "ThrottlingReasons"),
        ("RequestLimitExceeded", "ThrottlingReasons"),
        ("ThrottlingException", "throttlingReasons"),
    ],
)
def test_throttling_reasons_are_told_when_a_table_is_throttled(stage: Stage, code: str, member: str) -> None:
    table = "arn:aws:dynamodb:us-east-1:000000000000:table/Ledger"
    reasons = fields_of(code, ["TableWriteKeyRangeThroughputExceeded"], table)

    _, error = stage.raised("dynamodb", lambda c: c.put_item(TableName="Ledger", Item={}), code, fields=reasons)

    told = [{"reason": "TableWriteKeyRangeThroughputExceeded", "resource": table}]
    assert error.response[member] == told  # type: ignore[literal-required]


def test_item_is_told_when_a_condition_fails(stage: Stage) -> None:
    item = {"ID": {"S": "a"}, "Tags": {"L": [{"M": {"n": {"N": "1"}}}]}}

    _, error = stage.raised(
        "dynamodb",
        lambda c: c.put_item(TableName="Ledger", Item={}),
        "ConditionalCheckFailedException",
        fields={"Item": item},
    )

    assert error.response["Item"] == item  # type: ignore[typeddict-item]


def test_old_code_and_new_class_are_raised_when_sqs_refuses(stage: Stage) -> None:
    client, error = stage.raised("sqs", lambda c: c.get_queue_url(QueueName="q"), "QueueDoesNotExist")

    assert type(error) is client.exceptions.QueueDoesNotExist
    assert error.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert error.response["Error"]["Type"] == "Sender"  # type: ignore[typeddict-item]


def test_retry_after_is_a_header_when_lambda_throttles(stage: Stage) -> None:
    fields = {"retryAfterSeconds": "3", "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}

    _, error = stage.raised("lambda", lambda c: c.invoke(FunctionName="f"), "TooManyRequestsException", fields=fields)

    assert error.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "3"
    assert error.response["retryAfterSeconds"] == "3"  # type: ignore[typeddict-item]
    assert error.response["Reason"] == fields["Reason"]  # type: ignore[typeddict-item]
    assert error.response["Type"] == "User"  # type: ignore[typeddict-item]


def test_status_alone_is_told_when_s3_refuses_a_head_request(stage: Stage) -> None:
    _, error = stage.raised("s3", lambda c: c.head_object(Bucket="b", Key="k"), "NoSuchKey")

    assert error.response["Error"]["Code"] == "404"
    assert "content-type" not in error.response["ResponseMetadata"]["HTTPHeaders"]


def test_checksum_fits_the_body_when_dynamodb_refuses(stage: Stage) -> None:
    stage.refuse("ThrottlingException")
    headers = {
        "x-amz-target": "DynamoDB_20120810.GetItem",
        "content-type": "application/x-amz-json-1.0",
        "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, Signature=0",
    }

    answer = httpx.post(stage.url, headers=headers, content=b"{", trust_env=False)

    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.content)
    assert answer.json()["__type"] == "com.amazonaws.dynamodb.v20120810#ThrottlingException"


def test_plain_json_is_told_when_a_call_is_not_signed(stage: Stage) -> None:
    stage.refuse("ServiceUnavailable")

    answer = httpx.get(f"{stage.url}/payments/p-1", trust_env=False)

    assert (answer.status_code, answer.json()) == (503, {"message": "no"})
    assert answer.headers["x-amzn-errortype"] == "ServiceUnavailable"


def test_error_is_written_in_cloudwatchs_older_protocols_when_an_sdk_uses_them(stage: Stage) -> None:
    stage.refuse("ResourceNotFoundException", "gone", fields={"ResourceType": "alarm"})
    credential = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, Signature=0"
    form = httpx.post(
        stage.url, headers={"authorization": credential}, data={"Action": "DescribeAlarms"}, trust_env=False
    )
    target = {"authorization": credential, "x-amz-target": "GraniteServiceVersion20100801.DescribeAlarms"}
    as_json = httpx.post(stage.url, headers=target, content=b"{}", trust_env=False)

    assert "<Code>ResourceNotFoundException</Code><Message>gone</Message>" in form.text
    assert "<ResourceType>alarm</ResourceType>" in form.text
    assert as_json.json() == {"__type": "ResourceNotFoundException", "message": "gone", "ResourceType": "alarm"}
    assert as_json.headers["x-amzn-query-error"] == "ResourceNotFoundException;Sender"


def test_batch_writer_gives_up_when_a_whole_batch_is_throttled(stage: Stage) -> None:
    stage.refuse("ProvisionedThroughputExceededException")
    table = boto3.resource(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=stage.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=client_of("dynamodb", stage.url).meta.config,
    ).Table("Ledger")

    with pytest.raises(ClientError, match="ProvisionedThroughputExceededException"), table.batch_writer() as batch:
        batch.put_item(Item={"ID": "a"})
