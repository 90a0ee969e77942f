"""A tenant: a business that offers services, with its plan and its settings."""

from dataclasses import dataclass, field
from enum import StrEnum

from booking.domain.plans import Plan, PlanLimits, limits_of


class TenantStatus(StrEnum):
    """A suspended tenant's keys are refused; its data stay."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a tenant's widget looks and speaks, how its chat thinks, and how long a quiet conversation is kept."""

    primary_color: str = "#1f6feb"
    language: str = "es"
    ai_mode: str = "FSM"
    conversation_ttl_days: int = 1


@dataclass(frozen=True, slots=True)
class Tenant:
    """One business; instants are text as `groundwork.instants` gives it, `version` counts changes."""

    tenant_id: str
    name: str
    country: str
    timezone: str
    billing_email: str
    plan: Plan = Plan.FREE
    status: TenantStatus = TenantStatus.ACTIVE
    settings: Settings = field(default_factory=Settings)
    version: int = 1
    created_at: str = ""
    updated_at: str = ""

    @property
    def limits(self) -> PlanLimits:
        """Return what the tenant's plan allows."""
        return limits_of(self.plan)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a tenant used in one month (YYYY-MM, UTC)."""

    month: str
    plan: str
    messages: int = 0
    bookings: int = 0
    tokens_ia: int = 0
    errors: int = 0
