"""Webhooks as they should be: signed, retried, resumed, each to whom it is meant for."""

import json
import socket
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mock_gateway.webhooks import deliverer
from mock_gateway.webhooks.retrying import ATTEMPTS_MAX, Retrying
from tests.mock_gateway.driving import eventually
from tests.mock_gateway.webhooks.receiving import VERIFIED, PostOffice, Receiver, post_office, receiving


def test_event_is_delivered_signed_when_something_happened(office: PostOffice, receiver: Receiver) -> None:
    (event,) = office.happened("charge.succeeded")
    office.settle()

    (received,) = receiver.received
    assert (received.event, received.verdict) == (event, VERIFIED)
    assert received.event["pending_webhooks"] == 1
    assert received.headers["Content-Type"] == "application/json; charset=utf-8"
    assert received.headers["User-Agent"].startswith("mock-gateway/")
    assert office.statuses() == ["delivered"]
    (attempt,) = office.attempts()
    assert (attempt.status_code, attempt.error, attempt.fault) == (200, "", "")
    assert abs((attempt.signed_at_s or 0) - time.time()) < 5


def test_nothing_is_delivered_when_the_transaction_is_rolled_back(office: PostOffice, receiver: Receiver) -> None:
    def fail() -> None:
        with office.database.write() as connection:
            office.events.record(connection, merchant="default", type="charge.succeeded", object={})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    office.happened("charge.refunded")
    office.settle()

    assert receiver.types() == ["charge.refunded"]


def test_endpoint_hears_only_of_what_it_asked_for(office: PostOffice) -> None:
    with receiving() as refunds, receiving() as other, receiving() as platform:
        refunds.secret = office.subscribe(refunds.url, "charge.refunded", "refund.created").secret
        other.secret = office.subscribe(other.url, merchant="acct_2").secret
        platform.secret = office.subscribe(platform.url, connect=True).secret
        office.happened("charge.succeeded", "charge.refunded", "refund.created")
        office.happened("charge.captured", merchant="acct_2")
        office.happened("charge.expired", merchant="acct_3")
        office.settle()

        assert sorted(refunds.types()) == ["charge.refunded", "refund.created"]
        assert other.types() == ["charge.captured"]
        assert sorted(one.event["account"] for one in platform.received) == ["acct_2", "acct_3"]


def test_signature_tells_the_machines_time_when_the_clock_is_advanced(office: PostOffice, receiver: Receiver) -> None:
    with office.database.write() as connection:
        office.clock.advance(connection, 30 * 86_400)
    (event,) = office.happened()
    office.settle()

    assert receiver.verdicts() == [VERIFIED]
    assert abs((office.attempts()[0].signed_at_s or 0) - time.time()) < 5
    assert event["created"] - time.time() > 29 * 86_400


def test_delivery_is_retried_later_and_later_when_the_receiver_fails(office: PostOffice, receiver: Receiver) -> None:
    receiver.answers = [500, 302, 404, 503]
    office.happened()
    eventually(lambda: office.statuses() == ["delivered"])

    assert [one.status_code for one in office.attempts()] == [500, 302, 404, 503, 200]
    assert [one.path for one in receiver.received] == ["/hooks"] * 5
    assert receiver.verdicts() == [VERIFIED] * 5
    assert len({one.body for one in receiver.received}) == 1


def test_pauses_double_and_repeat_with_the_seed() -> None:
    pauses = [Retrying(1000, seed=7).pause_s("x", attempts) or 0 for attempts in range(1, ATTEMPTS_MAX)]

    assert all(0.75 * 2**n <= pause <= 1.25 * 2**n for n, pause in enumerate(pauses))
    assert pauses == [Retrying(1000, seed=7).pause_s("x", attempts) for attempts in range(1, ATTEMPTS_MAX)]
    assert pauses != [Retrying(1000, seed=8).pause_s("x", attempts) for attempts in range(1, ATTEMPTS_MAX)]
    assert Retrying().pause_s("x", ATTEMPTS_MAX) is None


def test_delivery_is_given_up_when_it_never_succeeds_and_can_be_sent_again(receiver: Receiver) -> None:
    with post_office(base_ms=0) as office:
        receiver.secret = office.subscribe(receiver.url).secret
        receiver.answers = [500] * ATTEMPTS_MAX
        (event,) = office.happened()
        eventually(lambda: office.statuses() == ["given_up"])
        assert len(receiver.received) == ATTEMPTS_MAX

        (delivery,) = office.deliveries()
        with office.database.write() as connection:
            assert office.outbox.pending_by_event(connection, [event["id"]]) == {event["id"]: 1}
            office.outbox.deliver(connection, delivery.event, delivery.endpoint, due_at=delivery.created_at)
        office.settle()

        assert office.statuses() == ["delivered"]
        assert len(office.attempts()) == ATTEMPTS_MAX + 1


