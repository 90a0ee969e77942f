"""Reading admin requests, and refusing those that make no sense."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def json_object(request: Request, known: Collection[str] | None = None) -> dict[str, Any]:
    """Return the body as a JSON object, {} when there is none; `known` are the fields that it may have.

    Raises HTTPException (400, answered in words) for a body that is no JSON object and for other fields.
    """
    body = await request.body()
    if not body:
        return {}
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise HTTPException(400, f"the body is no JSON: {problem}") from None
    if not isinstance(document, dict):
        raise HTTPException(400, f"the body is a JSON {_kind(document)}, expected an object")
    if known is not None:
        _refuse_unknown(document, known)
    return document


def refused(message: str, status: int = 400) -> Response:
    """Return an answer that says what was seen and what was expected."""
    return JSONResponse({"error": {"message": message}}, status_code=status)


def lacks(message: str) -> Response:
    """Return the answer that says what this target has no way to do (501, code "target_lacks"): clients skip it."""
    return JSONResponse({"error": {"code": "target_lacks", "message": message}}, status_code=501)


def _refuse_unknown(document: dict[str, Any], known: Collection[str]) -> None:
    for name in document:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            meant = f", did you mean {close[0]!r}?" if close else f", expected {', '.join(sorted(known)) or 'none'}"
            raise HTTPException(400, f"there is no field {name!r}{meant}")


def _kind(document: object) -> str:
    names = {list: "array", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return names.get(type(document), "value")
