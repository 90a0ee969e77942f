"""What happens with time although nobody asks: holds expire, and the ledger and its listeners learn of it.

One thread looks once in a while, which costs an indexed look-up. Whoever asks about a hold in between is told that it
expired all the same. Leaves out every clock but the gateway's own: when that is advanced, what falls due happens then.
"""

import logging
import sqlite3
import threading

from mock_gateway.database import Database
from mock_gateway.money.acquirer import Acquirer

_log = logging.getLogger("mock_gateway.housekeeping")
_STOPS_WITHIN_S = 15.0


class Housekeeping:
    """A thread that lets due holds expire every `every_s` seconds, until it is closed."""

    def __init__(self, database: Database, acquirer: Acquirer, every_s: float) -> None:
        self._database = database
        self._acquirer = acquirer
        self._every_s = every_s
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, after what is under way; raises TimeoutError when that does not end."""
        self._closed.set()
        self._thread.join(_STOPS_WITHIN_S)
        if self._thread.is_alive():
            raise TimeoutError(f"housekeeping is still busy after {_STOPS_WITHIN_S} s, expected it to stop")

    def _run(self) -> None:
        while not self._closed.wait(self._every_s):
            try:
                self._expire()
            except sqlite3.Error:
                # Another process may hold the file; what is due now is due the next time, too.
                _log.exception("due holds could not expire, trying again in %s s", self._every_s)

    def _expire(self) -> None:
        with self._database.read() as connection:
            is_due = self._acquirer.has_due(connection)
        if is_due:
            with self._database.write() as connection:
                _log.info("%d holds expired", self._acquirer.expire_due(connection))
