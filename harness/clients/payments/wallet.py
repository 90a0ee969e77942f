"""A customer's wallet."""

from typing import TYPE_CHECKING

from harness.clients.answer import Answer
from harness.errors import AnswerUnexpected
from harness.units import Money

if TYPE_CHECKING:
    from harness.clients.payments.client import PaymentsClient


class Wallet:
    """One user's wallet; a user has one, in one currency."""

    def __init__(self, payments: "PaymentsClient", user_id: str, currency: str) -> None:
        self._payments = payments
        self.user_id = user_id
        self.currency = currency

    def gateway_match(self) -> dict[str, str]:
        """Return what the gateway's fault rules know this customer by."""
        return {"customer": self.user_id}

    @property
    def key(self) -> dict[str, dict[str, str]]:
        """The key of the wallet's item, in DynamoDB's JSON."""
        return {"UserID": {"S": self.user_id}}

    def aws_match(self) -> dict[str, str]:
        """Return what the edge's fault rules know this wallet by: its item's key."""
        return {"key": self.user_id}

    def balance(self) -> Money:
        """Read the balance; raises AnswerUnexpected when the wallet is not there."""
        answer = self.read()
        if answer.status_code != 200:
            raise AnswerUnexpected(
                f"the balance of {self.user_id} was answered with {answer.status_code}, expected 200",
                evidence={"answer": dict(answer.document) or answer.problem},
            )
        return Money.parse(str(answer.document["balance"]), str(answer.document["currency"]))

    def read(self) -> Answer:
        """Read the wallet, whatever the answer is."""
        return self._payments.api.exchange("read_wallet", "GET", f"/wallets/{self.user_id}", subject=self.user_id)

    def top_up(self, amount: str, *, credit_id: str = "", currency: str = "") -> Answer:
        """Credit `amount` (a decimal such as "50.00"); the same `credit_id` again is the same top-up."""
        names = self._payments.names
        body = {
            "credit_id": names.scoped(credit_id) if credit_id else names.following("credit"),
            "amount": amount,
            "currency": currency or self.currency,
        }
        path = f"/wallets/{self.user_id}/credits"
        return self._payments.api.exchange("credit", "POST", path, subject=self.user_id, body=body)

    def payments(self, *, limit: int = 0, cursor: str = "") -> Answer:
        """Read one page of the user's payments, newest first."""
        return self._payments.list_payments(self.user_id, limit=limit, cursor=cursor)
