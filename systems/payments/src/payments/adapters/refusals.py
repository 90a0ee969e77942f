"""How a gateway's refusals are judged: the part that the plain and the Stripe-style API have in common.

Both say no as `{"error": {"type", "code", "decline_code"?, "message"}}` with a 4xx (source: Stripe's page on errors,
documented). A refusal counts only in these words: a proxy in between answers in others, and then nobody knows.
"""

import re
from collections.abc import Mapping
from typing import Any

from groundwork.http_pool import Answer

from payments.domain.gateway import Declined, NotExecuted, Outcome, Unknown

DECLINED = "card_declined"
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
# Ours, so that a decline reads alike whoever said it. Lost, stolen and fraudulent are not for the payer to hear.
_MESSAGE_BY_REASON = {
    "insufficient_funds": "the card has insufficient funds",
    "expired_card": "the card has expired",
    "incorrect_cvc": "the card's security code is incorrect",
    "processing_error": "an error occurred while processing the card",
    "authentication_required": "the cardholder would have to authenticate the payment",
}


def declined(code: object, reason: object = None) -> Declined:
    """Return a decline by its code and the issuer's reason, where there is one."""
    told = code if isinstance(code, str) and _CODE.fullmatch(code) else DECLINED
    message = _MESSAGE_BY_REASON.get(str(reason)) or _MESSAGE_BY_REASON.get(told) or "the card was declined"
    return Declined(told, message)


def judge_refusal(answer: Answer) -> Outcome:
    """Sort an answer that is no success."""
    told = f"the gateway answered {answer.status}"
    error = error_of(answer)
    if error is None:
        return Unknown(told)
    # Another request holds, or has used, this very key: only a look-up can tell what came of it.
    if answer.status == 409 or error["type"] == "idempotency_error":
        return Unknown(f"{told} about the key")
    match answer.status:
        case 401 | 403:
            return NotExecuted(told)
        case 402:
            return declined(error.get("code"), error.get("decline_code"))
        case 400 | 404 | 422:
            # The gateway's words are about its own interface here, and may repeat what was sent.
            code = declined(error.get("code") or error["type"]).code
            return Declined(code, "the card gateway refused the request")
        case _:
            # 429 among them: it should mean "not executed", and one look-up makes sure that it does.
            return Unknown(told)


def error_of(answer: Answer) -> Mapping[str, Any] | None:
    """Return the error that an answer tells in the gateway's own words, if it does."""
    error = answer.document.get("error") if answer.document else None
    return error if isinstance(error, dict) and isinstance(error.get("type"), str) else None
