"""A running environment: where its parts answer, and how an AWS client is pointed at it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from harness.errors import SettingInvalid, TargetLacks
from harness.targets.sessions import LOCAL_ACCESS_KEY, LOCAL_SECRET_KEY, client_of, session_of

if TYPE_CHECKING:
    import boto3

# The account that the emulators use; a twelve-digit access key makes the engine use it as the account.
LOCAL_ACCOUNT_ID = "000000000000"
_MAKING_CLIENTS = Lock()


@dataclass(frozen=True, slots=True)
class Environment:
    """Where one environment's parts are. Addresses have no trailing slash; `directory` holds its state and logs.

    `api_urls` says where the API of each system answers, once it is deployed. Functions may live elsewhere than their
    users (in containers): `for_functions` holds what answers for them at another address, by name: "aws", "gateway",
    or a system's. `images` are those that a target of containers runs, by service. On an AWS account (staging)
    `aws_endpoint_url` is "" and `run` says what names and tags are the run's (`harness.targets.staging.run.Run`).
    """

    target: str
    instance: str
    aws_endpoint_url: str
    gateway_url: str
    directory: Path
    api_urls: Mapping[str, str] = field(default_factory=dict)
    region: str = "us-east-1"
    account_id: str = LOCAL_ACCOUNT_ID
    pids: dict[str, int] = field(default_factory=dict)
    for_functions: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    run: Mapping[str, str] = field(default_factory=dict)

    def api_url(self, system: str) -> str:
        """Return where the API of a system answers; raises SettingInvalid when it has no known port."""
        try:
            return self.api_urls[system]
        except KeyError:
            known = ", ".join(self.api_urls) or "none"
            raise SettingInvalid(f"system {system!r} has no known address, expected one of: {known}") from None

    def seen_by_functions(self, name: str) -> str:
        """Return where "aws", "gateway" or a system's API answers a Lambda function, "" for what has no address."""
        own = {"aws": self.aws_endpoint_url, "gateway": self.gateway_url, **self.api_urls}
        return self.for_functions.get(name) or own.get(name, "")

    def edge_url(self) -> str:
        """Return where the edge answers, with its faults, clock and capacity; raises TargetLacks without an edge."""
        if not self.aws_endpoint_url:
            raise TargetLacks(
                f"target {self.target} has no edge: no faults of AWS calls, no clock, no capacity, no record of calls",
                remedy="use an environment of target embedded or docker for that",
            )
        return self.aws_endpoint_url

    def environ(self) -> dict[str, str]:
        """Return the variables that point the AWS CLI and any SDK at this environment; on staging without keys."""
        local = {
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
            "AWS_ACCESS_KEY_ID": LOCAL_ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": LOCAL_SECRET_KEY,
        }
        return {
            **(local if self.aws_endpoint_url else {}),
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            **{f"{name.upper()}_API_URL": url for name, url in self.api_urls.items()},
            "GATEWAY_URL": self.gateway_url,
            "REHEARSAL_INSTANCE": self.instance,
        }

    def session(self) -> "boto3.Session":
        """Return a boto3 session with this environment's keys and region."""
        return session_of(self)

    def client(self, service: str) -> Any:
        """Return a boto3 client for `service` that talks to this environment and to nothing else."""
        with _MAKING_CLIENTS:  # a session is not safe for threads, the clients that it makes are
            return client_of(self, service)

    def to_json(self) -> dict[str, object]:
        """Return everything as JSON-ready values."""
        return {**asdict(self), "directory": str(self.directory)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Environment":
        """Read what `to_json` gave."""
        return cls(**{**values, "directory": Path(values["directory"])})
