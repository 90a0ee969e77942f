"""Whose credentials these are, and where calls with them go: asked of STS, never guessed."""

from dataclasses import dataclass

from loadtests.allow_list import StagingRefused

ASK_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Identity:
    """What GetCallerIdentity answered, and the endpoints that the SDK has for STS and for what gets the load."""

    account: str
    arn: str
    endpoints: tuple[str, ...]


def identity(region: str) -> Identity:
    """Return the identity behind the process's credentials; raises StagingRefused when there is none to be had."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    config = Config(connect_timeout=ASK_WITHIN_S, read_timeout=ASK_WITHIN_S, retries={"max_attempts": 1})
    try:
        session = boto3.Session(region_name=region)
        sts = session.client("sts", config=config)
        told = sts.get_caller_identity()
        places = (sts.meta.endpoint_url, session.client("dynamodb").meta.endpoint_url)
    except (BotoCoreError, ClientError) as problem:
        raise StagingRefused(
            "STS does not say whose credentials these are, so load on staging is refused",
            evidence={"seen": f"{type(problem).__name__}: {problem}", "region": region},
            remedy="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, of a listed account",
        ) from problem
    return Identity(str(told["Account"]), str(told["Arn"]), places)
