"""How an error looks on the wire, in each of AWS's protocols.

Source: the Smithy specifications of the AWS protocols for envelopes and headers, the DynamoDB, S3 and EC2 developer
guides for theirs (documented); that SDKs read them as the modelled exceptions is verified with boto3 for every
modelled error of the services in docs/aws-errors.md.
"""

import secrets
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import cbor2
import orjson

from harness.edge.asgi import Headers
from harness.edge.aws.models import ErrorModel, ServiceModel
from harness.edge.aws.protocols import Protocol
from harness.edge.aws.shapes import cbor_value, element, json_value, scalar_text, xml_elements
from harness.edge.call import Answer, Call

_DYNAMODB_TYPES = "com.amazonaws.dynamodb.v20120810#"
_CORAL_TYPES = "com.amazon.coral.service#"
_VALIDATION_TYPES = "com.amazon.coral.validate#"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class WireError:
    """An error to be written: `fields` are the values of members besides the message, by the model's names."""

    name: str
    code: str
    status: int
    sender: bool
    message: str
    model: ServiceModel | None = None
    error: ErrorModel | None = None
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def members(self) -> Mapping[str, Mapping[str, Any]]:
        """The members that the model has, by name."""
        return self.error.members if self.error is not None else {}

    @property
    def fault(self) -> str:
        """Who is to blame, as the query protocol says it."""
        return "Sender" if self.sender else "Receiver"


def write(call: Call, protocol: Protocol, error: WireError) -> Answer:
    """Return the answer that carries `error` in `protocol`."""
    answer = _WRITERS[protocol](call, error)
    if call.method == "HEAD":
        answer.body = b""  # and the headers say nothing of a body that HTTP forbids
        answer.headers = [pair for pair in answer.headers if pair[0] != b"content-type"]
    answer.headers.append((b"content-length", b"%d" % len(answer.body)))
    return answer


def _json(call: Call, error: WireError) -> Answer:
    body = orjson.dumps({"__type": _type_of(call, error), **_json_members(error, renamed=False)})
    headers: Headers = [
        (b"content-type", _json_version(call)),
        (b"x-amzn-requestid", _request_id(call)),
    ]
    if call.service == "dynamodb":
        headers.append((b"x-amz-crc32", b"%d" % zlib.crc32(body)))
    return Answer(error.status, headers + _query_error(error), body)


def _cbor(_: Call, error: WireError) -> Answer:
    shapes = error.model.shapes if error.model else {}
    document = {"__type": error.name, _message_member(error): error.message}
    for name, reference in error.members.items():
        if name in error.fields:
            document[name] = cbor_value(shapes, reference["shape"], error.fields[name])
    headers = [
        (b"content-type", b"application/cbor"),
        (b"smithy-protocol", b"rpc-v2-cbor"),
        (b"x-amzn-requestid", _uuid()),
    ]
    return Answer(error.status, headers + _query_error(error), cbor2.dumps(document))


def _rest_json(_: Call, error: WireError) -> Answer:
    headers: Headers = [
        (b"content-type", b"application/json"),
        (b"x-amzn-errortype", error.name.encode()),
        (b"x-amzn-requestid", _uuid()),
    ]
    headers += [
        (reference["locationName"].lower().encode(), scalar_text(error.fields[name]).encode())
        for name, reference in error.members.items()
        if reference.get("location") == "header" and name in error.fields
    ]
    return Answer(error.status, headers, orjson.dumps(_json_members(error, renamed=True)))


def _rest_xml(call: Call, error: WireError) -> Answer:
    if call.service != "s3":
        return _query(call, error)
    request_id, host_id = secrets.token_hex(8).upper(), secrets.token_urlsafe(42)
    content = _xml_error(error) + element("RequestId", request_id) + element("HostId", host_id)
    headers = [
        (b"content-type", b"application/xml"),
        (b"x-amz-request-id", request_id.encode()),
        (b"x-amz-id-2", host_id.encode()),
    ]
    return Answer(error.status, headers, (_XML + element("Error", content)).encode())


