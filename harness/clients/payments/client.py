"""The payments system as its customers see it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlencode

from harness.clients import cards
from harness.clients.answer import Answer
from harness.clients.api import RecordedApi
from harness.clients.names import Names
from harness.clients.patience import patient_s
from harness.clients.payments.payment import Payment, PaymentRequest
from harness.clients.payments.wallet import Wallet
from harness.errors import AnswerUnexpected, StatusTimeout, WaitTimeout
from harness.waiting import wait_until


class Witness(Protocol):
    """Who can tell of a payment what the API does not."""

    def evidence(self, payment_id: str) -> Mapping[str, object]:
        """Return what an error about the payment should show."""

    def states(self, payment_id: str) -> list[str]:
        """Return the states that the payment's execution went through, in order."""

    def failed_attempts(self, payment_id: str) -> list[str]:
        """Return the error of every attempt of a state that failed, in order."""

    def circuit_changes(self, merchant: str) -> list[str]:
        """Return what became of a merchant's circuit breaker, in order: opened, half-opened, closed."""


class PaymentsClient:
    """Opens wallets, pays and reads; the `witness` knows what the API does not tell."""

    def __init__(
        self,
        api: RecordedApi,
        names: Names,
        now_s: Callable[[], float],
        witness: Witness,
        trial_api_key: str = "",
    ) -> None:
        self.api = api
        self.names = names
        self.now_s = now_s
        self.witness = witness
        self._trial_api_key = trial_api_key

    def on_trial(self) -> "PaymentsClient":
        """Return the same client under the trial API key, whose usage plan allows little."""
        return self._under(self._trial_api_key)

    def without_key(self) -> "PaymentsClient":
        """Return the same client without an API key."""
        return self._under("")

    def wallet(self, balance: str | None = "100.00", *, currency: str = "USD", user: str = "user") -> Wallet:
        """Open a wallet of a user of one's own with `balance`; None leaves it unopened. Raises AnswerUnexpected."""
        wallet = Wallet(self, self.names.following(user), currency)
        if balance is None:
            return wallet
        answer = wallet.top_up(balance)
        if answer.status_code != 200:
            raise AnswerUnexpected(
                f"opening a wallet with {balance} {currency} was answered with {answer.status_code}, expected 200",
                evidence={"answer": dict(answer.document) or answer.problem},
            )
        return wallet

    def payment(
        self,
        wallet: Wallet,
        *,
        amount: str,
        payment_id: str | None = "",
        card: str = cards.GOOD,
        merchant: str = "",
        currency: str = "",
        **more: Any,
    ) -> PaymentRequest:
        """Prepare a payment from `wallet`.

        `payment_id` and `merchant` are labels, made unique to the test; None lets the system choose the id.
        `more` goes into the body as it is: order_id, description, metadata.
        """
        body: dict[str, Any] = {
            "user_id": wallet.user_id,
            "amount": amount,
            "currency": currency or wallet.currency,
            "card": card,
            **more,
        }
        if payment_id is not None:
            body["payment_id"] = self.names.scoped(payment_id) if payment_id else self.names.following("pay")
        if merchant:
            body["merchant"] = self.names.scoped(merchant)
        return PaymentRequest(self, body, {})

    def pay(self, wallet: Wallet, *, amount: str, **more: Any) -> Payment:
        """Prepare a payment and submit it."""
        return self.payment(wallet, amount=amount, **more).submit()

    def pay_until(
        self, status: str, wallet: Wallet, *, amount: str, within_s: float = 10.0, times_max: int = 50, **more: Any
    ) -> list[Payment]:
        """Pay again and again, each time anew, until a payment has `status`; return them all, that one last.

        Raises StatusTimeout after `within_s` seconds or `times_max` payments.
        """
        within_s = patient_s(within_s)
        made: list[Payment] = []

        def probe() -> bool:
            made.append(self.pay(wallet, amount=amount, **more))
            return made[-1].status == status or len(made) >= times_max

        with suppress(WaitTimeout):
            wait_until(f"a payment with status {status}", probe, within_s=within_s, every_s=0.05, every_max_s=0.2)
        if made[-1].status == status:
            return made
        seen = ", ".join(f"{one.status or one.status_code} {one.code}".strip() for one in made)
        raise StatusTimeout(
            f"none of {len(made)} payments of {wallet.user_id} was {status}, expected one within {within_s:.1f} s",
            evidence={"seen": seen, **self.witness.evidence(made[-1].payment_id)},
        )

    def post(self, body: Mapping[str, Any]) -> Answer:
        """Send any body as a payment, as a careless client would."""
        return self.api.exchange("pay", "POST", "/payments", subject=str(body.get("payment_id", "")), body=body)

    def list_payments(self, user_id: str, *, limit: int = 0, cursor: str = "") -> Answer:
        """Read one page of a user's payments, newest first."""
        query = urlencode({name: value for name, value in (("limit", limit), ("cursor", cursor)) if value})
        path = f"/users/{user_id}/payments" + (f"?{query}" if query else "")
        return self.api.exchange("list_payments", "GET", path, subject=user_id)

    def circuit_changes(self, merchant: str) -> list[str]:
        """Return what became of a merchant's circuit breaker, in order: opened, half-opened, closed."""
        return self.witness.circuit_changes(merchant)

    def health(self) -> Answer:
        """Ask whether the API is well."""
        return self.api.exchange("health", "GET", "/health", subject="")

    def _under(self, api_key: str) -> "PaymentsClient":
        return PaymentsClient(self.api.under(api_key), self.names, self.now_s, self.witness, self._trial_api_key)
