"""Records of calls as an edge writes them, for tests of what reads them."""

from typing import Any

BEGAN = "2026-11-21T10:00:{:09.6f}+00:00"


def recorded(operation: str, *items: tuple[str, str], at_s: float = 0.0, **changes: Any) -> dict[str, Any]:
    """Return the record of a DynamoDB call about some (table, key), `at_s` seconds into a minute."""
    first = items[0] if items else ("", "")
    record = {
        "sequence": 1,
        "started_at": BEGAN.format(at_s),
        "service": "dynamodb",
        "operation": operation,
        "resource": first[0],
        "key": first[1],
        "outcome": "ok",
        "status": 200,
        "error_code": "",
        "bytes_in": 200,
        "bytes_out": 100,
        "read_units": None,
        "write_units": None,
    }
    if len(items) > 1:
        record["targets"] = [{"resource": table, "key": key} for table, key in items]
    return record | changes
