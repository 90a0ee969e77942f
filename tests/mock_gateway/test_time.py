"""Time: the clock is advanced on demand, and holds run out, whether or not somebody asks."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from mock_gateway.admin.clock import AHEAD_S_MAX
from mock_gateway.application import Settings, create_gateway
from tests.mock_gateway.driving import InProcess, StoppedClock, eventually, in_process

HOLD = {"amount_minor": 4000, "currency": "USD", "card": "tok_visa"}


def test_clock_is_as_far_ahead_as_it_was_advanced(gateway: InProcess) -> None:
    before = gateway.get("/_admin/clock").json
    gateway.send("POST", "/_admin/clock", {"advance_s": 1.5})
    reply = gateway.send("POST", "/_admin/clock", {"advance": "36h"})

    assert before == {"now": "2026-01-01T00:00:00.000000Z", "ahead_s": 0.0}
    assert reply.json == {"now": "2026-01-02T12:00:01.500000Z", "ahead_s": 129_601.5, "expired": 0}
    assert gateway.charge().json["created_at"] == "2026-01-02T12:00:01.500000Z"


def test_only_due_holds_expire_when_the_clock_is_advanced(gateway: InProcess) -> None:
    early = gateway.send("POST", "/authorizations", {**HOLD, "reference": "early"}).json["id"]
    gateway.send("POST", "/_admin/clock", {"advance": "1d"})
    late = gateway.send("POST", "/authorizations", HOLD).json["id"]
    captured = gateway.send("POST", "/authorizations", HOLD).json["id"]
    gateway.send("POST", f"/authorizations/{captured}/capture")

    expired = [
        gateway.send("POST", "/_admin/clock", {"advance": duration}).json["expired"] for duration in ("6d", "6d")
    ]

    assert expired == [1, 1]
    assert [entry["charge"] for entry in gateway.entries("kind=expiry")] == [early, late]
    assert gateway.entries("kind=expiry")[0]["reference"] == "early"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"advance_s": 1, "advance": "1d"},
        {"advance_s": -1},
        {"advance_s": True},
        {"advance_s": "1"},
        {"advance_s": AHEAD_S_MAX + 1},
        {"advance": "1y"},
        {"advance": "-1d"},
        {"advance": 7},
        {"advance": "9999999999w"},
        '{"advance_s": NaN}',
        '{"advance_s": 1e999}',
        {"advance_s": 10**400},
    ],
)
def test_clock_stays_when_the_wish_is_wrong(gateway: InProcess, body: Any) -> None:
    reply = gateway.send("POST", "/_admin/clock", body)

    assert reply.status == 400
    assert gateway.get("/_admin/clock").json["ahead_s"] == 0


def test_clock_is_not_ahead_any_more_when_the_gateway_is_reset(gateway: InProcess) -> None:
    gateway.send("POST", "/_admin/clock", {"advance": "1d"})
    gateway.send("POST", "/_admin/reset")

    assert gateway.get("/_admin/clock").json["ahead_s"] == 0


def test_clock_stays_when_what_falls_due_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    with in_process(StoppedClock()) as gateway:
        monkeypatch.setattr("mock_gateway.money.acquirer.Acquirer.expire_due", fail)
        assert gateway.send("POST", "/_admin/clock", {"advance": "1d"}).status == 500
        monkeypatch.undo()

        assert gateway.get("/_admin/clock").json["ahead_s"] == 0


def test_clock_is_still_ahead_when_the_gateway_starts_again(tmp_path: Path) -> None:
    file = tmp_path / "gateway.sqlite3"
    with in_process(StoppedClock(), database=file) as gateway:
        gateway.send("POST", "/_admin/clock", {"advance": "2d"})

    with in_process(StoppedClock(), database=file) as gateway:
        assert gateway.get("/_admin/clock").json["now"] == "2026-01-03T00:00:00.000000Z"


def test_ledger_learns_of_an_expiry_when_nobody_asks() -> None:
    clock = StoppedClock()
    with in_process(clock, housekeeping_every_s=0.01) as gateway:
        gateway.send("POST", "/authorizations", HOLD)
        clock.advance(7 * 86_400)

        eventually(lambda: bool(gateway.entries("kind=expiry")))


def test_housekeeping_goes_on_when_it_failed_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    def fail(*_: Any) -> bool:
        calls.append(1)
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr("mock_gateway.money.acquirer.Acquirer.has_due", fail)
    _, close = create_gateway(Settings(housekeeping_every_s=0.01))
    eventually(lambda: len(calls) > 1)
    close()

    assert "could not expire" in caplog.text
