"""Whose credentials these are, and where calls with them go: asked of STS, never read from a configuration.

The keys themselves go nowhere but into the SDK: what is told of them is whether they look like AWS's or an emulator's.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from harness.targets.staging.places import is_aws, require_aws
from harness.targets.staging.refusal import StagingRefused

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config

ASK_WITHIN_S = 10.0
EMULATORS, AMAZONS, UNKNOWN = "an emulator's", "AWS's", "of no form that AWS gives"
_EMULATOR_ACCOUNT = "000000000000"
# What emulators take or give out: an account's number (LocalStack, moto, the embedded engine), LocalStack's own keys,
# words for "none", and the keys of AWS's documentation (all documented).
_EMULATORS = re.compile(
    r"(test|dummy|mock|fake|local|minio)\w*|foo|x+|\d{12}|L[KS]IA\w+|A[KS]IA\w*EXAMPLE", re.IGNORECASE
)
# Long-term keys begin with AKIA, temporary ones with ASIA (documented: IAM user guide, "IAM identifiers").
_AMAZONS = re.compile(r"A[KS]IA[A-Z0-9]{16}")


@dataclass(frozen=True, slots=True)
class Identity:
    """What GetCallerIdentity answered, the endpoints that the SDK has, and whose the keys look like."""

    account: str
    arn: str
    endpoints: tuple[str, ...]
    keys: str = AMAZONS

    @property
    def is_root(self) -> bool:
        """Whether this is the account's root user."""
        return self.arn.endswith(":root")


def account_config(*, retries: int = 6, within_s: float = 70.0, strictly: bool = True) -> "Config":
    """Return how clients of an account ask: patiently, for AWS throttles, and strictly nowhere but at its endpoint."""
    from botocore.config import Config

    return Config(  # the stubs know no `ignore_configured_endpoint_urls`
        max_pool_connections=64,
        connect_timeout=ASK_WITHIN_S,
        read_timeout=within_s,
        ignore_configured_endpoint_urls=strictly,  # type: ignore[call-arg]
        retries={"mode": "standard", "max_attempts": retries},
    )


def keys_are(access_key: str) -> str:
    """Return whose an access key looks like: EMULATORS, AMAZONS or UNKNOWN."""
    if _EMULATORS.fullmatch(access_key):
        return EMULATORS
    return AMAZONS if _AMAZONS.fullmatch(access_key) else UNKNOWN


def check_keys(keys: str, endpoint_url: str) -> None:
    """Raise StagingRefused for an emulator's keys at AWS, and for any others at an emulator: before they are used."""
    if endpoint_url and keys != EMULATORS:
        raise StagingRefused(
            f"the credentials are {keys}, and {endpoint_url} is an emulator, which must never see such",
            remedy="set AWS_ACCESS_KEY_ID=<twelve digits> and AWS_SECRET_ACCESS_KEY=test, and unset AWS_PROFILE",
        )
    if not endpoint_url and keys != AMAZONS:
        raise StagingRefused(
            f"the credentials are {keys}, and staging means AWS",
            remedy="use those of a listed account: AWS_PROFILE; in a shell made by `rehearse env`, open another",
        )


def identity(region: str, endpoint_url: str = "", *, strictly: bool = False) -> Identity:
    """Return the identity behind the process's credentials; raises StagingRefused when there is none to be had.

    Keys that don't fit the endpoint are refused before they are used. `strictly`: no configured endpoint counts.
    """
    return session_and_identity(region, endpoint_url, strictly=strictly)[1]


def session_and_identity(region: str, endpoint_url: str, *, strictly: bool) -> "tuple[boto3.Session, Identity]":
    """Return the session that was asked as well: who uses another one may have other keys than were checked."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    config = account_config(retries=1, within_s=ASK_WITHIN_S, strictly=strictly)
    try:
        session = boto3.Session(region_name=region)
        found = session.get_credentials()
        keys = keys_are(found.access_key) if found is not None and found.access_key else UNKNOWN
        sts = session.client("sts", endpoint_url=endpoint_url or None, config=config)
        if found is not None:  # before anything is asked: a token that is sent is seen
            place = endpoint_url if strictly else sts.meta.endpoint_url
            if not strictly:
                require_aws(place)
            check_keys(keys, "" if is_aws(place) else place)
        told = sts.get_caller_identity()
        dynamodb = session.client("dynamodb", endpoint_url=endpoint_url or None, config=config)
        places = (sts.meta.endpoint_url, dynamodb.meta.endpoint_url)
    except (BotoCoreError, ClientError) as problem:
        raise StagingRefused(
            "STS does not say whose credentials these are, so staging is refused",
            evidence={"seen": f"{type(problem).__name__}: {problem}", "region": region},
            remedy="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, of a listed account",
        ) from problem
    return session, Identity(str(told["Account"]), str(told["Arn"]), places, keys)


def check_caller(seen: Identity, endpoint_url: str) -> None:
    """Raise StagingRefused for the root user, and for an account that only emulators have."""
    if endpoint_url:  # emulators know no users: their caller may be called root
        return
    if seen.is_root:
        raise StagingRefused(
            f"the credentials are those of the root user of account {seen.account}, whom nothing bounds",
            evidence={"caller": seen.arn},
            remedy="use a role or user with the policy of docs/staging.md",
        )
    if seen.account == _EMULATOR_ACCOUNT:
        raise StagingRefused(
            f"STS says account {seen.account}, which only emulators have, and no emulator was meant",
            evidence={"caller": seen.arn, "endpoint": seen.endpoints[0]},
            remedy="set REHEARSAL_STAGING_ENDPOINT_URL to prove staging against an emulator",
        )


@cache
def session_for(region: str, account: str, endpoint_url: str) -> "boto3.Session":
    """Return a session whose keys are surely `account`'s; raises StagingRefused when they are another account's."""
    session, seen = session_and_identity(region, endpoint_url, strictly=True)
    if seen.account != account:
        raise StagingRefused(
            f"the credentials are those of account {seen.account}, and the run was made in account {account}",
            evidence={"caller": seen.arn},
            remedy="use the credentials that the run was brought up with: AWS_PROFILE",
        )
    return session
