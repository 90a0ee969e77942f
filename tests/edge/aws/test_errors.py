"""Every modelled error of the services that systems use is read back by botocore as what was written."""

from typing import Any

import botocore.awsrequest
import botocore.loaders
import botocore.parsers
import botocore.session
import pytest

from harness.edge.aws import (
    check_error,
    check_fields,
    check_operation,
    check_service,
    errors_of,
    fields_of,
    refusal,
    services,
)
from harness.edge.call import Answer, Call, Namespace
from harness.errors import SettingInvalid

SERVICES = {
    "dynamodb": "dynamodb",
    "states": "stepfunctions",
    "lambda": "lambda",
    "sqs": "sqs",
    "sns": "sns",
    "s3": "s3",
    "apigateway": "apigateway",
    "cloudformation": "cloudformation",
    "iam": "iam",
    "sts": "sts",
    "secretsmanager": "secretsmanager",
    "monitoring": "cloudwatch",
    "logs": "logs",
    "events": "events",
    "kinesis": "kinesis",
    "cognito-idp": "cognito-idp",
    "ssm": "ssm",
    "kms": "kms",
    "rds-data": "rds-data",
    "scheduler": "scheduler",
    "route53": "route53",
}
MESSAGE = "the <limit> & more was reached: “4,000 units”"
SESSION = botocore.session.get_session()


async def _nobody() -> Any:
    return {"type": "http.disconnect"}


def call_to(service: str, operation: str, protocol: str, *, method: str = "POST", path: str = "/") -> Call:
    """Return a call as an SDK makes it in `protocol`."""
    headers, body = [(b"host", b"localhost")], b"{}"
    if protocol == "json":
        headers += [(b"x-amz-target", f"T.{operation}".encode()), (b"content-type", b"application/x-amz-json-1.1")]
    elif protocol in ("query", "ec2"):
        headers.append((b"content-type", b"application/x-www-form-urlencoded; charset=utf-8"))
        body = f"Action={operation}&Version=2010-01-01".encode()
    elif protocol == "smithy-rpc-v2-cbor":
        headers += [(b"smithy-protocol", b"rpc-v2-cbor"), (b"content-type", b"application/cbor")]
        path = f"/service/S/operation/{operation}"
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b""}
    call = Call(scope, _nobody, body)
    call.service, call.operation, call.namespace = service, operation, Namespace("000000000000", "us-east-1")
    return call


def read_back(answer: Answer, model: str, protocol: str) -> dict[str, Any]:
    """Return what botocore makes of an answer, the members of a modelled error included."""
    headers = botocore.awsrequest.HeadersDict({name.decode(): value.decode() for name, value in answer.headers})
    response = {"status_code": answer.status, "headers": headers, "body": answer.body}
    service = SESSION.get_service_model(model)
    parser = botocore.parsers.create_parser(protocol)
    parsed: dict[str, Any] = parser.parse(response, None)
    shape = service.shape_for_error_code(parsed["Error"]["Code"])
    shape = shape or service.shape_for_error_code(parsed["Error"].get("QueryErrorCode"))
    return {**parsed, "shape": shape.name if shape else "", **(parser.parse(response, shape) if shape else {})}


def value_of(shape: Any, depth: int = 0) -> Any:
    """Return a value that fits a shape, with one element in each list."""
    if shape.type_name == "structure":
        return {name: value_of(member, depth + 1) for name, member in shape.members.items()} if depth < 4 else {}
    if shape.type_name == "list":
        return [value_of(shape.member, depth + 1)]
    if shape.type_name == "map":
        return {"k": value_of(shape.value, depth + 1)}
    values = {"string": "a<&>b", "boolean": True, "integer": 7, "long": 7, "double": 1.5, "float": 1.5, "blob": "aGk="}
    return values[shape.type_name]


def modelled_errors(signing: str, model: str) -> list[tuple[str, Any]]:
    service = SESSION.get_service_model(model)
    sample = service.operation_names[0]
    used = {
        shape.name: operation
        for operation in service.operation_names
        for shape in service.operation_model(operation).error_shapes
    }
    return [(used.get(shape.name, sample), shape) for shape in service.error_shapes]


@pytest.mark.parametrize("signing", SERVICES)
def test_every_modelled_error_is_read_back_when_botocore_parses_it(signing: str) -> None:
    model = SERVICES[signing]
    service = SESSION.get_service_model(model)
    shapes = SESSION.get_component("data_loader").load_service_model(model, "service-2")["shapes"]
    protocols = service.metadata.get("protocols") or [service.metadata["protocol"]]
    for protocol in protocols:
        for operation, shape in modelled_errors(signing, model):
            fields = {
                name: value_of(member)
                for name, member in shape.members.items()
                if name.lower() != "message" and member.serialization.get("location") != "statusCode"
            }
            answer = refusal(call_to(signing, operation, protocol), shape.name, MESSAGE, fields=fields)
            parsed = read_back(answer, model, protocol)

            where = f"{signing} {operation} {shape.name} in {protocol}"
            raw = shapes[shape.name]
            status = raw.get("error", {}).get("httpStatusCode")
            # botocore tells two errors of one code apart no better than AWS does: CloudWatch has such a pair.
            assert parsed["shape"] == service.shape_for_error_code(shape.error_code).name, where
            assert parsed["Error"]["Message"] == MESSAGE, where
            assert signing == "sqs" or answer.status == (status or (500 if raw.get("fault") else 400)), where
            for name, value in fields.items():
                assert written(parsed[name]) == written(value), f"{where}: {name}"


