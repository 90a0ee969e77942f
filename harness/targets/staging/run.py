"""One run on an AWS account: its name prefix, its tags, its bucket, and what the state file keeps of it.

Everything that a run makes begins with `rh-<instance>-<id>`, so that it is found again by its name alone, even when the
machine that made it is gone. Leaves out who may make a run (`guard`) and how one ends (`teardown`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from harness.errors import SettingInvalid
from harness.ids import new_token

MARK, BUCKET = "rh-", "-artifacts-"
TAG_RUN, TAG_INSTANCE, TAG_EXPIRES = "rehearsal:run", "rehearsal:instance", "rehearsal:expires"
ID_LENGTH = 6
# With the longest system and function name of a project, a function's name has 64 characters (documented limit).
INSTANCE_LENGTH_MAX = 20


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `prefix` begins every name of it; instants are ISO 8601, UTC; `endpoint_url` is "" for AWS itself."""

    id: str
    instance: str
    account_id: str
    region: str
    gateway_url: str
    started_at: str
    expires_at: str
    endpoint_url: str = ""

    @property
    def prefix(self) -> str:
        """What every name of the run begins with, without the hyphen behind it."""
        return f"{MARK}{self.instance}-{self.id}"

    @property
    def bucket(self) -> str:
        """The bucket that holds the run's packages; its name is the world's, so the account is in it."""
        return f"{self.prefix}{BUCKET}{self.account_id}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags of everything that the run makes."""
        return {TAG_RUN: self.id, TAG_INSTANCE: self.instance, TAG_EXPIRES: self.expires_at}

    def stack_name(self, name: str) -> str:
        """Return the stack's name in this run, for a system's or a stack's."""
        return name if self.owns(name) else f"{self.prefix}-{name}"

    def owns(self, name: str) -> bool:
        """Return whether a name is one of the run's."""
        return name.startswith(f"{self.prefix}-")

    def to_json(self) -> dict[str, str]:
        """Return everything as JSON-ready values, which `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, str]) -> "Run":
        """Read what `to_json` gave."""
        return cls(**values)


def new_run(
    instance: str, *, account_id: str, region: str, gateway_url: str, now: datetime, lasts_s: float, endpoint_url: str
) -> Run:
    """Return a run that begins now; raises SettingInvalid for an instance whose name is too long for AWS's names."""
    if len(instance) > INSTANCE_LENGTH_MAX:
        raise SettingInvalid(
            f"instance name {instance!r} has {len(instance)} characters, expected at most {INSTANCE_LENGTH_MAX} on "
            "staging: AWS bounds the names that begin with it"
        )
    return Run(
        id=new_token(ID_LENGTH),
        instance=instance,
        account_id=account_id,
        region=region,
        gateway_url=gateway_url,
        started_at=now.isoformat(timespec="seconds"),
        expires_at=(now + timedelta(seconds=lasts_s)).isoformat(timespec="seconds"),
        endpoint_url=endpoint_url,
    )
