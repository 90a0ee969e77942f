"""What must never be read later is taken out before it is kept, and once more before it is shown.

Systems mask card numbers themselves; this is the second lock on the same door. A secret is taken out where it is known
(an API key that the run knows) or where its name says what it is (`password`, `Authorization`, `SecretString`). Leaves
out secrets that nobody told of and whose names say nothing, and what is encoded (base64): they can't be recognised.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

CARD_NUMBER = "[card number]"
API_KEY = "[api key]"
SECRET = "[secret]"  # noqa: S105 - what is shown instead of one
# Shorter keys would take words out of every sentence.
KEY_LENGTH_MIN = 8
_DEPTH_MAX = 64
# Networks begin with 3 to 6; written in one piece, in fours, or as American Express does (4-6-5).
_CANDIDATE = re.compile(
    r"(?<![\w.])(?:[3-6]\d{12,18}|[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -])\d{6}\2\d{5})(?!\w|\.+\w*\d)"
)
_WORDS = (
    "password|passwd|passphrase|secret|token|authorization|credential|api[-_]?key|private[-_]?key|access[-_]?key|"
    "signing[-_]?key|plaintext|cvc|cvv|cookie"
)
_SECRET_NAME = re.compile(_WORDS, re.IGNORECASE)
# Tokens that open nothing (they page through lists, make a call idempotent), and what only tells of a secret: readers
# want to see them.
_OPEN_NAME = re.compile(
    r"(next|client|clientrequest|continuation|pagination|starting|idempotency|last\w*)_?-?token|secretsmanager|include\w*"
    r"|[\w-]*(id|arn|name|names|type|types|policy|status|source|scopes|enabled|required|lastused|validity|units|list)",
    re.IGNORECASE,
)
# Pairs in which one field names what another holds: CloudFormation's parameters, Cognito's attributes, SSM's.
_NAMING = ("Name", "Key", "ParameterKey", "name", "key")
_HOLDING = ("Value", "ParameterValue", "value")
_ELEMENT = re.compile(
    rf"(<([\w:.-]{{0,80}}(?:{_WORDS})[\w:.-]{{0,80}}|[\w:]{{0,20}}ParameterValue)(?:\s[^<>]{{0,200}})?>)([^<]+)",
    re.IGNORECASE,
)
# The look-behind lets a match begin at the begin of a word only, which also keeps the time linear.
_FIELD = re.compile(
    rf"""((?<![/\w.-])([\w.-]{{0,80}}(?:{_WORDS})[\w.-]{{0,80}})\\*["']?\s*[:=]\s*(?:bearer\s+|basic\s+)?)"""
    r"""("(?:[^"\\]|\\.)*"?|\\+"[^"]*"?|[^\s&"'<>,;}{\[\]]+)""",
    re.IGNORECASE,
)


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without card numbers, and without `secrets`."""
    for secret in secrets:
        if len(secret) >= KEY_LENGTH_MIN:
            text = text.replace(secret, API_KEY)
    return _CANDIDATE.sub(lambda found: CARD_NUMBER if _is_card_number(found[0]) else found[0], text)


def masked_values(value: Any, secrets: Iterable[str] = ()) -> Any:
    """Return JSON-ready values with every text and whole number in them masked, names included."""
    if isinstance(value, str):
        return masked(value, secrets)
    if isinstance(value, Mapping):
        return {masked(str(name), secrets): masked_values(one, secrets) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked_values(one, secrets) for one in value]
    return _masked_number(value)


def is_secret_name(name: str) -> bool:
    """Tell whether a field or header of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None and _OPEN_NAME.fullmatch(name) is None


def masked_document(value: Any, depth: int = 0) -> Any:
    """Return a JSON document without card numbers and without what the names of its fields say is secret.

    JSON in a text of it (the input of an execution, the payload of a function) is looked into as well.
    """
    if depth > _DEPTH_MAX:
        return SECRET  # nobody reads that deep, and nothing may slip through there
    if isinstance(value, Mapping):
        return _masked_object(value, depth)
    if isinstance(value, (list, tuple)):
        return [masked_document(one, depth + 1) for one in value]
    return _masked_inside(value, depth) if isinstance(value, str) else _masked_number(value)


def masked_text(text: str) -> str:
    """Return a text in any notation (XML, a form, a log line) without card numbers and named secrets."""
    return masked(_FIELD.sub(_without_value, _ELEMENT.sub(_without_value, text)))


def _without_value(found: "re.Match[str]") -> str:
    name = found[2].rpartition(".")[2].rpartition(":")[2]
    return found[0] if _OPEN_NAME.fullmatch(name) else found[1] + SECRET


def _masked_object(value: Mapping[str, Any], depth: int) -> dict[str, Any]:
    names_secret = value.get("Type") == "SecureString" or any(
        isinstance(value.get(naming), str) and is_secret_name(value[naming]) for naming in _NAMING
    )
    shown: dict[str, Any] = {}
    for name, one in value.items():
        secret = is_secret_name(name) or (names_secret and name in _HOLDING) or _is_parameter(name)
        shown[masked(name)] = SECRET if secret and one not in (None, "", [], {}) else masked_document(one, depth + 1)
    return shown


def _is_parameter(name: str) -> bool:
    # Which of a stack's parameters are NoEcho says only its template, so none is shown.
    return name.rpartition(".")[2] == "ParameterValue"


def _masked_inside(text: str, depth: int) -> str:
    if text[:1] in ("{", "["):
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            return masked_text(text)
        return json.dumps(masked_document(inner, depth + 1), ensure_ascii=False, separators=(",", ":"))
    return masked_text(text)


def _masked_number(value: Any) -> Any:
    if isinstance(value, int) and value > 10**12 and masked(str(value)) == CARD_NUMBER:
        return CARD_NUMBER
    return value


def _is_card_number(text: str) -> bool:
    """Tell whether the digits pass Luhn's check, as card numbers do (source: ISO/IEC 7812-1, annex B)."""
    digits = [int(one) for one in text if one.isdigit()]
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
