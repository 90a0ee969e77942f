"""Reads what Stripe's clients send: form fields with nested names, such as `a[b][0]=c`, in a body or a query string.

Types are not guessed, unknown fields are refused, nothing sent is repeated. Nesting and error codes are Stripe's
(source: its API reference, documented; its Python client's encoder, verified). A blank text unsets what it names.
Leaves out JSON bodies, file uploads and lists of objects without numbers (`a[][b]`).
"""

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import request

from mock_gateway.faces.fields import METADATA_KEY_LENGTH_MAX, METADATA_KEYS_MAX, METADATA_VALUE_LENGTH_MAX
from mock_gateway.money.cards import holds_card_number
from mock_gateway.problems import Refused, invalid

FIELDS_MAX = 1_000
DEPTH_MAX = 6
INDEX_LENGTH_MAX = 9
TEXT_LENGTH_MAX = 5_000
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_]{1,40}(\[[A-Za-z0-9_]{0,40}\])*")


class Form:
    """The fields of a request, or those below one of them; it remembers which were read, so that `done` can object."""

    def __init__(self, values: dict[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path
        self._read: set[str] = set()
        self._children: list[Form] = []

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __bool__(self) -> bool:
        return bool(self._values)

    def param(self, name: str) -> str:
        """Return the whole name of a field, as errors tell it."""
        return f"{self._path}[{name}]" if self._path else name

    def parameters(self) -> dict[str, Any]:
        """Return everything that was sent, without what was concealed."""
        return self._values

    def conceal(self, name: str, instead: str) -> None:
        """Replace a field that may not be kept, such as a card number."""
        self._values[name] = instead

    def child(self, name: str) -> "Form":
        """Return the fields below a field, none when it is absent; raises Refused (400) when it holds a text."""
        value = self._taken(name)
        if value in (None, ""):
            value = {}
        if not isinstance(value, dict):
            raise invalid("invalid object", param=self.param(name))
        child = Form(value, self.param(name))
        self._children.append(child)
        return child

    def text(self, name: str, *, length_max: int = TEXT_LENGTH_MAX) -> str | None:
        """Return a text, None when it is absent; raises Refused (400) also when it holds a card number."""
        value = self.secret(name)
        if value is not None and len(value) > length_max:
            raise invalid(f"invalid string: it must be at most {length_max} characters", param=self.param(name))
        return None if value is None else without_card_number(value, self.param(name))

    def required_text(self, name: str) -> str:
        """Return a text that has to be there; raises Refused (400)."""
        value = self.text(name)
        if value is None:
            raise missing_parameter(self.param(name))
        if not value:
            raise _blank(self.param(name))
        return value

    def secret(self, name: str) -> str | None:
        """Return a text that may be a card number; the caller conceals it."""
        value = self._taken(name)
        if value is not None and not isinstance(value, str):
            raise invalid("invalid string", param=self.param(name))
        return value

    def integer(self, name: str) -> int | None:
        """Return an integer, None when it is absent; raises Refused (400)."""
        value = self.secret(name)
        if value == "":
            raise _blank(self.param(name))
        if value is not None and not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise invalid("invalid integer", code="parameter_invalid_integer", param=self.param(name))
        return None if value is None else int(value)

    def boolean(self, name: str) -> bool | None:
        """Return a truth value, None when it is absent; raises Refused (400)."""
        chosen = self.choice(name, ("true", "false"))
        return None if chosen is None else chosen == "true"

    def choice(self, name: str, options: Collection[str]) -> str | None:
        """Return one of `options`, None when it is absent; raises Refused (400)."""
        value = self.secret(name)
        if value is not None and value not in options:
            raise invalid(f"invalid {name}: must be one of {', '.join(options)}", param=self.param(name))
        return value

    def texts(self, name: str) -> list[str] | None:
        """Return a list of texts, None when it is absent; raises Refused (400)."""
        value = self._taken(name)
        if value in (None, ""):
            return None if value is None else []
        if not isinstance(value, dict) or not all(
            key.isdecimal() and len(key) <= INDEX_LENGTH_MAX and isinstance(one, str) for key, one in value.items()
        ):
            raise invalid("invalid array", param=self.param(name))
        ordered = [value[key] for key in sorted(value, key=int)]
        return [without_card_number(one, self.param(name)) for one in ordered]

    def document(self, name: str) -> dict[str, Any] | None:
        """Return whatever is below a field, texts only, None when it is absent or blank; raises Refused (400)."""
        value = self._taken(name)
        if value is not None and value != "" and not isinstance(value, dict):
            raise invalid("invalid object", param=self.param(name))
        return _checked(value, self.param(name)) if value else None

    def metadata(self, present: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the metadata as the request leaves it; raises Refused (400)."""
        left: dict[str, str] = with_metadata({"metadata": present or {}}, self.metadata_changes())["metadata"]
        return left

    def metadata_changes(self) -> dict[str, str] | None:
        """Return what is to change in metadata, see `with_metadata`; None when it is absent. Raises Refused (400)."""
        value = self._taken("metadata")
        if value is not None and value != "" and not isinstance(value, dict):
            raise invalid("invalid object", param=self.param("metadata"))
        if value and len(value) > METADATA_KEYS_MAX:
            raise invalid(f"metadata must have at most {METADATA_KEYS_MAX} keys", param="metadata")
        return None if value is None else {name: _metadata(name, one) for name, one in (value or {}).items()}

    def expand(self) -> list[str]:
        """Return which properties are to be expanded."""
        return self.texts("expand") or []

    def done(self) -> None:
        """Object to what was sent and not read; raises Refused (400)."""
        for name in self._values:
            if name not in self._read:
                raise unknown_parameter(self.param(name))
        for child in self._children:
            child.done()

    def _taken(self, name: str) -> Any:
        self._read.add(name)
        return self._values.get(name)


def body_form() -> Form:
    """Return the fields of the request's body; raises Refused (400)."""
    if request.mimetype not in ("", "application/x-www-form-urlencoded"):
        raise invalid("the body must be application/x-www-form-urlencoded", code="body_invalid")
    if request.query_string:
        raise invalid("what changes something has its parameters in the body, not in the query", code="body_invalid")
    return Form(nested(request.get_data(cache=False)))


def query_form() -> Form:
    """Return the fields of the request's query string; raises Refused (400)."""
    return Form(nested(request.query_string))


def nested(encoded: bytes) -> dict[str, Any]:
    """Return form fields as objects; lists are objects with numbers for names. Raises Refused (400)."""
    try:
        pairs = parse_qsl(
            encoded.decode(), keep_blank_values=True, strict_parsing=bool(encoded), errors="strict",
            max_num_fields=FIELDS_MAX,
        )  # fmt: skip
    except ValueError:
        raise invalid("the fields are not form-encoded", code="body_invalid") from None
    values: dict[str, Any] = {}
    for name, value in pairs:
        found = _NAME.fullmatch(name)
        if not found:
            raise invalid("a field has a name that can't be read", code="parameter_unknown")
        _put(values, [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])], value)
    return values


def _put(values: dict[str, Any], names: list[str], value: str) -> None:
    if len(names) > DEPTH_MAX or "" in names[:-1]:
        raise invalid("a field is nested in a way that is not read here", code="parameter_unknown")
    inner = values
    for name in names[:-1]:
        inner = inner.setdefault(name, {})
        if not isinstance(inner, dict):
            raise invalid("a field is both a text and an object")
    last = names[-1] or str(len(inner))
    if isinstance(inner.get(last), dict):
        raise invalid("a field is both a text and an object")
    inner[last] = value


def with_metadata(document: Mapping[str, Any], changes: Mapping[str, str] | None) -> dict[str, Any]:
    """Return a document with changed metadata: keys are added, blank ones go, no changes at all empty it.

    None is no request to change it. Raises Refused (400) when that makes too many keys.
    """
    if changes is None:
        return dict(document)
    metadata = {name: one for name, one in {**document["metadata"], **changes}.items() if one} if changes else {}
    if len(metadata) > METADATA_KEYS_MAX:
        raise invalid(f"metadata must have at most {METADATA_KEYS_MAX} keys", param="metadata")
    return {**document, "metadata": metadata}


def missing_parameter(param: str) -> Refused:
    """Return the refusal of a request that lacks a field."""
    return invalid(f"missing required param: {param}", code="parameter_missing", param=param)


def unknown_parameter(param: str) -> Refused:
    """Return the refusal of a request with a field that is not known here; odd names are not repeated."""
    told = param if _PLAIN_NAME.fullmatch(param) and not holds_card_number(param) else None
    return invalid("received unknown parameter" + (f": {told}" if told else ""), code="parameter_unknown", param=told)


def without_card_number(value: str, param: str) -> str:
    """Return a text; raises Refused (400) when it holds a card number, which belongs elsewhere."""
    if holds_card_number(value):
        raise invalid(f"{param} holds a card number", code="card_number_misplaced", param=param)
    return value


def _blank(param: str) -> Refused:
    return invalid(f"{param} is an empty string; leave it out to unset it", code="parameter_invalid_empty", param=param)


def _metadata(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise invalid("metadata values must be strings", param="metadata")
    if len(name) > METADATA_KEY_LENGTH_MAX or len(value) > METADATA_VALUE_LENGTH_MAX:
        limits = f"keys of {METADATA_KEY_LENGTH_MAX} and values of {METADATA_VALUE_LENGTH_MAX} characters at most"
        raise invalid(f"metadata must have {limits}", param="metadata")
    without_card_number(name, "metadata")
    return without_card_number(value, "metadata")


def _checked(value: Mapping[str, Any], param: str) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, one in value.items():
        within = f"{param}[{name}]" if _PLAIN_NAME.fullmatch(name) else param
        without_card_number(name, param)
        checked[name] = _checked(one, within) if isinstance(one, dict) else without_card_number(one, within)
    return checked
