"""A booking as a customer knows it: first as what is asked for, then as what was answered."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.clients.answer import Answer
from harness.clients.booking.calendar import Slot, utc_text
from harness.clients.patience import patient_s
from harness.errors import StatusTimeout, WaitTimeout
from harness.waiting import wait_until

if TYPE_CHECKING:
    from harness.clients.booking.provider import Provider
    from harness.clients.booking.tenant import Tenant

FINAL_STATUSES = frozenset({"CONFIRMED", "CANCELLED", "NO_SHOW"})


class BookingRequest:
    """A booking that can be asked for, as often as one likes; `key` is its Idempotency-Key, "" for none."""

    def __init__(self, tenant: "Tenant", body: Mapping[str, Any], key: str) -> None:
        self._tenant = tenant
        self.body = dict(body)
        self.key = key

    def submit(self) -> "Booking":
        """Ask for the booking and wait for the answer."""
        answer = self._tenant.exchange(
            "book",
            "POST",
            "/bookings",
            body=self.body,
            headers={"Idempotency-Key": self.key},
            known={"idempotencyKey": self.key},
            identified_by="bookingId",
        )
        return Booking(self._tenant, answer, asked_id="")

    def but(self, **changes: Any) -> "BookingRequest":
        """Return a request under the same key with some of its body changed; None takes a field out."""
        body = {name: value for name, value in {**self.body, **changes}.items() if value is not None}
        return BookingRequest(self._tenant, body, self.key)

    def without_key(self) -> "BookingRequest":
        """Return the same request without an Idempotency-Key, as each time a new one."""
        return BookingRequest(self._tenant, self.body, "")


class Booking:
    """A booking that was asked for or read, and the answer."""

    def __init__(self, tenant: "Tenant", answer: Answer, *, asked_id: str) -> None:
        self._tenant = tenant
        self.answer = answer
        self.booking_id = str(answer.document.get("bookingId") or asked_id)

    @property
    def status_code(self) -> int | None:
        """The answer's HTTP status; None without an answer."""
        return self.answer.status_code

    @property
    def status(self) -> str:
        """The booking's status in the answer; "" when the answer was a refusal."""
        return str(self.answer.document.get("status", ""))

    @property
    def deposit_status(self) -> str:
        """The status of the booking's deposit in the answer; "" when the answer was a refusal."""
        return str(self.answer.document.get("depositStatus", ""))

    @property
    def code(self) -> str:
        """The code of the refusal, e.g. `slot_taken`; "" for a success."""
        return self.answer.code

    @property
    def payment_id(self) -> str:
        """The payment of the booking's deposit, in the payments system."""
        return f"dep-{self.booking_id}"

    def aws_match(self) -> dict[str, str]:
        """Return what the edge's fault rules know this booking by: the execution that moves its deposit."""
        return {"execution": self.booking_id}

    def read(self) -> "Booking":
        """Read the booking as it is now."""
        return self._tenant.booking(self.booking_id)

    def cancel(self, reason: str = "") -> "Booking":
        """Cancel it; again is the same."""
        return self._act("cancel", {"reason": reason} if reason else {})

    def reschedule(self, slot: "Slot | str", *, provider: "Provider | None" = None) -> "Booking":
        """Move it to another time, and maybe to another provider."""
        body = {"datetime": utc_text(slot.starts_at) if isinstance(slot, Slot) else slot}
        return self._act("reschedule", body | ({"providerId": provider.provider_id} if provider else {}))

    def no_show(self) -> "Booking":
        """Say that the customer did not come."""
        return self._act("no_show", {})

    def settles(self, *, within_s: float = 15.0) -> "Booking":
        """Wait until nothing of the booking is under way, and return it so; raises StatusTimeout."""
        return self._wait("an end", lambda now: now._is_settled, within_s)

    def reaches(self, status: str, *, deposit: str = "", within_s: float = 15.0) -> "Booking":
        """Wait until the booking has a status, and its deposit; return it so. Raises StatusTimeout."""
        return self._wait(
            f"{status} {deposit}".strip(),
            lambda now: now.status == status and deposit in ("", now.deposit_status),
            within_s,
        )

    @property
    def _is_settled(self) -> bool:
        # A booking may be cancelled while its deposit is still being asked for.
        return self.status in FINAL_STATUSES and self.deposit_status not in ("PENDING", "REFUND_PENDING")

    def _act(self, action: str, body: Mapping[str, Any]) -> "Booking":
        path = f"/bookings/{self.booking_id}/{action.replace('_', '-')}"
        answer = self._tenant.exchange(action, "POST", path, subject=self.booking_id, body=body)
        return Booking(self._tenant, answer, asked_id=self.booking_id)

    def _wait(self, what: str, is_there: "Any", within_s: float) -> "Booking":
        within_s = patient_s(within_s)
        seen: dict[str, None] = {}
        found: list[Booking] = []

        def probe() -> bool:
            found.append(self.read())
            now = found[-1]
            seen.setdefault(f"{now.status or now.code or now.status_code} {now.deposit_status}".strip())
            return bool(is_there(now))

        try:
            wait_until(f"{what} of {self.booking_id}", probe, within_s=within_s)
        except WaitTimeout:
            raise StatusTimeout(
                f"booking {self.booking_id} is still {list(seen)[-1]} after {within_s:.1f} s, expected {what}",
                evidence={"seen": ", ".join(seen)},
            ) from None
        return found[-1]
