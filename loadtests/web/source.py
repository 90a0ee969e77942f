"""Asks the edge for its heat while somebody looks, at most every POLL_S, and keeps the last answer.

Nobody asks on staging: heat is counted by the edge, and calls to AWS do not pass it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import httpx

from harness.capacity.picture import HeatPicture, picture_from
from harness.clients.capacity import HEAT

POLL_S = 2.0
ANSWER_WITHIN_S = 5.0
KEYS = 25


@dataclass(frozen=True, slots=True)
class Seen:
    """The last picture, or why there is none."""

    picture: HeatPicture | None = None
    problem: str = ""


class HeatSource:
    """The heat of one edge, as it was a moment ago."""

    def __init__(self, endpoint_url: str, *, ask: Callable[[], Any] | None = None) -> None:
        self._endpoint_url = endpoint_url
        self._ask = ask or self._ask_edge
        self._seen = Seen()
        self._asked_s = float("-inf")
        self._asking = Lock()  # two tabs that look at once ask once

    def look(self) -> Seen:
        """Return what the edge says, or said less than POLL_S ago."""
        if not self._endpoint_url:
            return Seen(problem="heat is counted by the edge; calls to AWS itself do not pass it")
        with self._asking:
            if time.monotonic() - self._asked_s >= POLL_S:
                self._seen = self._look()
                self._asked_s = time.monotonic()
            return self._seen

    def _look(self) -> Seen:
        try:
            return Seen(picture_from(self._ask()))
        except httpx.HTTPStatusError as problem:
            said = problem.response.text[:200]
            return Seen(self._seen.picture, f"the edge refused: {problem.response.status_code} {said}")
        except (httpx.HTTPError, ValueError) as problem:
            return Seen(self._seen.picture, f"the edge did not answer: {type(problem).__name__}: {problem}")

    def _ask_edge(self) -> Any:
        url = f"{self._endpoint_url.rstrip('/')}{HEAT}"
        answer = httpx.get(url, params={"top": KEYS}, timeout=ANSWER_WITHIN_S, trust_env=False)
        return answer.raise_for_status().json()
