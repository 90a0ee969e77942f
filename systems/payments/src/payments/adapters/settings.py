"""The functions' settings, read once from the environment that the template gives them."""

from groundwork.settings import Environment

from payments.domain.charging import ChargePolicy
from payments.domain.circuit import BreakerPolicy
from payments.domain.validation import Limits


def breaker_policy(environment: Environment) -> BreakerPolicy:
    """Return the circuit breaker's settings."""
    timeout_ms = environment.number("GATEWAY_TIMEOUT_MS", 1_500)
    return BreakerPolicy(
        failure_threshold=int(environment.number("BREAKER_FAILURE_THRESHOLD", 5)),
        window_ms=int(environment.number("BREAKER_WINDOW_SECONDS", 10) * 1000),
        open_ms=int(environment.number("BREAKER_OPEN_SECONDS", 30) * 1000),
        # A probe takes at most one call; twice that leaves room for a slow start.
        probe_lease_ms=int(timeout_ms * 2 + 1_000),
        cache_ms=int(environment.number("BREAKER_CACHE_MS", 1_000)),
    )


def charge_policy(environment: Environment) -> ChargePolicy:
    """Return the timeouts of the gateway's calls."""
    timeout_s = environment.number("GATEWAY_TIMEOUT_MS", 1_500) / 1000
    return ChargePolicy(
        timeout_s=timeout_s,
        look_up_timeout_s=min(timeout_s, environment.number("GATEWAY_LOOK_UP_TIMEOUT_MS", 1_000) / 1000),
        charge_quiet_s=environment.number("CHARGE_QUIET_SECONDS", 5),
    )


def limits(environment: Environment) -> Limits:
    """Return the largest request that is taken."""
    return Limits(amount_minor_max=int(environment.number("AMOUNT_MINOR_MAX", 100_000_000)))
