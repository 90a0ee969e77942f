"""When a delivery that failed is tried again, and when it is given up."""

from dataclasses import dataclass

from mock_gateway.faults.fault import Dice

ATTEMPTS_MAX = 16
RETRY_BASE_MS = 1_000


@dataclass(frozen=True)
class Retrying:
    """Each pause is twice the one before, give or take a quarter of it, drawn from the seed.

    Stripe tries for up to three days (source: its page on webhooks, documented; its pauses are not): so does a base of
    8,000 ms. The default is quicker, because somebody is watching.
    """

    base_ms: int = RETRY_BASE_MS
    seed: int = 0

    def pause_s(self, identity: str, attempts: int) -> float | None:
        """Return the pause after so many failed attempts, in seconds; None: it is given up."""
        if attempts >= ATTEMPTS_MAX:
            return None
        drawn = Dice(self.seed, identity, attempts).throw("retry")
        return self.base_ms / 1000 * float(2 ** (attempts - 1)) * (0.75 + drawn / 2)
