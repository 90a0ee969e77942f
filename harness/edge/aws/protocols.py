"""Which of AWS's wire protocols a request uses, told by the request itself.

A service may speak several (CloudWatch: CBOR, JSON and query), and an SDK must get its answer in the one that it used.
Source: the Smithy specifications of the AWS protocols (documented).
"""

from enum import StrEnum
from urllib.parse import parse_qsl

from harness.edge.aws.models import model_of
from harness.edge.call import Call


class Protocol(StrEnum):
    """A wire protocol; the values are botocore's names, PLAIN is none of AWS's."""

    JSON = "json"
    QUERY = "query"
    EC2 = "ec2"
    REST_JSON = "rest-json"
    REST_XML = "rest-xml"
    CBOR = "smithy-rpc-v2-cbor"
    PLAIN = "plain"


_FORM = b"application/x-www-form-urlencoded"
_REST = {"rest-json": Protocol.REST_JSON, "rest-xml": Protocol.REST_XML}


def protocol_of(call: Call) -> Protocol:
    """Return the protocol that a call came by."""
    target = content_type = smithy = b""
    for name, value in call.headers:
        if name == b"x-amz-target":
            target = value
        elif name == b"content-type":
            content_type = value
        elif name == b"smithy-protocol":
            smithy = value
    if _is_of_api(call):
        return Protocol.PLAIN
    if smithy == b"rpc-v2-cbor":
        return Protocol.CBOR
    if target:
        return Protocol.JSON
    if not call.service:
        return Protocol.PLAIN
    if (content_type.startswith(_FORM) or b"Action=" in call.query_string) and form_of(call).get("Action"):
        return Protocol.EC2 if call.service == "ec2" else Protocol.QUERY
    model = model_of(call.service, call.operation)
    return _REST.get(model.protocol, Protocol.PLAIN) if model else Protocol.PLAIN


def _is_of_api(call: Call) -> bool:
    """Tell a deployed API's own requests (`POST /payments`) from those that AWS models for its connections."""
    return call.service == "execute-api" and "/" in call.operation


def form_of(call: Call) -> dict[str, str]:
    """Return the fields of a query-protocol call, from its body or its query string; {} when it is none."""
    if call.body and call.header(b"content-type").startswith(_FORM):
        fields = call.document
        if isinstance(fields, dict):
            return fields
    if b"Action=" in call.query_string:
        return dict(parse_qsl(call.query_string.decode("latin-1"), keep_blank_values=True))
    return {}
