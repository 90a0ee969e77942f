"""Which engine a call goes to: by service; DynamoDB's by table (`dynamodb`); companion stacks and own APIs by name.

LocalStack's community edition has the services that are listed; what it lacks and we have (`parts`, the RDS Data API)
is served here, all else by moto. Source: LocalStack 4.14.0's own list at /_localstack/health (verified).
"""

from collections.abc import Mapping
from typing import Protocol

from harness.edge.aws import refusal
from harness.edge.call import Answer, Call
from harness.edge.upstream import Upstream
from harness.targets.docker.cloud.placing import Places

# SigV4's names. Unsigned calls are of deployed REST APIs, function URLs, or LocalStack's own.
LOCALSTACK_SERVICES = frozenset(
    {
        *("", "acm", "apigateway", "cloudformation", "config", "ec2", "es", "events", "execute-api", "firehose"),
        *("iam", "kinesis", "kms", "lambda", "logs", "monitoring", "opensearch", "redshift", "resource-groups"),
        *("route53", "route53resolver", "s3", "s3-outposts", "scheduler", "secretsmanager", "ses", "sns", "sqs", "ssm"),
        *("states", "sts", "support", "swf", "tagging", "transcribe"),
    }
)
RDS_DATA = "rds-data"


class Serves(Protocol):
    """Own parts, as far as routing needs them."""

    def serves(self, call: Call) -> bool:
        """Tell whether a call is for the parts."""

    async def __call__(self, call: Call) -> Answer:
        """Answer it."""


class Routing:
    """Sends each call to its engine."""

    def __init__(
        self,
        *,
        localstack: Upstream,
        dynamodb: Upstream,
        moto: Upstream,
        parts: Serves,
        places: Places,
        rest_apis: Upstream | None = None,
        own: Mapping[str, Upstream] | None = None,
    ) -> None:
        self._localstack = localstack
        self._rest_apis = rest_apis or localstack
        self._moto = moto
        self._parts = parts
        self._places = places
        self._own: Mapping[str, Upstream] = {"dynamodb": dynamodb, **(own or {})}

    async def __call__(self, call: Call) -> Answer:
        if own := self._own.get(call.service):
            return await own(call)
        if self._parts.serves(call):
            return await self._parts(call)
        if call.service == "execute-api":
            return await self._rest_apis(call)
        if call.service == RDS_DATA:
            told = "no PostgreSQL is behind this edge: give one with REHEARSAL_CLOUD_POSTGRES_URL"
            return refusal(call, "ServiceUnavailable", told, 503)
        if call.service not in LOCALSTACK_SERVICES:
            return await self._moto(call)
        answer = await self._localstack(call)
        if call.service == "cloudformation":
            self._places.doubt(call.namespace)
        return answer
