"""What a business request asks of AWS, from recorded calls: the `requests` of a design file, measured.

A business request is a call of a deployed API with all that followed in its trace, executions included. Sizes are
items' where bodies were recorded, else those of the bodies themselves, which are larger. Left out, because no record
has it: run times on AWS, the states of executions, and calls between functions.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from harness.capacity.units import item_bytes

_KINDS = {
    "GetItem": "get",
    "BatchGetItem": "get",
    "Query": "query",
    "Scan": "scan",
    "PutItem": "put",
    "UpdateItem": "update",
    "DeleteItem": "delete",
    "BatchWriteItem": "put",
}
_MEMBER_KINDS = {"Put": "put", "Update": "update", "Delete": "delete", "ConditionCheck": "check", "Get": "get"}
_AMOUNTS = {
    ("states", "StartExecution"): "starts",
    ("states", "DescribeExecution"): "describes",
    ("sqs", "SendMessage"): "sqs",
    ("sqs", "DeleteMessage"): "sqs",
    ("sns", "Publish"): "sns",
    ("events", "PutEvents"): "events",
}


@dataclass(slots=True)
class _Seen:
    """One kind of business request: how many, and what they asked in all."""

    count: int = 0
    steps: Counter[str] = field(default_factory=Counter)  # by JSON of the step without its sizes
    sizes: dict[str, list[int]] = field(default_factory=dict)  # the largest seen, in the step's order
    amounts: Counter[str] = field(default_factory=Counter)
    callers: set[str] = field(default_factory=set)


def footprints(calls: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return by name (`POST /payments`) what an average one of each business request asked."""
    calls = _with_bodies(list(calls))
    names = {call["trace"]: _name(call) for call in calls if call["service"] == "execute-api" and call["trace"]}
    seen: dict[str, _Seen] = {}
    for call in calls:
        name = names.get(call["trace"])
        if name is None:
            continue
        one = seen.setdefault(name, _Seen())
        if call["service"] == "execute-api":
            one.count += 1
        elif call["service"] == "dynamodb":
            _add_step(one, call)
        elif amount := _AMOUNTS.get((call["service"], call["operation"])):
            one.amounts[amount] += 1
        if call["caller"]:
            one.callers.add(_short(call["caller"]))
    stored = _stored(seen.values())
    return {name: _told(one, stored) for name, one in sorted(seen.items()) if one.count}


def requests_yaml(found: Mapping[str, Any]) -> str:
    """Return the footprints as the `requests` of a design file."""
    head = (
        "# Measured by rehearse footprint: names, shares, duration_ms and transitions are yours to set.\n"
        "# bytes are items' where bodies were recorded, else those of whole requests or answers.\n"
    )
    text: str = yaml.safe_dump({"requests": dict(found)}, sort_keys=False, default_flow_style=None, width=110)
    return head + text


def _with_bodies(calls: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the calls of traces that were recorded with their bodies; all calls where no trace was."""
    bare = {call["trace"] for call in calls if call["service"] == "dynamodb" and "request" not in call}
    whole = {call["trace"] for call in calls if call["service"] == "dynamodb"} - bare
    return [call for call in calls if call["trace"] in whole] if whole else calls


def _stored(seen: Iterable[_Seen]) -> dict[str, int]:
    """Return the largest item seen of each table; an update's own values are less than its item."""
    largest: dict[str, int] = {}
    for one in seen:
        for step, sizes in one.sizes.items():
            for member, size in zip(json.loads(step)["operations"], sizes, strict=True):
                table = member.get("get") or member.get("put")
                if table:
                    largest[table] = max(largest.get(table, 0), size)
    return largest


def _told(one: _Seen, stored: Mapping[str, int]) -> dict[str, Any]:
    operations = []
    for step, times in one.steps.items():
        members = json.loads(step)
        for member, size in zip(members["operations"], one.sizes[step], strict=True):
            member["bytes"] = max(size, stored.get(member.get("update", ""), 0))
        told: dict[str, Any] = (
            {"transaction": members["operations"]} if members["transaction"] else dict(members["operations"][0])
        )
        each = round(times / one.count, 3)
        operations.append(told if each == 1 else {**told, "times": each})
    amounts = {name: round(count / one.count, 3) for name, count in sorted(one.amounts.items())}
    functions = {name: {"duration_ms": 0} for name in sorted(one.callers)}
    return {"share": one.count, "operations": operations, "functions": functions, **amounts, "rest_calls": 1}


def _add_step(one: _Seen, call: Mapping[str, Any]) -> None:
    found = _operations(call)
    if not found:
        return
    sizes = [size for _, size in found]
    transactional = call["operation"].startswith("Transact")
    step = json.dumps({"transaction": transactional, "operations": [operation for operation, _ in found]})
    one.steps[step] += 1
    before = one.sizes.get(step, sizes)
    one.sizes[step] = [max(pair) for pair in zip(before, sizes, strict=True)]


def _operations(call: Mapping[str, Any]) -> list[tuple[dict[str, Any], int]]:
    body = _body(call.get("request"))
    if call["operation"].startswith("Transact") and body:
        return [_member(one) for one in body.get("TransactItems", ())]
    transactional = call["operation"].startswith("Transact")
    kind = "update" if transactional else _KINDS.get(call["operation"])
    if kind is None:
        return []
    targets = call.get("targets") or [{"resource": call["resource"]}]
    whole = call["bytes_out"] if kind in ("get", "query", "scan") else call["bytes_in"]
    found = []
    for target in targets if transactional else targets[:1]:
        operation: dict[str, Any] = {kind: _short(target["resource"])}
        if not transactional and len(targets) > 1:
            operation["items"] = len(targets)
        if body.get("IndexName"):
            operation[kind] += f".{body['IndexName']}"
        if body.get("ConsistentRead"):
            operation["consistent"] = True
        found.append((operation, _size(call, body) or whole // len(targets)))
    return found


def _member(one: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    ((action, told),) = one.items()
    item = told.get("Item") or told.get("ExpressionAttributeValues") or {}
    return {_MEMBER_KINDS.get(action, "update"): _short(told["TableName"])}, item_bytes(item)


def _size(call: Mapping[str, Any], body: Mapping[str, Any]) -> int:
    if item := body.get("Item"):
        return item_bytes(item)
    answer = _body(call.get("response"))
    if item := answer.get("Item"):
        return item_bytes(item)
    return sum(item_bytes(one) for one in answer.get("Items", ()))


def _body(told: object) -> Mapping[str, Any]:
    """Return a recorded body as a document; empty when none was recorded, or only its beginning."""
    body = told.get("body") if isinstance(told, Mapping) else None
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return {}
    return body if isinstance(body, Mapping) else {}


def _name(call: Mapping[str, Any]) -> str:
    """Return method and path, with what is no plain word as {}: ids differ, routes don't."""
    path = str(call["path"]).rpartition("/_user_request_")[2]
    parts = [part if part.replace("-", "").isalpha() and part.islower() else "{}" for part in path.split("/") if part]
    return f"{call['method']} /{'/'.join(parts)}"


def _short(name: str) -> str:
    """Return a resource's name without its stack's."""
    return name.partition("-")[2] or name
