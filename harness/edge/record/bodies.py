"""Headers and bodies of a call, as far as anybody may read them: asked for, bounded, without secrets and card numbers.

What is no text, or too large to be looked into, is only measured. Base64 is not decoded.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from harness.edge.asgi import Headers
from harness.edge.call import Answer, Call
from harness.edge.record.options import BODY_BYTES_MAX, Recording
from harness.masking import SECRET, is_secret_name, masked, masked_document, masked_text

_FORM = b"application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Bodies:
    """What a record shows of both directions."""

    request: dict[str, Any]
    response: dict[str, Any]

    @property
    def size_bytes(self) -> int:
        """Return how much text this is."""
        return len(self.request["body"]) + len(self.response["body"]) + 4000

    def to_json(self) -> dict[str, Any]:
        """Return both as JSON-ready values."""
        return {"request": self.request, "response": self.response}


def bodies_of(call: Call, asked: bytes | None, answer: Answer | None, recording: Recording) -> Bodies:
    """Return what may be read of a call whose body was `asked` (None: too large to hold) and of its answer."""
    request = {"headers": _headers(call.headers), "body": _shown(asked, call.header(b"content-type"), recording)}
    if answer is None:
        return Bodies(request, {"headers": {}, "body": ""})
    body = answer.body if answer.rest is None else None
    return Bodies(
        request, {"headers": _headers(answer.headers), "body": _shown(body, answer.header(b"content-type"), recording)}
    )


def _headers(headers: Headers) -> dict[str, str]:
    return {
        name: SECRET if is_secret_name(name) else masked(value.decode("latin-1"))
        for name, value in ((name.decode("latin-1").lower(), value) for name, value in headers)
    }


def _shown(body: bytes | None, content_type: bytes, recording: Recording) -> str:
    if body is None:
        return "[streamed]"
    if len(body) > BODY_BYTES_MAX:
        return f"[{len(body)} bytes, larger than is looked into]"
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"[{len(body)} bytes that are no text]"
    shown = _masked(body, text, content_type).encode()
    if len(shown) <= recording.bytes_max:
        return shown.decode()
    return shown[: recording.bytes_max].decode(errors="ignore") + f"… [{len(body)} bytes]"


def _masked(body: bytes, text: str, content_type: bytes) -> str:
    if content_type.startswith(_FORM):
        return urlencode(masked_document(dict(parse_qsl(text, keep_blank_values=True))), safe='[]{}":, /')
    if body[:1] in b"{[":
        try:
            return orjson.dumps(masked_document(orjson.loads(body))).decode()
        except (orjson.JSONDecodeError, TypeError):
            return masked_text(text)
    return masked_text(text)
