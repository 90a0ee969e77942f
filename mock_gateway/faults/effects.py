"""Faults of the gateway itself: it does something else than it was asked for."""

from dataclasses import dataclass

from mock_gateway.faults.fault import Fault, Phase, milliseconds


@dataclass(frozen=True)
class DuplicateCharge(Fault):
    """Charge twice for one request and tell of one: what no gateway may do, to prove that checks see it."""

    kind = "duplicate_charge"
    phases = (Phase.AFTER,)
    operations = ("charge",)
    executions = 2


@dataclass(frozen=True)
class StaleRead(Fault):
    """Look up what was true `lag_ms` ago, as a lagging read replica does. The ledger itself is never stale."""

    kind = "stale_read"
    phases = (Phase.AFTER,)
    operations = ("lookup",)
    lag_ms: int = milliseconds(60_000, at_most=86_400_000)

    def reads_ago_s(self) -> float:
        return self.lag_ms / 1000
