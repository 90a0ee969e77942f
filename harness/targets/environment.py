"""A running environment: where its parts answer, and how an AWS client is pointed at it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from harness.errors import SettingInvalid

if TYPE_CHECKING:
    import boto3

# The account that the emulators use; a twelve-digit access key makes the engine use it as the account.
LOCAL_ACCOUNT_ID = "000000000000"
LOCAL_ACCESS_KEY = "test"
_MAKING_CLIENTS = Lock()
LOCAL_SECRET_KEY = "test"  # noqa: S105 - what every emulator takes; it opens nothing


@dataclass(frozen=True, slots=True)
class Environment:
    """Where one environment's parts are. Addresses have no trailing slash; `directory` holds its state and logs.

    `api_urls` says where the API of each system answers, once it is deployed. Functions may live elsewhere than their
    users (in containers): `for_functions` holds what answers for them at another address, by name: "aws", "gateway",
    or a system's. `images` are those that a target of containers runs, by service.
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

    def environ(self) -> dict[str, str]:
        """Return the variables that point the AWS CLI and any SDK at this environment."""
        return {
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": LOCAL_ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": LOCAL_SECRET_KEY,
            **{f"{name.upper()}_API_URL": url for name, url in self.api_urls.items()},
            "GATEWAY_URL": self.gateway_url,
            "REHEARSAL_INSTANCE": self.instance,
        }

    def session(self) -> "boto3.Session":
        """Return a boto3 session with this environment's dummy keys and region."""
        return _session(self.region)

    def client(self, service: str) -> Any:
        """Return a boto3 client for `service` that talks to this environment and to nothing else."""
        from botocore.config import Config

        config = Config(max_pool_connections=64, connect_timeout=5, read_timeout=70, retries={"max_attempts": 2})
        with _MAKING_CLIENTS:  # a session is not safe for threads, the clients that it makes are
            return self.session().client(service, endpoint_url=self.aws_endpoint_url, config=config)  # type: ignore[call-overload]

    def to_json(self) -> dict[str, object]:
        """Return everything as JSON-ready values."""
        return {**asdict(self), "directory": str(self.directory)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Environment":
        """Read what `to_json` gave."""
        return cls(**{**values, "directory": Path(values["directory"])})


@cache
def _session(region: str) -> "boto3.Session":
    # Kept, because making one reads botocore's data from disk: a tenth of a second each.
    import boto3

    return boto3.Session(aws_access_key_id=LOCAL_ACCESS_KEY, aws_secret_access_key=LOCAL_SECRET_KEY, region_name=region)
