"""What UpdateTimeToLive and DescribeTimeToLive say, as on AWS, whether the upstream keeps the setting or the edge.

Refusals and their words are AWS's (documented: a ValidationException; the words as SDK users quote them: assumed).
Left out: the hour in which a change is processed on AWS (ENABLING, DISABLING) and in which another one is refused.
"""

from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from harness.edge.call import Answer, Call, Namespace
from harness.edge.tables import table_name
from harness.edge.upstream import Upstream, ask
from harness.errors import SettingInvalid


class Settings:
    """The TTL settings of tables: the upstream's own, or such as the edge holds back from it.

    An engine that deletes by itself does so within seconds, and no expired item would ever be seen. So with `held` it
    is not told that TTL is on; what it was told past the edge still counts. Like an engine's, held settings last as
    long as their tables, over resets of the edge and, in `file`, its restarts.
    """

    def __init__(self, *, held: bool = False, file: Path | None = None) -> None:
        self.held = held
        self._file = file
        self._attributes: dict[tuple[str, str, str], str] = {}  # by account, region and table; "" for off
        if held and file is not None and file.exists():
            self._attributes = {(account, region, table): name for account, region, table, name in _read(file)}

    async def attribute_of(self, upstream: Upstream, namespace: Namespace, table: str) -> str:
        """Return a table's TTL attribute, "" when it has none. Raises UpstreamRefused, e.g. when there is no table."""
        told = attribute_in(await ask(upstream, namespace, "DescribeTimeToLive", {"TableName": table}))
        return self._attributes.get(_place(namespace, table), told)

    def hold(self, namespace: Namespace, table: str, attribute: str) -> None:
        """Keep a setting here; "" for off."""
        self._attributes[_place(namespace, table)] = attribute
        self._save()

    def held_of(self, namespace: Namespace, table: str) -> str | None:
        """Return what is held for a table, None when nothing is."""
        return self._attributes.get(_place(namespace, table))

    def drop(self, namespace: Namespace, table: str) -> None:
        """Forget a table that is gone."""
        if self._attributes.pop(_place(namespace, table), None) is not None:
            self._save()

    def _save(self) -> None:
        if self._file is None or not self.held:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(orjson.dumps([[*place, name] for place, name in self._attributes.items()]))
        fresh.replace(self._file)


def _place(namespace: Namespace, table: str) -> tuple[str, str, str]:
    return namespace.account, namespace.region, table


def _read(file: Path) -> list[list[str]]:
    try:
        kept: list[list[str]] = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as problem:
        raise SettingInvalid(f"{file} does not hold the TTL settings: {problem}", remedy=f"remove {file}") from None
    return kept


def attribute_in(described: Any) -> str:
    """Return the TTL attribute in an answer to DescribeTimeToLive, "" when TTL is off."""
    description = described.get("TimeToLiveDescription") if isinstance(described, dict) else None
    if not isinstance(description, dict) or description.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        return ""
    return str(description.get("AttributeName", ""))


def asked_for(call: Call) -> tuple[str, bool, str] | None:
    """Return table, whether TTL is to be on, and attribute, of an UpdateTimeToLive; None when it makes no sense."""
    document = call.document
    specification = document.get("TimeToLiveSpecification") if isinstance(document, dict) else None
    if not isinstance(specification, dict):
        return None
    table, enabled = document.get("TableName"), specification.get("Enabled")
    attribute = specification.get("AttributeName")
    if not isinstance(table, str) or not isinstance(enabled, bool) or not isinstance(attribute, str) or not attribute:
        return None
    return table_name(table), enabled, attribute


def objection(current: str, enabled: bool, attribute: str) -> str:
    """Return why AWS refuses a change of the setting, "" when it doesn't; `current` is the attribute, "" when off."""
    if not enabled and not current:
        return "TimeToLive is already disabled"
    if current and current != attribute:
        return f"TimeToLive is active on a different AttributeName: current AttributeName is {current}"
    if enabled and current:
        return "TimeToLive is already enabled"
    return ""


def shown(answer: Answer, held: str | None) -> str:
    """Let the client see what AWS shows in a description: what is held, and no attribute when TTL is off; return it."""
    document = answer.document
    attribute = held if held is not None else attribute_in(document)
    description = document.get("TimeToLiveDescription") if isinstance(document, dict) else None
    fresh = (
        {"TimeToLiveStatus": "ENABLED", "AttributeName": attribute} if attribute else {"TimeToLiveStatus": "DISABLED"}
    )
    is_telling = isinstance(description, dict) and (held is not None or not attribute)
    if is_telling and description != fresh:
        answer.replace_body(orjson.dumps({**document, "TimeToLiveDescription": fresh}))
    return attribute


def accepted(call: Call) -> Answer:
    """Return the answer to an UpdateTimeToLive that the upstream does not see."""
    body = orjson.dumps({"TimeToLiveSpecification": call.document["TimeToLiveSpecification"]})
    headers = [
        (b"content-type", b"application/x-amz-json-1.0"),
        (b"x-amzn-requestid", str(uuid4()).encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    return Answer(200, headers, body)
