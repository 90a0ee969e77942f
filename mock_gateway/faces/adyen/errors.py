"""What Adyen's API answers when a request can't be taken in: `{"status", "errorCode", "message", "errorType"}`.

Shape, statuses and the numbers 000, 101, 704 are Adyen's (source: its pages on error codes and on idempotency,
documented), 137, 167, 702 and 901 as its clients' recorded answers have them; 130, 138, and 702 or 000 for all that has
no number here are assumed. Where Adyen's message says little, it is the gateway's own.
"""

import json
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from mock_gateway.faces.exchange import PAUSE_S, request_id

VALIDATION = "validation"
SECURITY = "security"
INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Told:
    """How Adyen would tell a refusal."""

    status: int
    number: str
    kind: str = VALIDATION
    message: str = ""


_BY_CODE = {
    "unauthorized": Told(401, "000", SECURITY, "HTTP Status Response - Unauthorized"),
    "merchant_missing": Told(403, "901", SECURITY, "Invalid Merchant Account"),
    "not_found": Told(422, "167", VALIDATION, "Original pspReference required for this operation"),
    "idempotency_key_in_use": Told(422, "704", VALIDATION, "request already processed or in progress"),
    "body_invalid": Told(400, "702"),
    "card_number_misplaced": Told(422, "702"),
    "only_test_cards": Told(422, "101"),
    "unknown_card": Told(422, "101"),
    "amount_too_small": Told(422, "137"),
    "amount_too_large": Told(422, "137"),
    "currency_not_supported": Told(422, "138"),
}
_BY_PARAM = {"reference": Told(422, "130"), "amount.value": Told(422, "137")}


def dressed(response: Response) -> Response:
    """Tell an error in Adyen's shape, one that a fault made up included; other answers stay as they are."""
    if response.status_code < 400 or PAUSE_S in request.environ:
        return response
    error = _error(response)
    if error is None:
        return response
    told = _told(response.status_code, error)
    document = {
        "status": told.status,
        "errorCode": told.number,
        "message": told.message or error["message"],
        "errorType": told.kind,
        "pspReference": request_id().removeprefix("req_").upper(),
    }
    response.status_code = told.status
    response.set_data(json.dumps(document, separators=(",", ":")))
    if told.number == "704" or told.status >= 500:
        # The same request may be sent again, with the same key.
        response.headers["transient-error"] = "true"
    return response


def _error(response: Response) -> dict[str, Any] | None:
    document = response.get_json(silent=True)
    error = document.get("error") if isinstance(document, dict) else None
    return error if isinstance(error, dict) else None


def _told(status: int, error: dict[str, Any]) -> Told:
    told = _BY_CODE.get(error["code"]) or _BY_PARAM.get(error.get("param", ""))
    if told:
        return told
    if status == 400:
        return Told(422, "702")
    return Told(status, "000", INTERNAL if status >= 500 or status == 429 else VALIDATION)
