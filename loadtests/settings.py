"""What a run is asked to do: one frozen value, made and checked once, handed to every process of the run as JSON.

Whether it may run at all (which target, how much of it) is for `guard` to say; this module knows only what makes sense.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from harness.errors import SettingInvalid

TARGETS = ("", "local", "staging")
SHAPES = ("steady", "ramp", "spike", "soak", "launch-day", "replay")
KEYS = ("uniform", "zipf", "hot-wallet", "hot-tenant", "monotonic")
BILLINGS = ("on-demand", "provisioned")
CAPACITIES = ("enforce", "count", "off")
RETRY_MODES = ("legacy", "standard", "adaptive")
USERS_MAX = 20_000
RATE_PER_S_MAX = 200_000.0
DURATION_S_MAX = 7 * 86_400.0
SHARDS_MAX = 100  # BatchGetItem reads that many at once
WALLETS_MAX = 1_000_000
STEPS_MAX = 600
SPEED_MIN, SPEED_MAX = 0.01, 1000.0
SEEDED_MAX = 20_000  # items that are written before the load; what a run touches beyond them is made by its first write


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. `target` is "" when nobody named one: then it is this machine, and `guard` bounds it."""

    story: str = "hot-wallet"  # a name of stories.STORIES: which users play, and what is expected of them
    target: str = ""
    instance: str = ""  # a running environment to use; "" brings up one of the run's own and takes it down again
    users: int = 20
    rate_per_s: float = 80.0  # requests a second of all users together; 0.0: as fast as answers come
    duration_s: float = 60.0  # of the whole run, warm-up included
    warm_up_s: float = 0.0  # measured, and told, apart from the verdict
    shape: str = "steady"

    keys: str = "uniform"
    hot_share: float = 0.7  # of the writes that go to the one hot key, or tenant
    zipf_exponent: float = 1.1
    wallets: int = 200
    tenants: int = 10
    shards: int = 1  # write sharding: a wallet's writes are spread over so many items, and reads add them up
    read_share: float = 0.2  # of requests that read
    item_bytes: int = 200  # of a written item, about
    seed: int = 1

    capacity: str = "enforce"  # what the edge is asked to do; nothing on staging
    capacity_scale: float = 0.03
    split_after_s: float = 5.0  # of heat until a partition splits; AWS takes minutes
    billing: str = "on-demand"  # of the load stack's table
    provisioned_read_units: int = 4000
    provisioned_write_units: int = 4000
    retry_mode: str = "legacy"  # of boto3; "legacy" is what a client without configuration has
    attempts_max: int = 10

    workers: int = 0  # worker processes beside Locust's master; 0: one process alone
    web_port: int = 0  # of Locust's web UI on 127.0.0.1; 0: none, the run starts and ends by itself
    trace: str = ""  # a recorded trace, with shape "replay"
    speed: float = 1.0  # of the replay, against the trace's own pace
    region: str = ""  # of staging
    spend_cap_usd: float | None = None  # what a run on staging may cost
    yes: bool = False  # nobody is asked
    folder: str = ""  # where the run is written; "": a new folder in artifacts/

    @property
    def is_local(self) -> bool:
        """Whether the run stays on this machine."""
        return self.target != "staging"

    @property
    def rate_per_user_s(self) -> float:
        """Requests a second that each user makes when all of them are there; 0.0 as fast as answers come."""
        return self.rate_per_s / self.users

    @property
    def step_s(self) -> float:
        """The length of a step of the run's timeline; there are 600 at most."""
        return max(1.0, self.duration_s / STEPS_MAX)

    @property
    def seeded_items(self) -> int:
        """How many items of wallets, all shards of each, are written before the load; users of events need none."""
        if self.shape == "replay" or self.keys in ("hot-tenant", "monotonic"):
            return 0
        return min(self.wallets * self.shards, SEEDED_MAX)

    def as_document(self) -> dict[str, Any]:
        """Return the settings as JSON-ready data."""
        return asdict(self)


def settings_from(document: Mapping[str, Any]) -> Settings:
    """Return checked settings; raises SettingInvalid, naming the option, for what makes no sense."""
    known = {one.name for one in fields(Settings)}
    unknown = sorted(set(document) - known)
    if unknown:
        raise SettingInvalid(f"{unknown[0]!r} is no setting of a load run", evidence={"settings": ", ".join(known)})
    return checked(Settings(**document))


def checked(settings: Settings) -> Settings:
    """Return `settings`; raises SettingInvalid for the first one that makes no sense."""
    _check_choices(settings)
    _check_numbers(settings)
    if settings.warm_up_s >= settings.duration_s:
        raise SettingInvalid(
            f"the warm-up takes {settings.warm_up_s:g} s of a run of {settings.duration_s:g} s, expected less",
            remedy="give --for a longer time, or --warm-up a shorter one",
        )
    if settings.shape == "replay" and not settings.trace:
        raise SettingInvalid("shape replay has no trace, expected --trace FILE", remedy="rehearse calls --json > FILE")
    if settings.shape != "replay" and (settings.trace or settings.speed != 1.0):
        said = "--trace" if settings.trace else "--speed"
        raise SettingInvalid(f"{said} is for a replay, and the shape is {settings.shape}", remedy="add --shape replay")
    if settings.trace and not Path(settings.trace).exists():
        raise SettingInvalid(f"trace {settings.trace} is not there, expected a calls.jsonl or a folder that holds one")
    return settings


def _check_choices(settings: Settings) -> None:
    for name, chosen, choices in (
        ("target", settings.target, TARGETS),
        ("shape", settings.shape, SHAPES),
        ("keys", settings.keys, KEYS),
        ("billing", settings.billing, BILLINGS),
        ("capacity", settings.capacity, CAPACITIES),
        ("retry-mode", settings.retry_mode, RETRY_MODES),
    ):
        if chosen not in choices:
            expected = ", ".join(choice for choice in choices if choice)
            raise SettingInvalid(f"--{name} is {chosen!r}, expected one of {expected}")


def _check_numbers(settings: Settings) -> None:
    for name, value, low, high in (
        ("users", settings.users, 1, USERS_MAX),
        ("rate", settings.rate_per_s, 0, RATE_PER_S_MAX),
        ("for", settings.duration_s, 1, DURATION_S_MAX),
        ("warm-up", settings.warm_up_s, 0, DURATION_S_MAX),
        ("hot-share", settings.hot_share, 0, 1),
        ("zipf-exponent", settings.zipf_exponent, 0.1, 5),
        ("wallets", settings.wallets, 2, WALLETS_MAX),
        ("tenants", settings.tenants, 1, min(settings.wallets, 1000)),
        ("shards", settings.shards, 1, SHARDS_MAX),
        ("read-share", settings.read_share, 0, 1),
        ("item-bytes", settings.item_bytes, 50, 380 * 1024),
        ("capacity-scale", settings.capacity_scale, 0.0001, 1000),
        ("split-after", settings.split_after_s, 0, 86_400),
        ("provisioned-reads", settings.provisioned_read_units, 1, 1_000_000),
        ("provisioned-writes", settings.provisioned_write_units, 1, 1_000_000),
        ("attempts", settings.attempts_max, 1, 20),
        ("workers", settings.workers, 0, 64),
        ("web-port", settings.web_port, 0, 65_535),
        ("speed", settings.speed, SPEED_MIN, SPEED_MAX),
        ("spend-cap", settings.spend_cap_usd or 0, 0, 1_000_000),
    ):
        if not low <= value <= high:  # NaN is within no bounds
            raise SettingInvalid(f"--{name} is {value:,}, expected from {low:,} to {high:,}")
