"""Faults of webhooks: they come twice, late, out of order, not at all, or not as they were signed.

They bite attempts to deliver (operation `webhook`), so a retry meets them anew.
"""

import hashlib
import json
from dataclasses import dataclass

from mock_gateway.calls import WEBHOOK
from mock_gateway.faults.fault import Dice, Fault, Phase, argument, milliseconds


@dataclass(frozen=True)
class Misdelivery(Fault):
    """Nothing goes wrong; kinds override what they change about an attempt."""

    kind = ""
    phases = (Phase.BEFORE,)
    operations = (WEBHOOK,)
    # It never arrives, and the gateway believes it did.
    is_lost = False

    def copies(self) -> int:
        """Return how many more times it is sent."""
        return 0

    def copies_pause_s(self) -> float:
        """Return how long after the first the copies are sent, in seconds."""
        return 0.0

    def copies_age_s(self) -> int:
        """Return how long ago the copies say that they were signed, in seconds."""
        return 0

    def held_together(self) -> int:
        """Return with how many it is held, to be sent in reverse; 0: it is not."""
        return 0

    def signing_secret(self, secret: str) -> str:
        """Return the secret that it is signed with."""
        return secret

    def sent_body(self, body: str) -> str:
        """Return what is sent under the signature of `body`."""
        return body


@dataclass(frozen=True)
class DuplicateDelivery(Misdelivery):
    """Send it `copies_count` times more, `delay_ms` later."""

    kind = "duplicate_delivery"
    copies_count: int = argument(1, at_least=1, at_most=20)
    delay_ms: int = milliseconds(0)

    def copies(self) -> int:
        return self.copies_count

    def copies_pause_s(self) -> float:
        return self.delay_ms / 1000


@dataclass(frozen=True)
class ReplayDelivery(Misdelivery):
    """Send it once more, signed rightly but `age_s` ago, as who recorded it long ago and sends it again.

    Stripe's clients refuse what is older than 300 s.
    """

    kind = "replay_delivery"
    age_s: int = argument(3_600, at_least=1, at_most=10**9)
    delay_ms: int = milliseconds(0)

    def copies(self) -> int:
        return 1

    def copies_pause_s(self) -> float:
        return self.delay_ms / 1000

    def copies_age_s(self) -> int:
        return self.age_s


@dataclass(frozen=True)
class DelayDelivery(Misdelivery):
    """Send it `delay_ms` later, plus up to `jitter_ms`; what comes after it may overtake it."""

    kind = "delay_delivery"
    delay_ms: int = milliseconds(1_000)
    jitter_ms: int = milliseconds(0)

    def pause_s(self, dice: Dice, /) -> float:
        return (self.delay_ms + self.jitter_ms * dice.throw("jitter")) / 1000


@dataclass(frozen=True)
class ReorderDeliveries(Misdelivery):
    """Hold what goes to one endpoint until there are `count`, then send the last first, one after another.

    Fewer are sent after `hold_ms`, or when the fault is healed.
    """

    kind = "reorder_deliveries"
    count: int = argument(2, at_least=2, at_most=100)
    hold_ms: int = milliseconds(5_000)

    def pause_s(self, _dice: Dice, /) -> float:
        return self.hold_ms / 1000

    def held_together(self) -> int:
        return self.count


@dataclass(frozen=True)
class DropDelivery(Misdelivery):
    """Lose it on the way: the gateway believes that it was taken, and does not try again."""

    kind = "drop_delivery"
    is_lost = True


@dataclass(frozen=True)
class WrongSignature(Misdelivery):
    """Sign it with another secret than the endpoint's, as a forger would."""

    kind = "wrong_signature"

    def signing_secret(self, secret: str) -> str:
        return f"whsec_{hashlib.sha256(secret.encode()).hexdigest()[:48]}"


@dataclass(frozen=True)
class AlteredDelivery(Misdelivery):
    """Change it after it was signed: the amount, or `livemode` of what has none."""

    kind = "altered_delivery"

    def sent_body(self, body: str) -> str:
        document = json.loads(body)
        about = document["data"]["object"]
        if isinstance(about.get("amount"), int):
            about["amount"] += 1
        else:
            document["livemode"] = not document["livemode"]
        return json.dumps(document, separators=(",", ":"))
