"""Where a gateway's numbers are kept; they are only read when somebody asks for them."""

from collections import Counter
from dataclasses import dataclass

from mock_gateway.about.totals import LedgerTotals
from mock_gateway.clock import ShiftedClock
from mock_gateway.database import Database
from mock_gateway.faults.board import Board
from mock_gateway.idempotency import IdempotencyKeys
from mock_gateway.traffic import Traffic


@dataclass(frozen=True)
class Sources:
    """One gateway's."""

    database: Database
    totals: LedgerTotals
    traffic: Traffic
    board: Board
    keys: IdempotencyKeys
    clock: ShiftedClock

    def clear(self) -> None:
        """Count from nothing, with a gateway that forgot everything."""
        self.totals.clear()
        self.traffic.clear()

    def deliveries(self) -> Counter[str]:
        """Return how many webhook deliveries there are by what became of them."""
        return self._counted("SELECT status, count(*) FROM webhook_deliveries GROUP BY status")

    def attempts(self) -> Counter[str]:
        """Return how often a webhook was sent, by the status that its receiver answered; "" when none came."""
        return self._counted("SELECT coalesce(status_code, ''), count(*) FROM webhook_attempts GROUP BY status_code")

    def faults(self) -> Counter[str]:
        """Return how many faults of each kind are set."""
        return Counter(rule.fault.kind for rule in self.board.rules())

    def _counted(self, query: str) -> Counter[str]:
        with self.database.read() as connection:
            return Counter({str(name): count for name, count in connection.execute(query)})
