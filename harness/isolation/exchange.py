"""What is sent and what comes back, as plain values; and when two answers tell a stranger the same.

Two answers are alike when status, body and every header agree but for what differs from request to request by nature:
ids of the exchange, instants, and the identifiers that were sent themselves. How long an answer took is not compared.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# Say how an answer travelled, or name the exchange; never what was found.
HEADERS_OF_THE_WAY = frozenset({
    *("date", "server", "connection", "content-length", "keep-alive", "via", "transfer-encoding", "content-encoding"),
    *("apigw-requestid", "x-amz-apigw-id", "x-amzn-requestid", "x-amzn-trace-id", "x-correlation-id", "x-request-id"),
})  # fmt: skip
# Fields whose values are made anew for every exchange.
FIELDS_OF_THE_EXCHANGE = frozenset({"correlationId", "requestId", "traceId", "nextCursor"})
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")
_BODY_SHOWN_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is as it goes over the wire, percent-encoded; `query` keeps order and repeats."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None  # JSON text: duplicate names must survive

    @property
    def target(self) -> str:
        """The path with its query, for people."""
        return self.path + ("?" + "&".join(f"{name}={value}" for name, value in self.query) if self.query else "")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; status 0 when there was none, then `body` says why. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def served(self) -> bool:
        """Whether it was answered with success."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether it was refused for something that the client did."""
        return 400 <= self.status < 500

    @property
    def document(self) -> Any:
        """The body as JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def holds(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return which of `texts` stand anywhere in the answer."""
        whole = "\n".join((self.body, *self.headers.values()))
        whole += "\n" + whole.replace("\\u0040", "@").replace("\\/", "/")
        return tuple(text for text in texts if text and text in whole)

    def shown(self) -> str:
        """Return status and body for people, shortened."""
        text = self.body if len(self.body) <= _BODY_SHOWN_CHARS else self.body[:_BODY_SHOWN_CHARS] + " …"
        return f"{self.status} {text}".strip()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer. `trace` is the X-Ray root that it was sent with."""

    request: Request
    answer: Answer
    trace: str = ""


def difference(one: Exchange, other: Exchange, names: Mapping[str, str]) -> str:
    """Return in words how two answers differ to a stranger, "" when they are alike.

    `names` maps texts of either request (identifiers) to the word that stands for both.
    """
    seen, expected = told(one.answer, names), told(other.answer, names)
    if seen["status"] != expected["status"]:
        return f"status {seen['status']} instead of {expected['status']}"
    for name in sorted({*seen["headers"], *expected["headers"]}):
        here, there = seen["headers"].get(name, "absent"), expected["headers"].get(name, "absent")
        if here != there:
            return f"header {name}: {here!r} instead of {there!r}"
    if seen["body"] != expected["body"]:
        return f"body {_shown(seen['body'])} instead of {_shown(expected['body'])}"
    return ""


def told(answer: Answer, names: Mapping[str, str]) -> dict[str, Any]:
    """Return an answer as it is compared: without what differs by nature."""
    replaced = _Replaced(names)
    body = answer.document
    return {
        "status": answer.status,
        "headers": {
            name: replaced.text(value) for name, value in answer.headers.items() if name not in HEADERS_OF_THE_WAY
        },
        "body": replaced.text(answer.body) if body is None else replaced.value(body),
    }


class _Replaced:
    """Puts one word for each identifier and one for all instants."""

    def __init__(self, names: Mapping[str, str]) -> None:
        # Longer ones first: an id may begin with another.
        self._names = sorted(((text, word) for text, word in names.items() if text), key=lambda row: -len(row[0]))

    def text(self, text: str) -> str:
        for known, word in self._names:
            text = text.replace(known, f"<{word}>")
        return _INSTANT.sub("<instant>", text)

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                name: f"<{name}>" if name in FIELDS_OF_THE_EXCHANGE else self.value(one) for name, one in value.items()
            }
        return [self.value(one) for one in value] if isinstance(value, list) else value


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else text[:300] + " …"
