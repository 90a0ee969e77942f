"""What AWS's service models (botocore's) tell the edge: what a call is about, how an error looks on the wire."""

from harness.edge.aws.apis import KnownApi
from harness.edge.aws.errors import (
    check_error,
    check_fields,
    check_operation,
    check_service,
    errors_of,
    is_modelled,
    operations_of,
    refusal,
)
from harness.edge.aws.reader import Reader
from harness.edge.aws.reasons import fields_of

__all__ = [
    "KnownApi",
    "Reader",
    "check_error",
    "check_fields",
    "check_operation",
    "check_service",
    "errors_of",
    "fields_of",
    "is_modelled",
    "operations_of",
    "refusal",
]
