"""What each plan allows: the only place where these figures stand."""

from dataclasses import dataclass
from enum import StrEnum


class Plan(StrEnum):
    """The plans that a tenant can be on."""

    FREE = "FREE"
    BASIC = "BASIC"
    PRO = "PRO"


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """The most that a tenant of a plan may have or do; months and minutes are UTC's."""

    bookings_per_month: int
    messages_per_month: int
    requests_per_minute: int
    services: int
    providers: int
    categories: int
    keys: int


LIMITS_BY_PLAN = {
    Plan.FREE: PlanLimits(50, 500, 120, services=10, providers=3, categories=10, keys=5),
    Plan.BASIC: PlanLimits(1_000, 10_000, 1_200, services=100, providers=20, categories=50, keys=20),
    Plan.PRO: PlanLimits(20_000, 200_000, 12_000, services=500, providers=200, categories=200, keys=50),
}


def limits_of(plan: str) -> PlanLimits:
    """Return the limits of a plan; a plan that is not known has those of the smallest."""
    return LIMITS_BY_PLAN[Plan(plan) if plan in Plan.__members__ else Plan.FREE]
