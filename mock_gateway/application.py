"""Puts a gateway together: one ledger, one set of keys and faults, and the faces on top."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from mock_gateway import clock as time_kept
from mock_gateway import idempotency
from mock_gateway.admin.face import admin_face
from mock_gateway.admin.faults import FaultsAdmin
from mock_gateway.calls import CallLog
from mock_gateway.clock import Clock, ShiftedClock, SystemClock
from mock_gateway.database import Database
from mock_gateway.faces.desk import Desk
from mock_gateway.faces.exchange import Exchanges
from mock_gateway.faces.plain.face import plain_face
from mock_gateway.faults.board import Board
from mock_gateway.idempotency import FIRST_ANSWER, IdempotencyKeys, IdempotencyPolicy
from mock_gateway.money import acquirer, customers, ledger
from mock_gateway.money.acquirer import Acquirer
from mock_gateway.money.customers import Customers
from mock_gateway.money.ledger import Ledger
from mock_gateway.processing import Processor

BODY_BYTES_MAX = 256 * 1024
SCHEMAS = (
    *(ledger.SCHEMA, acquirer.SCHEMA, customers.SCHEMA),
    *(idempotency.SCHEMA, time_kept.SCHEMA),
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


def create_gateway(settings: Settings) -> tuple[Flask, Callable[[], None]]:
    """Return the application and what closes its database; raises DatabaseUnusable."""
    database = Database(settings.database, SCHEMAS)
    clock = ShiftedClock(settings.clock)
    with database.read() as connection:
        clock.load(connection)
    board, calls = Board(clock), CallLog()
    keys, exchanges = IdempotencyKeys(settings.policy, clock), Exchanges(calls, clock)
    processor = Processor(database, keys, board, clock)
    movements = Ledger(clock)

    def clear() -> None:
        board.clear()
        processor.forget()
        calls.clear()
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
    exchanges.watch(application)
    admin = admin_face([FaultsAdmin(board, calls, clear, clock, settings.seed)])
    for face in (plain_face(desk), admin):
        application.register_blueprint(face)
    return application, database.close
