"""Every REST operation is found by its own route."""

import asyncio

import pytest

from harness.edge.aws import Reader, operations_of
from harness.edge.aws.models import model_of
from harness.edge.aws.services import models_behind
from harness.edge.call import Call
from harness.edge.tables import Tables
from tests.edge.aws.reading import NAMESPACE, Upstream, nobody


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
        call = Call(scope, nobody, b"")
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
