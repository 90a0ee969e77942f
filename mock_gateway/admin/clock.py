"""Lets days pass: the gateway's clock is advanced, and what falls due meanwhile happens at once."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.clock import ShiftedClock, to_text
from mock_gateway.database import Database
from mock_gateway.faces import fields
from mock_gateway.faces.exchange import sent
from mock_gateway.money.acquirer import Acquirer
from mock_gateway.problems import invalid

# Instants are written with four digits for the year; nobody tests further ahead.
AHEAD_S_MAX = 100 * 365.25 * 86_400
_SECONDS_BY_UNIT = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
_DURATION = re.compile(r"(\d{1,10})([smhdw])", re.ASCII)


@dataclass(frozen=True)
class ClockAdmin:
    """`/_admin/clock`."""

    database: Database
    acquirer: Acquirer
    clock: ShiftedClock

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/clock")(self.show_clock)
        face.post("/clock")(self.advance_clock)

    def show_clock(self) -> Response:
        """`GET /_admin/clock`: the gateway's time, and how far it is ahead of the machine's."""
        return sent(Answer.of(200, self._document()))

    def advance_clock(self) -> Response:
        """`POST /_admin/clock`: `advance_s` or `advance` ("7d"); 200 with how many holds expired."""
        duration_s = _duration_s(fields.json_object(("advance_s", "advance")))
        ahead_s = self.clock.ahead_s
        if ahead_s + duration_s > AHEAD_S_MAX:
            raise invalid("the clock would be more than 100 years ahead", code="clock_too_far_ahead")
        try:
            with self.database.write() as connection:
                self.clock.advance(connection, duration_s)
                expired = self.acquirer.expire_due(connection)
        except BaseException:
            self.clock.ahead_s = ahead_s
            raise
        return sent(Answer.of(200, {**self._document(), "expired": expired}))

    def _document(self) -> dict[str, Any]:
        return {"now": to_text(self.clock.now()), "ahead_s": self.clock.ahead_s}


def _duration_s(body: dict[str, Any]) -> float:
    if len(body) != 1:
        raise invalid("one of advance_s and advance is expected", code="parameter_missing")
    if "advance" in body:
        found = _DURATION.fullmatch(body["advance"]) if isinstance(body["advance"], str) else None
        if found is None:
            raise invalid('advance must be a number and a unit of s, m, h, d or w, e.g. "7d"', param="advance")
        return float(int(found[1]) * _SECONDS_BY_UNIT[found[2]])
    value = body["advance_s"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # NaN is not within any bounds, either.
    if not is_number or not 0 <= value <= AHEAD_S_MAX:
        raise invalid("advance_s must be seconds from 0 to 100 years: time is never put back", param="advance_s")
    return float(value)
