"""Reading admin requests, and refusing those that make no sense."""

from json import JSONDecodeError
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def json_object(request: Request) -> dict[str, Any]:
    """Return the body as a JSON object, {} when it is none."""
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def refused(message: str, status: int = 400) -> Response:
    """Return an answer that says what was seen and what was expected."""
    return JSONResponse({"error": {"message": message}}, status_code=status)
