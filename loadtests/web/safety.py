"""Keeps Locust's web UI to this machine: it may start load, and Locust lets any page in any browser tab ask it to.

Locust binds to 127.0.0.1 here, but allows requests from every origin; a page elsewhere could post to it, or reach it
under a name of its own. So the Host must be this machine, and what changes anything must come from its own page. The
form's host is refused as well: where load goes was checked before the start.
"""

from urllib.parse import urlsplit

from flask import Flask, Response, request

_HERE = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ALLOW = "Access-Control-Allow-Origin"


def protect(app: Flask) -> None:
    """Refuse, with 403 and words, what does not come from this machine's own page."""
    app.before_request(refuse_strangers)
    # Flask calls these from last to first, and Locust's leave is given by one of them.
    app.after_request_funcs.setdefault(None, []).insert(0, allow_no_origin)


def refuse_strangers() -> Response | None:
    """Return the refusal of a request, None for one that may pass."""
    if _host(f"//{request.host}") not in _HERE:
        return _refused(f"the host is {request.host!r}, expected 127.0.0.1 or localhost")
    origin = request.headers.get("Origin", "")
    if request.method not in _SAFE and origin and urlsplit(origin).netloc != request.host:
        return _refused(f"the request comes from {origin}, expected this page")
    if request.path.endswith("/swarm") and request.form.get("host"):
        return _refused("another host can't be named here: start a run with --target")
    return None


def allow_no_origin(response: Response) -> Response:
    """Take back Locust's leave for every origin to read what the UI answers."""
    if request.headers.get("Origin", "") and urlsplit(request.headers["Origin"]).netloc != request.host:
        response.headers.remove(_ALLOW)
    return response


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _refused(words: str) -> Response:
    return Response(f"refused: {words}\n", status=403, mimetype="text/plain")
