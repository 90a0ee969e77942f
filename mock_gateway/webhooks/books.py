"""Decides what is sent to whom, and keeps the books about what came of it, in the deliverer's transactions."""

import logging
import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from mock_gateway.calls import WEBHOOK, Call
from mock_gateway.clock import Clock, to_text
from mock_gateway.faults.board import Bite, Board
from mock_gateway.faults.misdelivery import Misdelivery
from mock_gateway.webhooks.addresses import path_of
from mock_gateway.webhooks.endpoints import Endpoint
from mock_gateway.webhooks.events import Event, find_event
from mock_gateway.webhooks.in_hand import InHand, Parcel
from mock_gateway.webhooks.outbox import CANCELLED, DELIVERED, DROPPED, GIVEN_UP, Attempt, Delivery, Outbox
from mock_gateway.webhooks.retrying import Retrying

AS_IT_SHOULD = Misdelivery()
_log = logging.getLogger("mock_gateway.webhooks")


@dataclass(frozen=True)
class Books:
    """Works on a connection that the caller holds."""

    outbox: Outbox
    board: Board
    clock: Clock
    retrying: Retrying

    def take(self, connection: sqlite3.Connection, in_hand: InHand, now_s: float) -> None:
        """Take what is due in hand, as far as there is room, each with the fault that it meets."""
        now = to_text(self.clock.now())
        while (room := in_hand.room()) > 0:
            busy = in_hand.endpoints_busy()
            due = self.outbox.due(connection, now, without=in_hand.deliveries(), without_endpoints=busy, limit=room)
            if not due:
                return
            for delivery in due:
                if delivery.endpoint not in in_hand.endpoints_busy():
                    self._take_one(connection, in_hand, delivery, now_s)

    def enter(self, connection: sqlite3.Connection, parcel: Parcel, attempt: Attempt) -> None:
        """Enter what came of sending a parcel."""
        delivery = parcel.delivery
        self.outbox.log(connection, delivery.id, attempt)
        if parcel.is_copy:
            return
        if not attempt.error:
            self.outbox.end(connection, delivery.id, DELIVERED)
            return
        pause_s = self.retrying.pause_s(_identity(parcel), delivery.failures + 1)
        if pause_s is None:
            _log.warning("delivery %s was given up: %s", delivery.id, attempt.error)
            self.outbox.end(connection, delivery.id, GIVEN_UP)
        else:
            due_at = to_text(self.clock.now() + timedelta(seconds=pause_s))
            self.outbox.put_off(connection, delivery.id, due_at)

    def _take_one(self, connection: sqlite3.Connection, in_hand: InHand, delivery: Delivery, now_s: float) -> None:
        event = find_event(connection, delivery.event)
        endpoint = self.outbox.endpoints.find(connection, delivery.endpoint)
        if event is None or endpoint is None or not endpoint.is_enabled:
            self.outbox.end(connection, delivery.id, CANCELLED)
            return
        bite = self.board.choose(_call(delivery, event, endpoint))
        fault = bite.fault if isinstance(bite.fault, Misdelivery) else AS_IT_SHOULD
        parcel = Parcel(delivery=delivery, event=event, endpoint=endpoint, fault=fault)
        if fault.is_lost:
            bite.fire()
            self._lose(connection, parcel)
        elif fault.held_together():
            in_hand.hold(parcel, bite, now_s + bite.pause_s())
        else:
            _hand_over(in_hand, parcel, bite, now_s)

    def _lose(self, connection: sqlite3.Connection, parcel: Parcel) -> None:
        attempt = Attempt(error="lost on the way", fault=parcel.fault.kind, at=to_text(self.clock.now()))
        self.outbox.log(connection, parcel.delivery.id, attempt)
        self.outbox.end(connection, parcel.delivery.id, DROPPED)


def _hand_over(in_hand: InHand, parcel: Parcel, bite: Bite, now_s: float) -> None:
    if parcel.fault is not AS_IT_SHOULD:
        bite.fire()
    pause_s = bite.pause_s()
    in_hand.add(parcel, now_s + pause_s if pause_s else None)
    for _ in range(parcel.fault.copies()):
        in_hand.add(parcel.copied(), now_s + parcel.fault.copies_pause_s())


def _call(delivery: Delivery, event: Event, endpoint: Endpoint) -> Call:
    return Call(
        operation=WEBHOOK,
        path=path_of(endpoint.url),
        # A webhook is no request that has an id: its delivery's tells which one it was.
        request_id=delivery.id,
        merchant=event.merchant,
        customer=event.customer,
        reference=event.reference,
        idempotency_key=event.idempotency_key,
        amount_minor=event.amount_minor,
        currency=event.currency,
        event=event.type,
        endpoint=endpoint.id,
    )


def _identity(parcel: Parcel) -> str:
    return _call(parcel.delivery, parcel.event, parcel.endpoint).identity()
