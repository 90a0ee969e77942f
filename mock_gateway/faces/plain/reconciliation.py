"""`POST /reconciliation`: what a merchant believes, held against the ledger. No fault touches it."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from mock_gateway.answer import Answer
from mock_gateway.faces import fields
from mock_gateway.faces.desk import MERCHANT_DEFAULT, Desk
from mock_gateway.faces.exchange import sent
from mock_gateway.money.amounts import checked_amount, checked_currency
from mock_gateway.money.bookkeeping import charges_of
from mock_gateway.money.period import Period
from mock_gateway.money.reconciliation import STATUSES, SUCCEEDED, Believed, reconcile
from mock_gateway.money.settlement import without_guard
from mock_gateway.problems import Refused, invalid

BODY_BYTES_MAX = 1024 * 1024
PAYMENTS_MAX = 10_000
_ABOUT = ("merchant", "from", "to")
_FIELDS = ("reference", "amount_minor", "currency", "refunded_minor", "gateway_ref", "status")
_REQUIRED = ("reference", "amount_minor", "currency")
_WHOLE_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True)
class ReconciliationDesk:
    """`POST /reconciliation`."""

    desk: Desk

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/reconciliation")(self.reconcile)

    def reconcile(self) -> Response:
        """`POST /reconciliation`: 200 with every difference; a JSON body, or text/csv with `merchant` in the query."""
        request.max_content_length = BODY_BYTES_MAX
        about, payments = _csv_body() if request.mimetype == "text/csv" else _json_body()
        merchant, period = fields.text(about, "merchant", MERCHANT_DEFAULT), Period.asked(about)
        with self.desk.database.read() as connection:
            charges = charges_of(connection, merchant, period)
        return sent(Answer.of(200, {"merchant": merchant, **reconcile(payments, charges).document()}))


def _json_body() -> tuple[Mapping[str, Any], list[Believed]]:
    body = fields.json_object((*_ABOUT, "payments"), required=("payments",))
    payments = body["payments"]
    if not isinstance(payments, list) or not all(isinstance(payment, dict) for payment in payments):
        raise invalid("payments must be a list of objects", param="payments")
    return body, _believed(payments)


def _csv_body() -> tuple[Mapping[str, Any], list[Believed]]:
    about = fields.query(_ABOUT)
    try:
        text = request.get_data(cache=False).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise invalid("the body is not CSV in UTF-8 with a line of column names", code="body_invalid") from None
    # A row that is too long has its rest under None, one that is too short has None for what is missing.
    if any(None in row or None in row.values() for row in rows):
        raise invalid("a line does not have as many cells as there are columns", code="body_invalid")
    return about, _believed([_cells(row) for row in rows])


def _cells(row: Mapping[str, str]) -> dict[str, Any]:
    cells: dict[str, Any] = {name: without_guard(cell) for name, cell in row.items() if cell}
    for name in ("amount_minor", "refunded_minor"):
        if _WHOLE_NUMBER.fullmatch(cells.get(name, "")):
            cells[name] = int(cells[name])
    return cells


def _believed(rows: Iterable[Mapping[str, Any]]) -> list[Believed]:
    rows = list(rows)
    if len(rows) > PAYMENTS_MAX:
        raise invalid(f"there are more than {PAYMENTS_MAX} payments; send fewer days", param="payments")
    return [_payment(index, row) for index, row in enumerate(rows)]


def _payment(index: int, row: Mapping[str, Any]) -> Believed:
    try:
        for name in _REQUIRED:
            if row.get(name) in (None, ""):
                raise invalid(f"{name} is missing", code="parameter_missing", param=name)
        if any(name not in _FIELDS for name in row):
            raise invalid(f"there is a field too many, expected some of {', '.join(_FIELDS)}", code="parameter_unknown")
        return Believed(
            reference=fields.text(row, "reference"),
            amount_minor=checked_amount(row["amount_minor"]),
            currency=checked_currency(row["currency"]),
            refunded_minor=_refunded(row.get("refunded_minor")),
            gateway_ref=fields.text(row, "gateway_ref"),
            status=_status(fields.text(row, "status", SUCCEEDED)),
        )
    except Refused as refusal:
        kind, code, message = (refusal.error[name] for name in ("type", "code", "message"))
        raise Refused(400, kind, code, f"payment {index + 1}: {message}", param=f"payments[{index}]") from None


def _refunded(value: Any) -> int | None:
    is_nothing = value is None or (value == 0 and type(value) is int)
    return value if is_nothing else checked_amount(value, "refunded_minor")


def _status(text: str) -> str:
    if text not in STATUSES:
        raise invalid(f"status must be one of {', '.join(STATUSES)}", param="status")
    return text
