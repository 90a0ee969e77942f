"""Who signed a call: the role that an access key was given for by AssumeRole, its session and its session tags.

An access key of a role tells nothing by itself, so what STS answers is remembered, a bounded number of keys. Tags that
a session hands on (`TransitiveTagKeys`) go with the roles that it assumes. Source: the IAM user guide, "Passing session
tags in AWS STS" (documented). Leaves out roles assumed by SAML or web identity, whose tags are in a token, and those
that functions get from Lambda: a function's calls name it as their caller.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from xml.sax.saxutils import unescape

import orjson

from harness.edge.aws.names import name_of
from harness.edge.aws.protocols import form_of
from harness.edge.call import Answer, Call

PRINCIPALS_KEPT_MAX = 20_000
_XML_KEY = re.compile(rb"<AccessKeyId>([^<]+)</AccessKeyId>")


@dataclass(frozen=True, slots=True)
class Principal:
    """An assumed role's session; `handed_on` are the names (lower case) of its transitive tags."""

    role: str
    session: str
    tags: Mapping[str, str] = field(default_factory=dict)
    handed_on: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Return `{"role", "session", "tags"}`."""
        return {"role": self.role, "session": self.session, "tags": dict(self.tags)}


class Principals:
    """The sessions behind the access keys that STS gave out, the last `kept_max` of them; any thread may ask."""

    def __init__(self, kept_max: int = PRINCIPALS_KEPT_MAX) -> None:
        self._by_key: OrderedDict[str, Principal] = OrderedDict()
        self._kept_max = kept_max
        self._lock = Lock()

    def of(self, access_key: str) -> Principal | None:
        """Return whom an access key was given to, None when no AssumeRole seen here gave it."""
        return self._by_key.get(access_key)

    def learn(self, call: Call, answer: Answer) -> None:
        """Remember what an answer of AssumeRole gives out; anything else teaches nothing."""
        if call.operation != "AssumeRole" or answer.status != 200:
            return
        access_key, asked = _key_in(answer.body), _asked(call)
        if not access_key or not asked:
            return
        given = _principal(asked, self.of(call.namespace.access_key))
        with self._lock:
            self._by_key[access_key] = given
            if len(self._by_key) > self._kept_max:
                self._by_key.popitem(last=False)

    def forget(self) -> None:
        """Forget every session."""
        with self._lock:
            self._by_key.clear()


principals = Principals()


def _key_in(body: bytes) -> str:
    found = _XML_KEY.search(body)
    if found:
        return unescape(found[1].decode())
    try:
        return str(orjson.loads(body)["Credentials"]["AccessKeyId"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""


def _asked(call: Call) -> dict[str, Any]:
    """Return the request's members as JSON has them, whichever protocol it came by."""
    form = form_of(call)
    if not form:
        return call.document if isinstance(call.document, dict) else {}
    tags: list[dict[str, str]] = []
    while (key := form.get(f"Tags.member.{len(tags) + 1}.Key")) is not None:
        tags.append({"Key": key, "Value": form.get(f"Tags.member.{len(tags) + 1}.Value", "")})
    keys: list[str] = []
    while (key := form.get(f"TransitiveTagKeys.member.{len(keys) + 1}")) is not None:
        keys.append(key)
    return {**form, "Tags": tags, "TransitiveTagKeys": keys}


def _principal(asked: Mapping[str, Any], caller: Principal | None) -> Principal:
    inherited = {key: value for key, value in caller.tags.items() if key.lower() in caller.handed_on} if caller else {}
    tags = {str(one.get("Key", "")): str(one.get("Value", "")) for one in asked.get("Tags") or ()}
    handed_on = {str(key).lower() for key in asked.get("TransitiveTagKeys") or ()}
    return Principal(
        name_of(str(asked.get("RoleArn", ""))),
        str(asked.get("RoleSessionName", "")),
        {**tags, **inherited},
        frozenset(handed_on | {key.lower() for key in inherited}),
    )
