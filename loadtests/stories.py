"""The stories a run can play: which users, how keys are drawn, and what is expected when nothing else is said.

A story is data. What it needs deployed is known by its users' entry in `PLAYERS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import SettingInvalid


@dataclass(frozen=True, slots=True)
class Player:
    """One kind of user: its Locust class in its module, and what has to be deployed for it.

    `system` is "load" (the stack of loadtests/stack), or a system of the project; `module` is "" for users to come.
    """

    module: str
    class_name: str
    system: str
    says: str


@dataclass(frozen=True, slots=True)
class Story:
    """Users and expectations. `settings` are the run's defaults where they differ from those of Settings."""

    says: str
    players: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    objectives: Mapping[str, object] = field(default_factory=dict)


PLAYERS: dict[str, Player] = {
    "wallets": Player("loadtests.users.wallets", "WalletUser", "load", "debits, credits and reads wallets' items"),
    "dynamodb": Player(
        "loadtests.users.dynamodb", "DynamoUser", "load", "puts, reads, queries, batches and transactions of events"
    ),
    "payments-api": Player(
        "loadtests.users.payments_api", "PaymentsApiUser", "payments", "pays, tops up and reads over HTTP"
    ),
    "payments-machine": Player(
        "loadtests.users.payments_machine", "PaymentsMachineUser", "payments", "starts executions, waits for their end"
    ),
    "bookings": Player(
        "loadtests.users.bookings", "BookingUser", "booking", "looks for slots, books, cancels and chats over HTTP"
    ),
}

_DATA = {"p50": "100ms", "p99": "1s", "errors": "0.1%", "throttles": "1%", "fairness": 0.95}
# A request of events takes 1.4 write units in the mean: half of what the scaled table serves.
_EVENTS = {"rate_per_s": 50.0, "warm_up_s": 20.0}
_PAYMENTS = {"p50": "500ms", "p99": "3s", "errors": "1%"}

STORIES: dict[str, Story] = {
    "hot-wallet": Story(
        "one wallet takes most writes, on one partition; --shards 10 spreads them",
        ("wallets",),
        {"keys": "hot-wallet", "warm_up_s": 20.0},
        _DATA,
    ),
    "hot-tenant": Story(
        "one tenant writes most events under one partition key",
        ("dynamodb",),
        {"keys": "hot-tenant", **_EVENTS},
        _DATA,
    ),
    "growing-events": Story(
        "one tenant's events come in the order of time: its partition can't be split",
        ("dynamodb",),
        {"keys": "monotonic", **_EVENTS},
        _DATA,
    ),
    "wallets": Story("wallets are used evenly", ("wallets",), {"warm_up_s": 10.0}, _DATA),
    "dynamodb": Story("events are written and read evenly", ("dynamodb",), _EVENTS, _DATA),
    "payments-api": Story(
        "payments over HTTP", ("payments-api",), {"rate_per_s": 10.0, "capacity": "off", "warm_up_s": 10.0}, _PAYMENTS
    ),
    "payments-machine": Story(
        "payments as executions of the state machine",
        ("payments-machine",),
        {"rate_per_s": 10.0, "capacity": "off", "warm_up_s": 10.0},
        _PAYMENTS,
    ),
    "bookings": Story(
        "bookings over HTTP, with one hot provider (--keys hot-wallet) or tenant (--keys hot-tenant)",
        ("bookings",),
        {"rate_per_s": 10.0, "capacity": "off", "warm_up_s": 10.0, "read_share": 0.5},
        {**_PAYMENTS, "throttles": "1%"},
    ),
}


def story_named(name: str) -> Story:
    """Return a story; raises SettingInvalid with those there are."""
    if name not in STORIES:
        raise SettingInvalid(
            f"story {name!r} is not known", evidence={one: story.says for one, story in STORIES.items()}
        )
    return STORIES[name]


def api_of(story: Story) -> str:
    """Return the system whose API a story's users ask, "" when they ask none."""
    return next((system for system in systems_of(story) if system != "load"), "")


def systems_of(story: Story) -> tuple[str, ...]:
    """Return what has to be deployed for a story."""
    return tuple(dict.fromkeys(PLAYERS[name].system for name in story.players))
