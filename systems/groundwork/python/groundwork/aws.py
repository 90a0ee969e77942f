"""AWS clients: made once per worker, with pooled connections and timeouts that a step can afford.

Where AWS is comes from the SDK's own settings (AWS_REGION, AWS_ENDPOINT_URL), never from this code.
"""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

FAST = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=4,
    tcp_keepalive=True,
    # The requests are built by this package from its own types; the service checks them anyway.
    parameter_validation=False,
)
# An invocation lasts as long as the function it calls; a repeated one would be a second invocation.
_PATIENT = FAST.merge(Config(read_timeout=25, retries={"mode": "standard", "total_max_attempts": 1}))

AWS_ERRORS = (BotoCoreError, ClientError)
_BUSY = frozenset({
    "ExecutionLimitExceeded", "InternalFailure", "InternalServerError", "InternalServerErrorException",
    "LimitExceededException", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestTimeout",
    "ServiceException", "ServiceUnavailable", "ServiceUnavailableException", "SlowDown", "Throttling",
    "ThrottlingException", "TooManyRequestsException", "TransactionConflictException",
    "TransactionInProgressException",
})  # fmt: skip


@cache
def client(service: str) -> Any:
    """Return this worker's client of an AWS service."""
    make: Any = boto3.client  # the stubs know each service by a literal name only
    return make(service, config=_PATIENT if service == "lambda" else FAST)


def error_code(error: Exception) -> str:
    """Return AWS's code of an error; "" when no answer came."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_busy(error: Exception) -> bool:
    """Return whether the same request may succeed later: throttled, unavailable, or no answer at all."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error_code(error) in _BUSY or status >= 500 or status == 429
    return isinstance(error, BotoCoreError)
