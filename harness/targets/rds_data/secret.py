"""The secret that a call names: looked up, and refused as AWS does when it can't serve to log in.

What stands in it is not compared with the database, because calls run as their cluster's owner. A good secret is taken
for good for a few seconds (assumed), so that not every statement waits for Secrets Manager.
"""

import time
from collections.abc import Mapping
from typing import Any

import orjson

from harness.edge.call import Namespace
from harness.edge.upstream import Upstream, own_call
from harness.targets.rds_data.refused import Refused

GOOD_FOR_S = 5.0
_KEPT_MAX = 1000


class Secrets:
    """Secrets Manager as the Data API asks it; without an upstream, every secret is good."""

    def __init__(self, upstream: Upstream | None) -> None:
        self._upstream = upstream
        self._good_until_s: dict[tuple[Namespace, str], float] = {}

    async def check(self, namespace: Namespace, secret: str) -> None:
        """Raise Refused when a secret isn't there, can't be read, or holds no user name and password."""
        key, now_s = (namespace, secret), time.monotonic()
        if self._upstream is None or self._good_until_s.get(key, 0.0) > now_s:
            return
        _credentials(await _value(self._upstream, namespace, secret), secret)
        if len(self._good_until_s) >= _KEPT_MAX:
            self._good_until_s.clear()
        self._good_until_s[key] = now_s + GOOD_FOR_S

    def forget(self) -> None:
        """Look every secret up again."""
        self._good_until_s.clear()


async def _value(upstream: Upstream, namespace: Namespace, secret: str) -> str:
    try:
        answer = await upstream(own_call(namespace, "GetSecretValue", {"SecretId": secret}, "secretsmanager"))
    except Exception as problem:
        reason = f"{type(problem).__name__}: {problem}"
        raise Refused("SecretsErrorException", f"Error fetching secret {secret}: {reason}") from problem
    told = answer.document if isinstance(answer.document, dict) else {}
    if answer.status == 200:
        return str(told.get("SecretString") or "")
    code = str(told.get("__type", "")).rpartition("#")[2] or str(answer.status)
    reason = told.get("message") or told.get("Message") or ""
    kind = "AccessDeniedException" if code == "AccessDeniedException" else "SecretsErrorException"
    raise Refused(kind, f"Error fetching secret {secret}: {code}: {reason}")


def _credentials(value: str, secret: str) -> Mapping[str, Any]:
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise Refused("InvalidSecretException", f"The secret {secret} is no JSON object")
    for member in ("username", "password"):
        if not isinstance(document.get(member), str) or not document[member]:
            raise Refused("InvalidSecretException", f"The secret {secret} has no {member}")
    return document
