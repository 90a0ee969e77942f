"""Puts a gateway together: one ledger, one set of keys and faults, and the faces on top."""

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from mock_gateway import clock as time_kept
from mock_gateway import idempotency
from mock_gateway.about.face import about_face
from mock_gateway.about.sources import Sources
from mock_gateway.about.totals import LedgerTotals
from mock_gateway.admin.clock import ClockAdmin
from mock_gateway.admin.disputes import DisputesAdmin
from mock_gateway.admin.face import admin_face
from mock_gateway.admin.faults import FaultsAdmin
from mock_gateway.admin.idempotency import IdempotencyAdmin
from mock_gateway.admin.overview import OverviewAdmin
from mock_gateway.admin.page import PageAdmin
from mock_gateway.admin.webhooks import WebhooksAdmin
from mock_gateway.calls import CallLog
from mock_gateway.clock import Clock, ShiftedClock, SystemClock
from mock_gateway.database import Database
from mock_gateway.faces.adyen.face import adyen_face
from mock_gateway.faces.desk import Desk
from mock_gateway.faces.exchange import IS_FREE, Exchanges
from mock_gateway.faces.plain.face import plain_face
from mock_gateway.faces.stripe import objects as stripe_objects
from mock_gateway.faces.stripe.events import EventRoutes, Events
from mock_gateway.faces.stripe.face import stripe_face
from mock_gateway.faces.stripe.resources import resources, teller_of
from mock_gateway.faces.stripe.webhook_endpoints import WebhookEndpoints
from mock_gateway.faults.board import Board
from mock_gateway.housekeeping import Housekeeping
from mock_gateway.idempotency import FIRST_ANSWER, IdempotencyKeys, IdempotencyPolicy
from mock_gateway.money import acquirer, customers, disputes, ledger
from mock_gateway.money.acquirer import Acquirer
from mock_gateway.money.customers import Customers
from mock_gateway.money.disputes import Disputes
from mock_gateway.money.ledger import Ledger
from mock_gateway.processing import Processor
from mock_gateway.traffic import Traffic
from mock_gateway.webhooks import endpoints, outbox
from mock_gateway.webhooks import events as webhook_events
from mock_gateway.webhooks.deliverer import TIMEOUT_MS, Deliverer, Sending
from mock_gateway.webhooks.endpoints import Endpoints
from mock_gateway.webhooks.outbox import Outbox
from mock_gateway.webhooks.retrying import RETRY_BASE_MS, Retrying

BODY_BYTES_MAX = 256 * 1024
SCHEMAS = (
    *(ledger.SCHEMA, acquirer.SCHEMA, customers.SCHEMA, disputes.SCHEMA),
    *(idempotency.SCHEMA, time_kept.SCHEMA),
    stripe_objects.SCHEMA,
    *(webhook_events.SCHEMA, endpoints.SCHEMA, outbox.SCHEMA),
)


@dataclass(frozen=True)
class Settings:
    """What can be chosen about a gateway."""

    # None keeps everything in memory.
    database: Path | None = None
    # For fault rules with a probability and no seed of their own.
    seed: int = field(default_factory=lambda: secrets.randbits(32))
    policy: IdempotencyPolicy = FIRST_ANSWER
    clock: Clock = field(default_factory=SystemClock)
    # How often holds whose time has come expire by themselves; None: only when the clock is advanced.
    housekeeping_every_s: float | None = None
    # Whether webhooks may go to other machines.
    webhooks_anywhere: bool = False
    webhook_retry_base_ms: int = RETRY_BASE_MS
    webhook_timeout_ms: int = TIMEOUT_MS
    # An address that the admin face answers beside this machine's own; "" for none.
    admin_near: str = ""


def create_gateway(settings: Settings) -> tuple[Flask, Callable[[], None]]:
    """Return the application and what closes its database; raises DatabaseUnusable."""
    database, cleanup = Database(settings.database, SCHEMAS), ExitStack()
    cleanup.callback(database.close)
    clock = ShiftedClock(settings.clock)
    with database.read() as connection:
        clock.load(connection)
    board, calls, traffic = Board(clock), CallLog(), Traffic()
    keys, exchanges = IdempotencyKeys(settings.policy, clock), Exchanges(calls, traffic, clock)
    sources = Sources(database, LedgerTotals(database), traffic, board, keys, clock)
    processor = Processor(database, keys, board, clock)
    movements = Ledger(clock)
    mail = Outbox(Endpoints(clock))
    deliverer = Deliverer(database, mail, board, clock, _sending(settings))
    cleanup.callback(deliverer.close)
    clock.advanced = deliverer.nudge

    def clear() -> None:
        # Webhooks before faults: one that a fault holds would be sent as soon as the fault is gone.
        processor.forget()
        deliverer.forget()
        board.clear()
        calls.clear()
        sources.clear()
        keys.restore_policies()
        clock.ahead_s = 0.0

    desk = Desk(
        database=database,
        ledger=movements,
        acquirer=Acquirer(movements, clock),
        customers=Customers(clock),
        keys=keys,
        processor=processor,
        exchanges=exchanges,
        clock=clock,
        seed=settings.seed,
    )
    application = Flask(__name__, static_folder=None)
    application.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    application.config[IS_FREE] = database.is_free
    exchanges.watch(application)
    disputed = Disputes(movements, desk.acquirer, clock)
    admin = admin_face(
        [
            FaultsAdmin(board, calls, clear, clock, settings.seed),
            IdempotencyAdmin(keys),
            ClockAdmin(database, desk.acquirer, clock),
            DisputesAdmin(database, movements, desk.acquirer, disputed),
            OverviewAdmin(sources, movements, disputed, calls, settings.seed),
            PageAdmin(),
            WebhooksAdmin(database, mail, deliverer, exchanges, clock),
        ],
        settings.admin_near,
    )
    teller, events = teller_of(desk), Events(clock, mail)
    webhooks = (EventRoutes(teller, mail), WebhookEndpoints(teller, mail.endpoints, settings.webhooks_anywhere))
    parts, cardholder = resources(teller, events)
    stripe = stripe_face([*parts, *webhooks])
    for face in (plain_face(desk), adyen_face(desk), stripe, cardholder, about_face(sources), admin):
        application.register_blueprint(face)
    if settings.housekeeping_every_s is not None:
        cleanup.callback(Housekeeping(database, desk.acquirer, settings.housekeeping_every_s).close)
    deliverer.resume()
    return application, cleanup.close


def _sending(settings: Settings) -> Sending:
    return Sending(
        machine_clock=settings.clock,
        anywhere=settings.webhooks_anywhere,
        timeout_s=settings.webhook_timeout_ms / 1000,
        retrying=Retrying(settings.webhook_retry_base_ms, settings.seed),
    )
