"""What a test has of the booking system: its client, and its final reads, the deposits' money included."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from harness.clients.api import RecordedApi, http_client
from harness.clients.booking import BookingClient, BookingReader
from harness.clients.booking.client import API_KEY
from harness.clients.names import Names
from harness.clients.payments.final_reads import FinalReader
from harness.history import History, Recorder

if TYPE_CHECKING:
    from harness.pytest_plugin.rehearsal import Connections

SYSTEM = "booking"


class Owner(Protocol):
    """Whose operations a client records: a test's, or those of one walk among many of a test."""

    @property
    def names(self) -> Names: ...
    @property
    def recorder(self) -> Recorder: ...
    @property
    def now_s(self) -> Callable[[], float]: ...


class BookingPart:
    """The connections to booking that all tests of a process share."""

    def __init__(self, connections: "Connections") -> None:
        deployment = connections.deployment
        deployment.system(SYSTEM)
        self._http = http_client(deployment.environment.api_url(SYSTEM))
        self._payments = FinalReader(deployment, connections.gateway)
        self.reader = BookingReader(deployment, self._payments)

    def read(self, history: History, *, settle_within_s: float) -> History:
        """Wait for settling and do the final reads."""
        return self.reader.read(history, settle_within_s=settle_within_s)

    def client(self, own: Owner, now: Callable[[], datetime] | None = None) -> BookingClient:
        """Return the client of one test; `now` is the instant that days are reckoned from, by default the machine's."""
        api = RecordedApi(self._http, "", own.recorder, identified_by="bookingId", secret=API_KEY)
        return BookingClient(api, own.names, own.now_s, *((now,) if now else ()))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        self._payments.close()
        self.reader.close()
