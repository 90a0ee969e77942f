"""A system's API, one recorded exchange at a time. Nothing is retried here: the caller sees what the client saw."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from harness.clients.answer import Answer
from harness.history import Recorder

CONNECT_WITHIN_S = 5.0
# The API gives up on its own after 29 s (API Gateway's limit); a client that leaves earlier learns less.
ANSWER_WITHIN_S = 35.0
CONNECTIONS_MAX = 200
_CARD_NUMBER = re.compile(r"\d(?:[ -]?\d){12,18}")


def http_client(base_url: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return a keep-alive client for `base_url` that many threads may use, with a bound on every step."""
    limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=50, keepalive_expiry=3.0)
    timeout = httpx.Timeout(ANSWER_WITHIN_S, connect=CONNECT_WITHIN_S)
    # trust_env off: a proxy in the caller's shell must not come between a test and its own machine.
    return httpx.Client(base_url=base_url, limits=limits, timeout=timeout, transport=transport, trust_env=False)


class RecordedApi:
    """Sends requests under one API key and records each as an operation.

    `identified_by` is the field of an answer that names what a request was about, when only the answer tells it;
    `secret` finds in texts what no history may hold, beside card numbers.
    """

    def __init__(
        self,
        client: httpx.Client,
        api_key: str,
        recorder: Recorder,
        *,
        identified_by: str,
        secret: re.Pattern[str] | None = None,
    ) -> None:
        self._client = client
        self._api_key = api_key
        self._recorder = recorder
        self._identified_by = identified_by
        self._secret = secret

    def under(self, api_key: str) -> "RecordedApi":
        """Return the same API under another key; "" sends none."""
        kept = {"identified_by": self._identified_by, "secret": self._secret}
        return RecordedApi(self._client, api_key, self._recorder, **kept)  # type: ignore[arg-type]

    def exchange(
        self,
        action: str,
        method: str,
        path: str,
        *,
        subject: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        known: Mapping[str, Any] | None = None,
        identified_by: str = "",
    ) -> Answer:
        """Send one request and return its answer; never raises for what the network or the system does.

        `known` is what the history is to know of the request beside its body.
        """
        sent = {"x-api-key": self._api_key, **(headers or {})}
        asked = {**(known or {}), **_without_card_numbers(body or {})}
        with self._recorder.operation(action, subject, asked) as pending:
            answer = self._send(method, path, body, sent)
            pending.ends(
                answer.outcome,
                status_code=answer.status_code,
                result=self._kept(answer.document),
                error=answer.problem or answer.code,
                subject="" if subject else str(answer.document.get(identified_by or self._identified_by, "")),
            )
            return answer

    def _kept(self, value: Any) -> Any:
        """Return a request or an answer without what an answer tells once, to be kept by nobody but its reader."""
        secret = self._secret
        return _each_text(value, lambda text: secret.sub("[secret]", text)) if secret else value

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]) -> Answer:
        try:
            response = self._client.request(method, path, json=body, headers={k: v for k, v in headers.items() if v})
        except httpx.HTTPError as problem:
            return Answer(None, problem=f"{type(problem).__name__}: {problem}")
        return Answer.of(response)


def _without_card_numbers(value: Any) -> Any:
    """Return a request as histories may keep it: a scenario may send a card number, no file may hold one."""
    return _each_text(value, lambda text: _CARD_NUMBER.sub("[card number]", text))


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Return JSON's values with each text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _each_text(one, change) for name, one in value.items()}
    return [_each_text(one, change) for one in value] if isinstance(value, list) else value