def _query(_: Call, error: WireError) -> Answer:
    request_id = _uuid()
    namespace = error.model.xml_namespace if error.model else ""
    opening = f'<ErrorResponse xmlns="{escape(namespace)}">' if namespace else "<ErrorResponse>"
    inner = element("Error", element("Type", error.fault) + _xml_error(error))
    inner += element("RequestId", request_id.decode())
    headers = [(b"content-type", b"text/xml"), (b"x-amzn-requestid", request_id)]
    return Answer(error.status, headers, f"{_XML}{opening}{inner}</ErrorResponse>".encode())


def _ec2(_: Call, error: WireError) -> Answer:
    request_id = _uuid()
    inner = element("Errors", element("Error", _xml_error(error))) + element("RequestID", request_id.decode())
    headers = [(b"content-type", b"text/xml;charset=UTF-8"), (b"x-amzn-requestid", request_id)]
    return Answer(error.status, headers, (_XML + element("Response", inner)).encode())


def _plain(_: Call, error: WireError) -> Answer:
    """Answer who speaks none of AWS's protocols: APIs that are deployed, requests that are not signed."""
    headers: Headers = [
        (b"content-type", b"application/json"),
        (b"x-amzn-errortype", error.name.encode()),
        (b"x-amzn-requestid", _uuid()),
    ]
    return Answer(error.status, headers, orjson.dumps({"message": error.message}))


_WRITERS = {
    Protocol.JSON: _json,
    Protocol.CBOR: _cbor,
    Protocol.REST_JSON: _rest_json,
    Protocol.REST_XML: _rest_xml,
    Protocol.QUERY: _query,
    Protocol.EC2: _ec2,
    Protocol.PLAIN: _plain,
}


def _json_members(error: WireError, *, renamed: bool) -> dict[str, Any]:
    shapes = error.model.shapes if error.model else {}
    members: dict[str, Any] = {_message_member(error): error.message}
    for name, reference in error.members.items():
        if name in error.fields and "location" not in reference:
            key = reference.get("locationName", name) if renamed else name
            members[key] = json_value(shapes, reference["shape"], error.fields[name], renamed=renamed)
    return members


def _xml_error(error: WireError) -> str:
    """Return what stands inside `<Error>`. The message is always called Message there, whatever the member's name."""
    shapes = error.model.shapes if error.model else {}
    content = element("Code", escape(error.code)) + element("Message", escape(error.message))
    own = _message_member(error)
    if own not in ("Message", "Code", "Type"):
        content += element(own, escape(error.message))
    for name, reference in error.members.items():
        if name in error.fields and "location" not in reference:
            content += xml_elements(shapes, name, reference, error.fields[name])
    return content


def _message_member(error: WireError) -> str:
    """Return what the error's model calls its message: `message`, `Message`, or something of its own."""
    return next((name for name in error.members if name.lower() == "message"), "message")


def _type_of(call: Call, error: WireError) -> str:
    if call.service == "sqs" and error.error is not None:
        return f"com.amazonaws.sqs#{error.name}"
    if call.service != "dynamodb":
        return error.name
    if error.error is not None:
        return _DYNAMODB_TYPES + error.name
    return (_VALIDATION_TYPES if error.name == "ValidationException" else _CORAL_TYPES) + error.name


def _query_error(error: WireError) -> Headers:
    """Return the header that tells the code which the error had in the query protocol that the service once spoke."""
    if error.model is None or not error.model.query_compatible:
        return []
    return [(b"x-amzn-query-error", f"{error.code};{error.fault}".encode())]


def _json_version(call: Call) -> bytes:
    asked = call.header(b"content-type")
    return asked if asked.startswith(b"application/x-amz-json-1.") else b"application/x-amz-json-1.0"


def _request_id(call: Call) -> bytes:
    # DynamoDB's are 52 letters and digits, everyone else's are UUIDs.
    return secrets.token_hex(26).upper().encode() if call.service == "dynamodb" else _uuid()


def _uuid() -> bytes:
    return str(uuid.uuid4()).encode()
