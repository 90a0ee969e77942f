"""Faults of the connection: the answer does not come, or not all of it. They really happen on the wire."""

from dataclasses import dataclass, replace

from mock_gateway.answer import Answer, Delivery
from mock_gateway.faults.fault import Dice, Fault, Phase, milliseconds


@dataclass(frozen=True)
class Refuse(Fault):
    """Reset the connection before anything happened."""

    kind = "refuse"
    phases = (Phase.BEFORE,)

    def spoil(self, answer: Answer, /) -> Answer:
        return replace(answer, delivery=Delivery.RESET)


@dataclass(frozen=True)
class Reset(Fault):
    """Reset the connection instead of answering."""

    kind = "reset"

    def spoil(self, answer: Answer, /) -> Answer:
        return replace(answer, delivery=Delivery.RESET)


@dataclass(frozen=True)
class Hang(Fault):
    """Hold the request until the client gives up; reset the connection after `delay_ms` at the latest."""

    kind = "hang"
    delay_ms: int = milliseconds(30_000)

    def pause_s(self, _dice: Dice, /) -> float:
        return self.delay_ms / 1000

    def spoil(self, answer: Answer, /) -> Answer:
        return replace(answer, delivery=Delivery.RESET)


@dataclass(frozen=True)
class Timeout(Hang):
    """The same as `hang`, under the name that callers see it by."""

    kind = "timeout"


@dataclass(frozen=True)
class Truncate(Fault):
    """Promise the whole body, send half of it, close the connection."""

    kind = "truncate"

    def spoil(self, answer: Answer, /) -> Answer:
        return replace(answer, delivery=Delivery.TRUNCATED)
