"""Where the load goes: an environment of the run's own, one that runs already, or an AWS account (staging).

All three look alike to the rest: `client(service)`, addresses, and the variables that point an SDK there. On staging
the credentials are those of the SDK's own chain and no endpoint is set.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from harness.config import instance_name
from harness.errors import SettingInvalid
from harness.ids import new_token
from harness.targets import Environment, lifecycle, open_environment
from harness.targets.staging.identity import session_and_identity
from loadtests.guard import permitted
from loadtests.settings import Settings

if TYPE_CHECKING:
    import boto3

_MAKING_CLIENTS = Lock()


class Cloud(Protocol):
    """What a run needs to know of the place that it loads."""

    @property
    def target(self) -> str: ...
    @property
    def aws_endpoint_url(self) -> str: ...
    @property
    def api_urls(self) -> Mapping[str, str]: ...
    @property
    def gateway_url(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    def seen_by_functions(self, name: str) -> str: ...
    def client(self, service: str) -> Any: ...
    def environ(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Staging:
    """An AWS account, by the SDK's own credentials; `guard` has allowed it, for the very keys of `session`."""

    region: str
    account_id: str
    target: str = "staging"
    aws_endpoint_url: str = ""
    gateway_url: str = ""
    api_urls: Mapping[str, str] = field(default_factory=dict)
    session: "boto3.Session | None" = field(default=None, compare=False, repr=False)

    def seen_by_functions(self, name: str) -> str:
        """Return where a system's API answers a function; nothing else of an account has an address of ours."""
        return self.api_urls.get(name, "")

    def client(self, service: str) -> Any:
        """Return a boto3 client for a service."""
        if self.session is None:
            raise SettingInvalid("the account has no session whose keys were checked, expected that of open_cloud")
        with _MAKING_CLIENTS:  # a session is not safe for threads, the clients that it makes are
            return self.session.client(service)  # type: ignore[call-overload]

    def environ(self) -> dict[str, str]:
        """Return the variables that name the region."""
        return {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}


@contextmanager
def open_cloud(settings: Settings) -> Iterator[Cloud]:
    """Give the cloud of a run; one that was brought up for it goes with the block, also on Ctrl-C.

    Raises EnvironmentNotRunning for an instance that is named and does not run.
    """
    if not settings.is_local:
        yield _staging(settings)
    elif settings.instance:
        yield lifecycle.require_ready(instance_name(settings.instance))
    else:
        with open_environment(instance=f"load-{new_token(6)}") as environment:
            yield environment


def addresses(cloud: Cloud) -> list[str]:
    """Return every address that load may be sent to, but AWS's own."""
    return [url for url in (cloud.aws_endpoint_url, cloud.gateway_url, *cloud.api_urls.values()) if url]


def is_local(cloud: Cloud) -> bool:
    """Whether the cloud has an edge, with admin endpoints."""
    return isinstance(cloud, Environment)


def _staging(settings: Settings) -> Staging:
    if not settings.region:
        raise SettingInvalid("staging has no region, expected --region, e.g. --region eu-central-1")
    session, seen = session_and_identity(settings.region, "", strictly=False)
    permitted(settings, os.environ, who=lambda _: seen)  # keys may have changed since the run was asked for
    return Staging(settings.region, seen.account, session=session)
