"""A payment as a client knows it: first as what it asks for, then as what was answered."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.clients.answer import Answer
from harness.clients.patience import patient_s
from harness.errors import StatusTimeout, WaitTimeout
from harness.waiting import wait_until

if TYPE_CHECKING:
    from harness.clients.payments.client import PaymentsClient

FINAL_STATUSES = frozenset({"COMPLETED", "FAILED", "REFUNDED"})


class PaymentRequest:
    """A payment that can be asked for, as often as one likes; `payment_id` is "" when the system is to choose it."""

    def __init__(self, payments: "PaymentsClient", body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self._payments = payments
        self.body = dict(body)
        self.headers = dict(headers)

    @property
    def payment_id(self) -> str:
        """The id that the request carries."""
        return str(self.body.get("payment_id") or self.headers.get("Idempotency-Key", ""))

    @property
    def merchant(self) -> str:
        """The merchant that the request names."""
        return str(self.body.get("merchant", "default"))

    def gateway_match(self) -> dict[str, str]:
        """Return what the gateway's fault rules know this payment by."""
        return {"reference": self.payment_id}

    def aws_match(self) -> dict[str, str]:
        """Return what the edge's fault rules know this payment by: its execution, and all that this one calls."""
        return {"execution": self.payment_id}

    def submit(self) -> "Payment":
        """Ask for the payment and wait for the answer."""
        return self._submit({})

    def submit_async(self) -> "Payment":
        """Ask for the payment to be started; the answer comes at once."""
        return self._submit({"Prefer": "respond-async"})

    def but(self, **changes: Any) -> "PaymentRequest":
        """Return the same request with some of its body changed; None takes a field out."""
        body = {name: value for name, value in {**self.body, **changes}.items() if value is not None}
        return PaymentRequest(self._payments, body, self.headers)

    def _submit(self, headers: Mapping[str, str]) -> "Payment":
        answer = self._payments.api.exchange(
            "pay", "POST", "/payments", subject=self.payment_id, body=self.body, headers={**self.headers, **headers}
        )
        return Payment(self._payments, answer, asked_id=self.payment_id)


class Payment:
    """A payment that was asked for, and the answer."""

    def __init__(self, payments: "PaymentsClient", answer: Answer, *, asked_id: str) -> None:
        self._payments = payments
        self.answer = answer
        self.payment_id = str(answer.document.get("payment_id") or asked_id)

    @property
    def status_code(self) -> int | None:
        """The answer's HTTP status; None without an answer."""
        return self.answer.status_code

    @property
    def document(self) -> Mapping[str, Any]:
        """The answer's document."""
        return self.answer.document

    @property
    def status(self) -> str:
        """The payment's status in the answer; "" when the answer was a refusal."""
        return str(self.answer.document.get("status", ""))

    @property
    def code(self) -> str:
        """The code of the refusal or failure, e.g. `insufficient_funds`; "" for a success."""
        return self.answer.code

    def gateway_match(self) -> dict[str, str]:
        """Return what the gateway's fault rules know this payment by."""
        return {"reference": self.payment_id}

    def aws_match(self) -> dict[str, str]:
        """Return what the edge's fault rules know this payment by: its execution, and all that this one calls."""
        return {"execution": self.payment_id}

    def read(self) -> "Payment":
        """Read the payment as it is now."""
        path = f"/payments/{self.payment_id}"
        answer = self._payments.api.exchange("read_payment", "GET", path, subject=self.payment_id)
        return Payment(self._payments, answer, asked_id=self.payment_id)

    def event_types(self) -> list[str]:
        """Return the types of the payment's events, in the API's order."""
        path = f"/payments/{self.payment_id}/events"
        answer = self._payments.api.exchange("read_events", "GET", path, subject=self.payment_id)
        return [str(event.get("event_type") or event.get("type")) for event in answer.document.get("events", ())]

    def states(self) -> list[str]:
        """Return the states that the payment's execution went through, in order."""
        return self._payments.witness.states(self.payment_id)

    def failed_attempts(self) -> list[str]:
        """Return the error of every attempt of a state that failed, in order, e.g. `Runtime.ExitError`."""
        return self._payments.witness.failed_attempts(self.payment_id)

    def refund(self, amount: str = "", *, refund_id: str = "", reason: str = "") -> Answer:
        """Refund `amount`, by default what is left; the same `refund_id` again is the same refund."""
        names = self._payments.names
        body = {"refund_id": names.scoped(refund_id) if refund_id else names.following("refund")}
        body |= {name: value for name, value in (("amount", amount), ("reason", reason)) if value}
        path = f"/payments/{self.payment_id}/refunds"
        return self._payments.api.exchange("refund", "POST", path, subject=self.payment_id, body=body)

    def reaches(self, status: str, *, within_s: float = 10.0) -> "Payment":
        """Wait until the payment has `status` and return it so; raises StatusTimeout with what was seen meanwhile.

        It raises at once when the payment has come to an end from which `status` can't be reached.
        """
        within_s = patient_s(within_s)
        seen: dict[str, float] = {}
        start_s = self._payments.now_s()

        def probe() -> Payment | None:
            now = self.read()
            seen.setdefault(now.status or f"HTTP {now.status_code}", self._payments.now_s() - start_s)
            over = now.status in FINAL_STATUSES and not (now.status == "COMPLETED" and status == "REFUNDED")
            return now if now.status == status or over else None

        try:
            reached = wait_until(f"{status} of {self.payment_id}", probe, within_s=within_s)
        except WaitTimeout:
            raise self._not_reached(status, seen, f"is still {list(seen)[-1]} after {within_s:.1f} s") from None
        if reached.status == status:
            return reached
        raise self._not_reached(status, seen, f"ended {reached.status} after {seen[reached.status]:.1f} s")

    def settles(self, *, within_s: float = 10.0) -> "Payment":
        """Wait until the payment has come to an end, whichever, and return it so; raises StatusTimeout.

        An answer that is an end already, a refusal included, is returned as it is.
        """
        if self.status in FINAL_STATUSES or (self.status_code or 0) >= 400:
            return self
        within_s = patient_s(within_s)
        reached: list[Payment] = []

        def probe() -> bool:
            reached.append(self.read())
            return reached[-1].status in FINAL_STATUSES

        try:
            wait_until(f"an end of {self.payment_id}", probe, within_s=within_s)
        except WaitTimeout:
            now = reached[-1].status or f"HTTP {reached[-1].status_code}"
            raise self._not_reached("an end", {now: within_s}, f"is still {now} after {within_s:.1f} s") from None
        return reached[-1]

    def visits(self, state: str, *, within_s: float = 10.0) -> None:
        """Wait until the payment's execution has come to `state`; raises StatusTimeout."""
        within_s = patient_s(within_s)
        try:
            wait_until(f"state {state} of {self.payment_id}", lambda: state in self.states(), within_s=within_s)
        except WaitTimeout:
            way = " → ".join(self.states()) or "no state"
            raise StatusTimeout(
                f"the execution of {self.payment_id} did not come to {state} within {within_s:.1f} s",
                evidence={"way": way, **self._payments.witness.evidence(self.payment_id)},
            ) from None

    def _not_reached(self, status: str, seen: Mapping[str, float], what: str) -> StatusTimeout:
        evidence = {"seen": ", ".join(f"{one} at {at_s:.1f} s" for one, at_s in seen.items())}
        return StatusTimeout(
            f"payment {self.payment_id} {what}, expected {status}",
            evidence={**evidence, **self._payments.witness.evidence(self.payment_id)},
        )
