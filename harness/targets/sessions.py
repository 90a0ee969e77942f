"""The boto3 session of an environment, by its target: whose keys sign, and whether anything but AWS may answer.

Emulators get dummy keys and an address; for LocalStack its own client library makes the session. An AWS account
(staging) gets the user's own credential chain (AWS_PROFILE and the like) and AWS's own addresses, and no client is
given out before STS said that the account is the environment's.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config

LOCAL_ACCESS_KEY = "test"
LOCAL_SECRET_KEY = "test"  # noqa: S105 - what every emulator takes; it opens nothing


class Place(Protocol):
    """What this needs to know of an environment."""

    @property
    def target(self) -> str: ...
    @property
    def aws_endpoint_url(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def run(self) -> Any: ...


def session_of(place: Place) -> "boto3.Session":
    """Return a session for an environment; on staging raises StagingRefused when its keys are another account's."""
    if place.target == "staging":
        from harness.targets.staging.identity import session_for

        return session_for(place.region, place.account_id, place.run.get("endpoint_url", ""))
    if place.target == "docker":
        from harness.targets.docker.sessions import localstack_session

        return localstack_session(place.aws_endpoint_url, place.region)
    return _local_session(place.region)


def client_of(place: Place, service: str) -> Any:
    """Return a client for `service` that talks to this environment and to nothing else."""
    endpoint_url = place.run.get("endpoint_url", "") if place.target == "staging" else place.aws_endpoint_url
    return session_of(place).client(  # type: ignore[call-overload]
        service, endpoint_url=endpoint_url or None, config=_config(staging=place.target == "staging")
    )


def _config(*, staging: bool) -> "Config":
    from botocore.config import Config

    if staging:
        from harness.targets.staging.identity import account_config

        return account_config()
    return Config(max_pool_connections=64, connect_timeout=5, read_timeout=70, retries={"max_attempts": 2})


@cache
def _local_session(region: str) -> "boto3.Session":
    # Kept, because making one reads botocore's data from disk: a tenth of a second each.
    import boto3

    return boto3.Session(aws_access_key_id=LOCAL_ACCESS_KEY, aws_secret_access_key=LOCAL_SECRET_KEY, region_name=region)
