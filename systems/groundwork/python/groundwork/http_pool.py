"""HTTP to other systems: pooled connections, bounded in time, no retries of its own.

urllib3 is what the Python runtime of AWS Lambda carries through botocore. A call either gets an answer, surely did
not leave (`NotSent`), or nobody knows (`AnswerLost`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

_ANSWER_BYTES_MAX = 262_144


class NotSent(Exception):
    """No connection came about, so the request can't have had an effect."""


class AnswerLost(Exception):
    """The request may have arrived; no whole answer came back in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer; `document` is None when its body is no JSON object."""

    status: int
    document: Mapping[str, Any] | None
    content_type: str = "application/json"


class Http(Protocol):
    """What another system's adapter needs of an HTTP client; each adapter encodes its own bodies."""

    def call(
        self, method: str, url: str, *, timeout_s: float, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Make one call; raises NotSent or AnswerLost."""


class HttpPool:
    """Keeps connections open between calls of one worker."""

    def __init__(self, *, connect_timeout_s: float = 1.0, connections: int = 2) -> None:
        self._connect_timeout_s = connect_timeout_s
        self._pool = urllib3.PoolManager(num_pools=4, maxsize=connections, retries=False)

    def call(
        self, method: str, url: str, *, timeout_s: float, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Make one call; raises NotSent or AnswerLost. `timeout_s` bounds connecting and each wait for data."""
        timeout = urllib3.Timeout(connect=min(self._connect_timeout_s, timeout_s), total=timeout_s)
        try:
            response = self._pool.request(
                method,
                url,
                body=body,
                headers={"Accept": "application/json", **headers},
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                content = _whole(response)
                response.release_conn()
            except BaseException:
                response.close()
                raise
        except (NewConnectionError, ConnectTimeoutError, NameResolutionError) as error:
            raise NotSent(f"no connection ({type(error).__name__})") from error
        except (HTTPError, OSError) as error:
            raise AnswerLost(f"no answer ({type(error).__name__})") from error
        return Answer(response.status, _document(content), response.headers.get("Content-Type", ""))


def _whole(response: urllib3.BaseHTTPResponse) -> bytes:
    content = response.read(_ANSWER_BYTES_MAX, decode_content=True)
    if response.length_remaining:
        raise AnswerLost(f"only {len(content)} bytes of the answer came")
    return content


def _document(content: bytes) -> Mapping[str, Any] | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
