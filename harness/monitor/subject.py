"""What an execution is about, as Step Functions describes it: whose payment or refund, of how much."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harness.errors import SettingInvalid
from harness.units import Money

PAYMENT, REFUND = "payment", "refund"


@dataclass(frozen=True, slots=True)
class Subject:
    """One execution. `flow` is payment or refund; `amount` is a decimal string; texts are "" where nothing is known."""

    arn: str
    flow: str
    status: str
    started_at: datetime
    payment_id: str = ""
    refund_id: str = ""
    user_id: str = ""
    amount: str = ""
    currency: str = ""
    order_id: str = ""

    @property
    def name(self) -> str:
        """The execution's name, which is the payment's or refund's id."""
        return self.arn.rpartition(":")[2]

    @property
    def price(self) -> str:
        """The amount with its currency, as far as known."""
        return f"{self.amount} {self.currency}".strip()

    @classmethod
    def of(cls, described: Mapping[str, Any], flow: str) -> "Subject":
        """Read what DescribeExecution answered."""
        asked = _document(described.get("input"))
        currency = str(asked.get("currency", ""))
        return cls(
            arn=str(described["executionArn"]),
            flow=flow,
            status=str(described["status"]),
            started_at=described["startDate"],
            payment_id=str(asked.get("payment_id") or (described["name"] if flow == PAYMENT else "")),
            refund_id=str(asked.get("refund_id") or (described["name"] if flow == REFUND else "")),
            user_id=str(asked.get("user_id", "")),
            amount=decimal_of(asked.get("amount_minor"), currency),
            currency=currency,
            order_id=str(asked.get("order_id", "")),
        )


def decimal_of(amount_minor: object, currency: str) -> str:
    """Return minor units as a decimal string; "" when it can't be told, for want of an amount or a known currency."""
    if not isinstance(amount_minor, int):
        return ""
    try:
        return Money(amount_minor, currency).decimal
    except SettingInvalid:
        return ""


def _document(text: object) -> Mapping[str, Any]:
    try:
        document = json.loads(str(text))
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