def test_retry_is_brought_on_when_the_clock_is_advanced(receiver: Receiver) -> None:
    with post_office(base_ms=3_600_000) as office:
        receiver.secret = office.subscribe(receiver.url).secret
        receiver.answers = [500]
        office.happened()
        eventually(lambda: len(office.attempts()) == 1)
        office.settle()
        assert office.statuses() == ["pending"]

        with office.database.write() as connection:
            office.clock.advance(connection, 2 * 3_600)
        eventually(lambda: office.statuses() == ["delivered"])

        assert receiver.verdicts() == [VERIFIED] * 2


def test_errors_tell_what_was_observed_when_nothing_answers(office: PostOffice) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        office.subscribe(f"http://localhost:{nobody.getsockname()[1]}/")
        office.subscribe("http://192.0.2.1/")
        office.happened()
        eventually(lambda: len(office.attempts()) >= 2)

    errors = {one.error for one in office.attempts()}
    assert errors == {
        "the connection was refused",
        "the URL is refused: it is another machine's; only a gateway started with --webhooks-anywhere sends there",
    }


def test_receiver_that_hangs_holds_up_nobody_else(receiver: Receiver) -> None:
    with post_office(base_ms=60_000, timeout_s=0.5) as office, receiving() as quick:
        office.subscribe(receiver.url.replace("/hooks", "/hangs"))
        quick.secret = office.subscribe(quick.url).secret
        receiver.is_awake.clear()
        office.set_fault("duplicate_delivery", copies_count=20, match={"path": "/hangs"})
        office.happened(*["charge.succeeded"] * 50)
        eventually(lambda: len(quick.received) == 50, within_s=2)
        hung = len(receiver.received)
        assert hung <= 8

        eventually(lambda: "no answer within 0.5 s" in {one.error for one in office.attempts()})
        assert quick.verdicts() == [VERIFIED] * 50


def test_receiver_that_drips_is_cut_when_the_time_is_over() -> None:
    with post_office(base_ms=60_000, timeout_s=0.3) as office, socket.create_server(("127.0.0.1", 0)) as listening:
        office.subscribe(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        office.happened()
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            # A byte at a time, forever: every single wait is short enough.
            eventually(lambda: not connection.sendall(b"H") and bool(office.attempts()))
        eventually(lambda: bool(office.attempts()))
        (attempt,) = office.attempts()

    assert attempt.error == "no answer within 0.3 s"
    assert attempt.duration_ms < 2_000


def test_deliveries_go_on_when_the_program_is_started_again(tmp_path: Path, receiver: Receiver) -> None:
    database = tmp_path / "x"
    receiver.is_awake.clear()
    with post_office(database) as office:
        receiver.secret = office.subscribe(receiver.url).secret
        office.happened("charge.succeeded", "charge.refunded")
        eventually(lambda: len(receiver.received) == 2)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 1
    receiver.is_awake.set()
    receiver.received.clear()

    with post_office(database) as office:
        assert office.statuses() == ["pending"] * 2
        office.deliverer.resume()
        office.settle()

        assert sorted(receiver.types()) == ["charge.refunded", "charge.succeeded"]
        assert office.statuses() == ["delivered"] * 2


@pytest.mark.parametrize("is_deleted", [True, False])
def test_deliveries_are_cancelled_when_the_endpoint_is_gone(office: PostOffice, is_deleted: bool) -> None:
    endpoint = office.subscribe("http://127.0.0.1:1/")
    with office.database.write() as connection:
        office.events.record(connection, merchant="default", type="charge.succeeded", object={})
        if is_deleted:
            office.outbox.endpoints.delete(connection, endpoint.id)
        else:
            connection.execute("UPDATE webhook_endpoints SET is_enabled = 0")
    office.settle()

    assert office.statuses() == ["cancelled"]


def test_deliveries_go_on_when_the_database_was_not_usable_for_a_while(
    office: PostOffice, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(office.outbox, "log", fail)
        office.happened()
        eventually(lambda: "the outbox can't be used" in caplog.text)
    eventually(lambda: office.deliverer.nudge() or office.statuses() == ["delivered"])

    assert set(receiver.verdicts()) == {VERIFIED}


def test_idle_post_office_has_no_thread(office: PostOffice) -> None:
    office.happened()

    assert office.deliveries() == []
    assert office.deliverer._thread is None


def test_body_is_the_recorded_event(office: PostOffice) -> None:
    (event,) = office.happened("payment_intent.succeeded", merchant="acct_1", about={"id": "pi_1", "amount": 1})

    with office.database.read() as connection:
        body = connection.execute("SELECT body FROM webhook_events").fetchone()[0]
    assert json.loads(body) == event
    assert event["account"] == "acct_1"
    assert event["request"] == {"id": "req_1", "idempotency_key": None}


def test_event_is_delivered_when_no_thread_could_be_started_at_first(
    office: PostOffice, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "TROUBLE_PAUSE_S", 0.01)
    start, failures = threading.Thread.start, ["can't start new thread"]

    def start_later(thread: threading.Thread) -> None:
        if thread.name.startswith("webhook ") and failures:
            raise RuntimeError(failures.pop())
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_later)
    office.happened()
    office.settle()

    assert (len(receiver.received), failures, office.statuses()) == (1, [], ["delivered"])
