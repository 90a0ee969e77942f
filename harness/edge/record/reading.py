"""Reads the record of calls back from its files: for replays and plans, long after the edge has ended.

`docs/calls.md` says what a line holds. Parts that were set aside come first, so the lines are in the order in which the
calls ended. A last line that a killed edge left unfinished is left out; a broken line anywhere else is an error. What
`rehearse calls --json` printed (one document, `{"calls": […]}`) is read as well.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from harness.errors import SettingInvalid

_NAMES = ("calls.jsonl", "logs/calls.jsonl")
_MEMBERS = ("service", "operation", "started_at", "resource", "key")
_REPEATED = ("Throttl", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "InternalServerError",
             "ServiceUnavailable", "TransactionInProgress")  # fmt: skip
_PART = re.compile(r"\.(\d+)$")


def record_files(place: Path) -> list[Path]:
    """Return the files of a record, oldest first, given one of them or the folder of a run or environment.

    Raises SettingInvalid where there are none.
    """
    newest = place
    if place.is_dir():
        newest = next((place / name for name in _NAMES if (place / name).is_file()), place / _NAMES[0])
    if not newest.is_file():
        raise SettingInvalid(
            f"no record of calls at {place}, expected calls.jsonl or a folder that holds it",
            remedy="name a run's folder in artifacts/, or an environment's calls.jsonl (`rehearse status` says where)",
        )
    aside = [part for part in newest.parent.glob(f"{newest.stem}.*{newest.suffix}") if _PART.search(part.stem)]
    return [*sorted(aside, key=_number), newest]


def read_calls(place: Path) -> Iterator[Mapping[str, Any]]:
    """Give the records of calls, oldest end first; raises SettingInvalid for a line that is no record."""
    files = record_files(place)
    for file in files:
        yield from _read(file, unfinished_ok=file == files[-1])


def is_repeated(record: Mapping[str, Any]) -> bool:
    """Tell whether a call was throttled, lost or failed with 5xx, so that its client has made it again.

    Then it stands in the record a second time: what an application asked for has it once.
    """
    code, status = str(record.get("error_code") or ""), int(record.get("status") or 0)
    return record.get("outcome") == "lost" or status >= 500 or code.startswith(_REPEATED)


def _read(file: Path, *, unfinished_ok: bool) -> Iterator[Mapping[str, Any]]:
    with file.open("rb") as lines:
        if lines.read(2) == b"{\n":
            yield from _read_document(file)
            return
        lines.seek(0)
        for number, line in enumerate(lines, 1):
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError as problem:
                if unfinished_ok and not line.endswith(b"\n"):
                    return
                raise SettingInvalid(f"{file}, line {number} is no JSON: {problem}") from problem
            yield _checked(record, f"{file}, line {number}")


def _read_document(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        calls = orjson.loads(file.read_bytes())["calls"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as problem:
        raise SettingInvalid(f"{file} is neither lines of JSON nor what `rehearse calls --json` prints") from problem
    for number, record in enumerate(calls, 1):
        yield _checked(record, f"{file}, call {number}")


def _checked(record: Any, where: str) -> Mapping[str, Any]:
    missing = [name for name in _MEMBERS if not isinstance(record, dict) or name not in record]
    if missing:
        raise SettingInvalid(
            f"{where} is no record of a call, it lacks {', '.join(missing)}",
            remedy="the record is written by environments: logs/calls.jsonl (docs/calls.md)",
        )
    found: Mapping[str, Any] = record
    return found


def _number(part: Path) -> int:
    found = _PART.search(part.stem)
    return int(found[1]) if found else 0
