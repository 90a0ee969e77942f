"""The boto3 session for LocalStack, by LocalStack's own client library, pointed at one environment.

The library takes its addresses from variables when they are set (AWS_ENDPOINT_URL), and knows only the services that
it lists; here every service that the SDK knows is at the environment's own address, whatever a shell says.
"""

from functools import cache
from typing import TYPE_CHECKING, cast

from harness.errors import ToolMissing

if TYPE_CHECKING:
    import boto3

LOCAL_KEY = "test"


@cache
def localstack_session(endpoint_url: str, region: str) -> "boto3.Session":
    """Return a session whose clients all talk to `endpoint_url`; raises ToolMissing without localstack-client."""
    import boto3

    try:
        from localstack_client.session import Session  # type: ignore[import-untyped]
    except ImportError:
        raise ToolMissing(
            "target docker needs localstack-client, which is not installed",
            remedy="python -m pip install 'rehearsal[docker]'",
        ) from None
    session = Session(
        aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=region,
        localstack_host=endpoint_url.partition("://")[2],
    )  # fmt: skip
    session._service_endpoint_mapping = dict.fromkeys(boto3.Session().get_available_services(), endpoint_url)
    return cast("boto3.Session", session)
