"""Request bodies: read strictly, refused with every field that is wrong. No message repeats a client's value."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from groundwork.money import EXPONENT_BY_CURRENCY, AmountInvalid, parse_amount

from payments.domain.card_numbers import holds_card_number
from payments.domain.payment import PaymentRequest
from payments.domain.refunds import RefundRequest
from payments.domain.wallets import Credit

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_USER = re.compile(r"[A-Za-z0-9_.@:+-]{1,128}")
_TOKEN = re.compile(r"[A-Za-z0-9_]{1,128}")


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest request that is taken."""

    amount_minor_max: int = 1_000_000_00
    body_bytes_max: int = 16_384
    metadata_keys_max: int = 20
    metadata_key_chars_max: int = 40
    metadata_value_chars_max: int = 500
    description_chars_max: int = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field."""

    field: str
    code: str
    message: str


class RequestInvalid(ValueError):
    """A request can't be taken; `code` says in which way, `problems` names the fields."""

    def __init__(self, problems: Sequence[Problem], code: str = "invalid_request") -> None:
        self.problems = tuple(problems)
        self.code = code
        super().__init__(f"{code}: {', '.join(problem.field for problem in problems)}")


def parse_body(text: str, limits: Limits) -> dict[str, Any]:
    """Read a JSON object; numbers with a point become Decimal; raises RequestInvalid."""
    if len(text.encode(errors="replace")) > limits.body_bytes_max:
        raise _whole("body_too_large", f"must be at most {limits.body_bytes_max} bytes")
    try:
        document = json.loads(
            text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_without_repeats
        )
    except RequestInvalid:
        raise
    except (ValueError, ArithmeticError, RecursionError):
        raise _whole("malformed_json", "must be a JSON object") from None
    if not isinstance(document, dict):
        raise _whole("malformed_json", "must be a JSON object")
    return document


def parse_payment(body: Mapping[str, Any], default_id: str, limits: Limits) -> PaymentRequest:
    """Read the body of POST /payments; `default_id` is used when it names no payment_id; raises RequestInvalid."""
    form = Form(body, limits)
    request = {
        "payment_id": form.text("payment_id", _ID, default=default_id),
        "user_id": form.text("user_id", _USER),
        "currency": form.currency(),
        "amount_minor": form.amount(),
        "order_id": form.text("order_id", chars_max=128, default=None),
        "description": form.text("description", chars_max=limits.description_chars_max, default=None),
        "card": form.text("card", _TOKEN, default="tok_visa"),
        "merchant": form.text("merchant", _ID, default="default"),
        "metadata": form.metadata(),
    }
    form.finish()
    return PaymentRequest(**request)


def parse_refund(
    body: Mapping[str, Any], payment_id: str, currency: str, default_id: str, limits: Limits
) -> RefundRequest:
    """Read the body of POST /payments/{payment_id}/refunds; raises RequestInvalid."""
    form = Form(body, limits, currency=currency)
    refund_id = form.text("refund_id", _ID, default=default_id)
    form.known.add("amount")
    amount_minor = form.amount() if body.get("amount") is not None else None
    reason = form.text("reason", chars_max=limits.description_chars_max, default=None)
    form.finish()
    return RefundRequest(refund_id, payment_id, amount_minor, reason)


def parse_credit(body: Mapping[str, Any], user_id: str, default_id: str, limits: Limits) -> Credit:
    """Read the body of POST /wallets/{user_id}/credits; raises RequestInvalid."""
    form = Form({**body, "user_id": user_id}, limits)
    if "user_id" in body:
        form.problem("user_id", "unknown_field", "is given by the path")
    credit = {
        "user_id": form.text("user_id", _USER),
        "credit_id": form.text("credit_id", _ID, default=default_id),
        "currency": form.currency(),
        "amount_minor": form.amount(),
    }
    form.finish()
    return Credit(**credit)


