"""What the AWS calls of the systems ended in, from a run's record of calls.

Only calls that belong to a scenario are told (by the names in their keys), faults that were set on purpose are not,
and neither are the calls of API Gateway, whose answers clients tell themselves. Told once a run: races decide which
of ten customers meets the failing condition, so a single scenario's calls are another every time.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.history import History
from harness.parity.masks import Mask
from harness.parity.sight import Question

CALLS_FILE = "calls.jsonl"
# Names that tests choose end in a token, ids that systems draw begin with a kind.
_NAMES = re.compile(r"(?<=-)[a-z0-9]{8}(?![A-Za-z0-9])|(?<![A-Za-z0-9])[a-z]{2,5}_[a-z0-9]{12,}")
_ANSWERED_TO_CLIENTS = frozenset({"execute-api", "apigateway"})
# What a harness does to its environment, another thing on every target.
_OF_SETUP = frozenset({"cloudformation", "iam", "sts", "s3", "logs", "cloudwatch", "monitoring", "lambda"})


def owners_of(histories: Mapping[str, History], masks: Mapping[str, Mask]) -> dict[str, str]:
    """Return which scenario each name in keys of calls belongs to: its token, and the ids that it was answered."""
    owners = {masks[node_id].token: node_id for node_id in histories if masks[node_id].token}
    for node_id, history in histories.items():
        for operation in history.operations:
            for name in _NAMES.findall(operation.subject):
                owners.setdefault(name, node_id)
    return owners


def seen_in_calls(path: Path, owners: Mapping[str, str], told_of: frozenset[str]) -> Iterator[tuple[Question, str]]:
    """Give what each operation ended in, of the calls that belong to the scenarios `told_of`."""
    for call in _records(path / CALLS_FILE):
        service, operation = str(call.get("service", "")), str(call.get("operation", ""))
        if service in _ANSWERED_TO_CLIENTS | _OF_SETUP or call.get("fault") or call.get("fate") != "delivered":
            continue
        if _owner(call, owners) in told_of:
            code = str(call.get("error_code") or "")
            yield Question("call", f"{service} {operation}"), f"{call.get('status')} {code}" if code else "ok"


def _owner(call: Mapping[str, Any], owners: Mapping[str, str]) -> str:
    where = (call.get("key"), call.get("execution"), call.get("path"), call.get("partitions"))
    found = _NAMES.findall(json.dumps([one for one in where if one]))
    return next((owners[name] for name in found if name in owners), "")


def _records(path: Path) -> Iterable[Mapping[str, Any]]:
    """Give the records; a line that a killed run left half is left out, for it is the last."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record
