"""Puts a gateway together: one ledger, one set of keys and faults, and the faces on top."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from mock_gateway.admin import Admin
from mock_gateway.calls import CallLog
from mock_gateway.clock import Clock, SystemClock
from mock_gateway.database import Database
from mock_gateway.faces.exchange import Exchanges
from mock_gateway.faces.plain import PlainFace
from mock_gateway.faults.board import Board
from mock_gateway.idempotency import FIRST_ANSWER, IdempotencyKeys, IdempotencyPolicy
from mock_gateway.ledger import Ledger
from mock_gateway.processing import Processor

BODY_BYTES_MAX = 256 * 1024


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
    clock, board, calls = settings.clock, Board(settings.clock), CallLog()
    database = Database(settings.database)
    keys, exchanges = IdempotencyKeys(settings.policy, clock), Exchanges(calls, clock)

    application = Flask(__name__, static_folder=None)
    application.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    exchanges.watch(application)
    processor = Processor(database, keys, board, clock)

    def clear() -> None:
        board.clear()
        processor.forget()
        calls.clear()

    plain = PlainFace(
        database=database,
        ledger=Ledger(clock),
        keys=keys,
        processor=processor,
        exchanges=exchanges,
        clock=clock,
        seed=settings.seed,
    )
    application.register_blueprint(plain.blueprint())
    application.register_blueprint(Admin(board, calls, clear, clock, settings.seed).blueprint())
    return application, database.close