@dataclass
class Form:
    """Reads fields one by one and gathers what is wrong, so that a client learns it all at once."""

    body: Mapping[str, Any]
    limits: Limits
    currency_code: str = ""
    problems: list[Problem] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def __init__(self, body: Mapping[str, Any], limits: Limits, currency: str = "") -> None:
        self.body, self.limits, self.currency_code = body, limits, currency
        self.problems, self.known = [], set()

    def problem(self, name: str, code: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.problems.append(Problem(name, code, message))

    def text(self, name: str, pattern: re.Pattern[str] | None = None, *, chars_max: int = 128, **default: Any) -> Any:
        """Return a string field; without `default=` it is required."""
        self.known.add(name)
        value = self.body.get(name)
        if value is None:
            if "default" not in default:
                self.problem(name, "required", "is missing")
            return default.get("default")
        if not isinstance(value, str):
            self.problem(name, "wrong_type", "must be a string")
        elif holds_card_number(value):
            self.problem(name, "card_number_refused", "must not hold a card number; give a gateway's token")
        elif pattern and not pattern.fullmatch(value):
            self.problem(name, "malformed", f"must match ^{pattern.pattern}$")
        elif not pattern and not 0 < len(value) <= chars_max:
            self.problem(name, "wrong_length", f"must have 1 to {chars_max} characters")
        elif not value.isprintable() or not _encodable(value):
            self.problem(name, "malformed", "must hold printable characters only")
        return value

    def currency(self) -> str:
        """Return the currency field, a known ISO 4217 code."""
        self.known.add("currency")
        value = self.body.get("currency")
        if value is None:
            self.problem("currency", "required", "is missing")
        elif not isinstance(value, str):
            self.problem("currency", "wrong_type", "must be a string")
        elif value not in EXPONENT_BY_CURRENCY:
            self.problem("currency", "unknown_currency", f"must be one of {', '.join(EXPONENT_BY_CURRENCY)}")
        else:
            self.currency_code = value
        return self.currency_code

    def amount(self) -> int:
        """Return the amount field in minor units; read the currency first."""
        self.known.add("amount")
        value = self.body.get("amount")
        if value is None:
            self.problem("amount", "required", "is missing")
            return 0
        try:
            # Without a known currency the amount is still checked for being one, with the usual two decimals.
            return parse_amount(value, self.currency_code or "USD", self.limits.amount_minor_max)
        except AmountInvalid as invalid:
            if self.currency_code or invalid.code != "too_many_decimals":
                self.problem("amount", invalid.code, str(invalid))
            return 0

    def metadata(self) -> dict[str, str]:
        """Return the metadata field, a map of strings."""
        self.known.add("metadata")
        value = self.body.get("metadata")
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            self.problem("metadata", "wrong_type", "must be a map of strings")
            return {}
        limits, longest = self.limits, max(map(len, value.values()), default=0)
        if len(value) > limits.metadata_keys_max:
            self.problem("metadata", "too_many_keys", f"must have at most {limits.metadata_keys_max} keys")
        if any(not 0 < len(key) <= limits.metadata_key_chars_max for key in value):
            self.problem("metadata", "wrong_length", f"keys must have 1 to {limits.metadata_key_chars_max} characters")
        if longest > limits.metadata_value_chars_max:
            self.problem(
                "metadata", "too_long", f"values must have at most {limits.metadata_value_chars_max} characters"
            )
        if any(holds_card_number(text) for pair in value.items() for text in pair):
            self.problem("metadata", "card_number_refused", "must not hold a card number")
        if not all(_encodable(text) for pair in value.items() for text in pair):
            self.problem("metadata", "malformed", "must hold valid Unicode only")
        return value

    def finish(self) -> None:
        """Refuse unknown fields; raise RequestInvalid when anything was wrong."""
        for name in sorted(self.body.keys() - self.known):
            shown = name if _ID.fullmatch(name) and not holds_card_number(name) else "(unprintable)"
            self.problem(shown, "unknown_field", "is not a field of this request")
        if self.problems:
            raise RequestInvalid(self.problems)


def check_id(name: str, value: str) -> str:
    """Return an id from a path or header; raises RequestInvalid when it can't be one."""
    pattern: Callable[[str], object] = (_USER if name == "user_id" else _ID).fullmatch
    if not pattern(value) or holds_card_number(value):
        raise RequestInvalid([Problem(name, "malformed", "is no valid id")])
    return value


def _whole(code: str, message: str) -> RequestInvalid:
    return RequestInvalid([Problem("body", code, message)], code)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise _whole("malformed_json", "must not name a field twice")
    return document


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True