def written(value: Any) -> Any:
    """Return a parsed value as it was given: blobs as base64, everything else as it is."""
    if isinstance(value, bytes):
        return "aGk="
    if isinstance(value, dict):
        return {key: written(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [written(entry) for entry in value]
    return value


PAIRS = [("dynamodb", "GetItem"), ("dynamodb", ""), ("s3", "GetObject"), ("", "")]


@pytest.mark.parametrize(("service", "operation"), PAIRS)
@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "AccessDeniedException"])
def test_generic_error_is_accepted_when_any_operation_is_checked(service: str, operation: str, code: str) -> None:
    check_error(service, operation, code)


@pytest.mark.parametrize("code", ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"])
def test_error_is_accepted_by_name_and_by_code_when_its_operation_models_it(code: str) -> None:
    check_error("sqs", "SendMessage", code)

    assert "QueueDoesNotExist" in errors_of("sqs", "SendMessage")


@pytest.mark.parametrize(
    ("check", "asked", "meant"),
    [
        (
            check_error,
            ("dynamodb", "PutItem", "ProvisionedThroughputExceeded"),
            "ProvisionedThroughputExceededException",
        ),
        (check_error, ("dynamodb", "PutItem", "conditionalcheckfailedexception"), "ConditionalCheckFailedException"),
        (
            check_error,
            ("dynamodb", "GetItem", "ConditionalCheckFailedException"),
            "is not an error of dynamodb GetItem",
        ),
        (check_error, ("dynamodb", "PutItem", "SlowDown"), "is not an error of dynamodb PutItem"),
        (check_error, ("", "", "ThrottlingExeption"), "did you mean ThrottlingException"),
        (check_operation, ("dynamodb", "PutItems"), "did you mean PutItem"),
        (check_operation, ("states", "StartExecutions"), "did you mean StartExecution"),
        (check_service, ("dynamo",), "did you mean dynamodb"),
        (check_service, ("../dynamodb",), "is not the name of an AWS service"),
        (check_fields, ("dynamodb", "PutItem", "ThrottlingException", {"ThrottlingReasons": []}), "throttlingReasons"),
        (check_fields, ("dynamodb", "PutItem", "ThrottlingException", {"throttlingReasons": "x"}), "expected a list"),
        (check_fields, ("dynamodb", "PutItem", "AccessDenied", {"reason": "x"}), "is not a member of AccessDenied"),
        (fields_of, ("TransactionCanceledException", ["ConditionFailed"]), "no reason to cancel"),
        (fields_of, ("ThrottlingException", ["TableWriteTooMuch"]), "no reason to throttle"),
        (fields_of, ("ConditionalCheckFailedException", ["None"]), "has no reasons"),
    ],
)
def test_name_is_refused_with_what_was_meant_when_aws_has_no_such(
    check: Any, asked: tuple[Any, ...], meant: str
) -> None:
    with pytest.raises(SettingInvalid, match=meant):
        check(*asked)


def test_service_goes_by_its_signing_name_when_it_is_called_by_its_clients() -> None:
    assert [check_service(name) for name in ("stepfunctions", "cloudwatch", "dynamodb")] == [
        "states",
        "monitoring",
        "dynamodb",
    ]


def test_members_the_error_lacks_are_left_out_when_it_is_written() -> None:
    answer = refusal(call_to("dynamodb", "GetItem", "json"), "ThrottlingException", "no", fields={"Nonsense": 1})

    assert answer.document == {"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "no"}


@pytest.mark.parametrize("service", ["", "execute-api", "nonesuch"])
def test_error_is_json_when_the_service_is_none_of_awss(service: str) -> None:
    call = call_to(service, "", "", method="GET", path="/payments")

    answer = refusal(call, "ServiceUnavailable", "down", status=502)

    assert (answer.status, answer.document) == (502, {"message": "down"})


@pytest.mark.slow
def test_listed_models_are_botocores_when_all_are_read() -> None:
    loader = SESSION.get_component("data_loader")
    signing: dict[str, set[str]] = {}
    for name in loader.list_available_services("service-2"):
        version = loader.determine_latest_version(name, "service-2")
        metadata = botocore.loaders.create_loader().load_data(f"{name}/{version}/service-2")["metadata"]
        signing.setdefault(metadata.get("signingName") or metadata["endpointPrefix"], set()).add(name)

    for name, models in services.MODELS.items():
        assert set(models) <= signing.get(name, set()), name
