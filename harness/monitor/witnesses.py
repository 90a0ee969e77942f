"""Those who can tell of a payment besides its execution: the payments API, and the gateway."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

from harness.clients import GatewayClient
from harness.errors import AnswerUnexpected
from harness.monitor.subject import Subject, decimal_of

# Step Functions' instants are cut to milliseconds, the gateway's are not.
ROUNDING = timedelta(milliseconds=5)
NO_WALLET = "none: no wallet yet"


class Asks(Protocol):
    """The payments API: asks, and raises for a status that was not expected."""

    def ask(self, method: str, path: str, *, expect: tuple[int, ...], **request: Any) -> tuple[int, dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class GatewayCalls:
    """What the gateway was asked during an execution. `problem` says why that is not known."""

    calls: tuple[Mapping[str, Any], ...] = field(default=())
    problem: str = ""


class Witnesses:
    """Reads what the payments API and the gateway know; raises AnswerUnexpected when the API refuses."""

    def __init__(self, api: Asks, gateway: GatewayClient) -> None:
        self._api = api
        self._gateway = gateway

    def payment(self, payment_id: str) -> Mapping[str, Any]:
        """Return the payment's document; an empty one when nothing was recorded under this id."""
        status, document = self._api.ask("GET", f"/payments/{payment_id}", expect=(200, 404))
        return document if status == 200 else {}

    def completed(self, subject: Subject) -> Subject:
        """Return the subject with what only the payment knows: a refund's input names neither user nor currency."""
        if subject.user_id and subject.currency:
            return subject
        document = self.payment(subject.payment_id) if subject.payment_id else {}
        return replace(
            subject,
            user_id=str(document.get("user_id", "")),
            currency=str(document.get("currency", "")),
            order_id=str(document.get("order_id", "")),
            amount=subject.amount or self._refunded(subject, str(document.get("currency", ""))),
        )

    def balance(self, user_id: str) -> str:
        """Return what is in a user's wallet now."""
        if not user_id:
            return ""
        status, document = self._api.ask("GET", f"/wallets/{quote(user_id, safe='')}", expect=(200, 404))
        return f"{document['balance']} {document['currency']}" if status == 200 else NO_WALLET

    def initial_balance(self, subject: Subject) -> str:
        """Return the balance that the execution began with: before its first movement, or now if it moved nothing."""
        moved = self._movements(subject)
        return _balance(moved[0], "previous_balance") if moved else self.balance(subject.user_id)

    def final_balance(self, subject: Subject) -> str:
        """Return the balance that the execution ended with: after its last movement, or now if it moved nothing."""
        moved = self._movements(subject)
        return _balance(moved[-1], "new_balance") if moved else self.balance(subject.user_id)

    def gateway_calls(self, subject: Subject, stopped_at: datetime | None) -> GatewayCalls:
        """Return the gateway's calls about the payment while the execution ran, oldest first."""
        try:
            known = self._gateway.calls(subject.payment_id)
        except AnswerUnexpected as problem:
            return GatewayCalls(problem=problem.headline)
        chosen = [one for one in known if _is_about(one, subject) and _is_within(one, subject.started_at, stopped_at)]
        return GatewayCalls(tuple(chosen))

    def _movements(self, subject: Subject) -> list[Mapping[str, Any]]:
        """Return the data of the events by which this execution moved the wallet's balance, in order."""
        if not subject.payment_id:
            return []
        status, document = self._api.ask("GET", f"/payments/{subject.payment_id}/events", expect=(200, 404))
        data = [event.get("data", {}) for event in document.get("events", ())] if status == 200 else []
        return [one for one in data if "new_balance" in one and one.get("refund_id", "") == subject.refund_id]

    def _refunded(self, subject: Subject, currency: str) -> str:
        """Return the refund's amount, once its currency is known."""
        asked = [one.get("amount") for one in self._movements(subject)]
        return decimal_of(asked[0], currency) if asked else ""


def _balance(movement: Mapping[str, Any], name: str) -> str:
    currency = str(movement.get("currency", ""))
    return f"{decimal_of(movement[name], currency) or movement[name]} {currency}"


def _is_about(call: Mapping[str, Any], subject: Subject) -> bool:
    """Tell whether a call names the payment, as a whole word: pay-1 is not pay-10. Gateways differ in where."""
    word = re.compile(rf"(?<![\w.-]){re.escape(subject.payment_id)}(?![\w.-])")
    return bool(word.search(" ".join(map(str, call.values()))))


def _is_within(call: Mapping[str, Any], started_at: datetime, stopped_at: datetime | None) -> bool:
    try:
        at = datetime.fromisoformat(str(call.get("at", "")))
    except ValueError:
        return True
    return started_at - ROUNDING <= at and (stopped_at is None or at <= stopped_at + ROUNDING)
