"""Request bodies, queries and ids, read strictly into msgspec Structs; every field that is wrong is told at once.

A Struct declares what a request may hold (also for the OpenAPI document); `check()` of a Struct that has one says what
its fields must be together. No message repeats a client's value.
"""

import json
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Literal, Protocol, TypeVar, dataclass_transform, get_args, get_origin, runtime_checkable

import msgspec

from booking.domain.errors import Problem, RequestInvalid

BODY_BYTES_MAX = 16_384
# Printable within one line; the look-ahead because Python's `$` lets a last line break through.
ONE_LINE = r"^[^\x00-\x1f\x7f\u2028\u2029]*(?![\n])$"
ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}(?![\n])$"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHOWN = re.compile(r"[A-Za-z0-9_]{1,64}")
_PLACE = re.compile(r"(?P<message>.*?)(?: - at `\$\.?(?P<place>.*)`)?", re.DOTALL)
_NAME = re.compile(r"[A-Za-z]\w*")
_CODES = (
    ("Object missing required field", "required"),
    ("Object contains unknown field", "unknown_field"),
    ("Invalid enum value", "unknown_value"),
    ("of length", "wrong_length"),
    ("matching regex", "malformed"),
    (">", "out_of_range"),
    ("<", "out_of_range"),
    ("multiple of", "out_of_range"),
    ("got", "wrong_type"),
)


class _KeywordOnly(msgspec.StructMeta):
    """Makes every field of every subclass keyword-only, so that required ones may follow optional ones."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any) -> Any:
        return super().__new__(mcs, name, bases, namespace, **{"kw_only": True, **config})


# Type checkers see a class's keywords at that class only; its subclasses need to be told.
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Form(msgspec.Struct, metaclass=_KeywordOnly, rename="camel", forbid_unknown_fields=True, frozen=True):
    """What a request's body or query may hold; field names are camelCase outside."""


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Document(msgspec.Struct, metaclass=_KeywordOnly, rename="camel", frozen=True, omit_defaults=True):
    """What an answer holds; field names are camelCase outside, fields that equal their default are left out."""


class NoForm(Form):
    """A request without a body, or without a query."""


F = TypeVar("F", bound=Form)


@runtime_checkable
class Checked(Protocol):
    """A form whose fields must fit together."""

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the whole."""


def read_body(body: bytes, form: type[F]) -> F:
    """Read a JSON object as `form`; raises RequestInvalid with all problems."""
    if len(body) > BODY_BYTES_MAX:
        raise RequestInvalid(Problem("body", "too_large", f"must be at most {BODY_BYTES_MAX} bytes"))
    try:
        # An absent body is an empty object: which fields are missing says more than "malformed".
        values = json.loads(body or b"{}", object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
        msgspec.json.encode(values)  # a lone surrogate is no text
    except RequestInvalid:
        raise
    except (ValueError, RecursionError, ArithmeticError):
        raise RequestInvalid(Problem("body", "malformed_json", "must be a JSON object")) from None
    if not isinstance(values, dict):
        raise RequestInvalid(Problem("body", "malformed_json", "must be a JSON object"))
    return read_form(values, form)


def read_query(query: Mapping[str, str], form: type[F]) -> F:
    """Read query parameters as `form`, numbers and booleans from their text; raises RequestInvalid."""
    return read_form(query, form, strict=False)


def read_form(values: Mapping[str, Any], form: type[F], *, strict: bool = True) -> F:
    """Read named values as `form`; raises RequestInvalid with all problems."""
    known, problems = dict[str, Any](), list[Problem]()
    fields = msgspec.structs.fields(form)
    for field in fields:
        if field.encode_name in values:
            try:
                known[field.name] = msgspec.convert(values[field.encode_name], field.type, strict=strict)
            except msgspec.ValidationError as error:
                problems.append(_problem(field.encode_name, str(error), field.type))
        elif field.required:
            problems.append(Problem(field.encode_name, "required", "is missing"))
    for name in sorted(values.keys() - {field.encode_name for field in fields}):
        shown = name if _SHOWN.fullmatch(name) else "(unprintable)"
        problems.append(Problem(shown, "unknown_field", "is not a field of this request"))
    if problems:
        raise RequestInvalid(*problems)
    made = form(**known)
    if isinstance(made, Checked) and (wrong := tuple(made.check())):
        raise RequestInvalid(*wrong)
    return made


def read_id(name: str, value: str) -> str:
    """Return an id from a path; raises RequestInvalid when it can't be one."""
    if not _ID.fullmatch(value):
        raise RequestInvalid(Problem(name, "malformed", "is no valid id"))
    return value


def _problem(name: str, said: str, kind: Any) -> Problem:
    parts = _PLACE.fullmatch(said)
    message, place = (parts["message"], parts["place"] or "") if parts else (said, "")
    code = next((code for words, code in _CODES if words in message), "malformed")
    field = f"{name}{'' if not place or place.startswith('[') else '.'}{place}"
    kind = _kind_at(kind, place)
    match code:
        case "unknown_value":
            allowed = ", ".join(_allowed(kind))
            return Problem(field, code, f"must be one of {allowed}" if allowed else "is none of the allowed values")
        case "required" | "unknown_field":
            inner = message.split("`")[1] if "`" in message else ""
            shown = inner if _SHOWN.fullmatch(inner) else "(unprintable)"
            return Problem(f"{field}.{shown}", code, "is missing" if code == "required" else "is not a field here")
        case "malformed" if len(described := set(_described(kind))) == 1:
            return Problem(field, code, f"must be {described.pop()}")
        case _:
            return Problem(field, code, message[:1].lower() + message[1:])


def _kind_at(kind: Any, place: str) -> Any:
    """Return the type of what stands at a place such as `[0].start` within a field of a type."""
    for name in _NAME.findall(place):
        kinds = {one.encode_name: one.type for form in _forms(kind) for one in msgspec.structs.fields(form)}
        kind = kinds.get(name)
    return kind


def _forms(kind: Any) -> Iterator[type[Form]]:
    if isinstance(kind, type) and issubclass(kind, Form):
        yield kind
    for part in get_args(kind):
        yield from _forms(part)


def _allowed(kind: Any) -> list[str]:
    """Return the values of the enumeration that a field's type is, holds or is a list of."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(one.value) for one in kind]
    if get_origin(kind) is Literal:
        return [str(one) for one in get_args(kind)]
    return [value for part in get_args(kind) for value in _allowed(part)]


def _described(kind: Any) -> Iterator[str]:
    """Yield how the texts that a field's type holds have to be written, where a pattern says it."""
    for part in get_args(kind):
        if isinstance(part, msgspec.Meta):
            if part.pattern and part.description:
                yield part.description.removesuffix(".")
        else:
            yield from _described(part)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise RequestInvalid(Problem("body", "malformed_json", "must not name a field twice"))
    return values


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
