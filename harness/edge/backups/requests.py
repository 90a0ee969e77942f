"""Reading requests of the backup operations. Sources of the words: AWS's answers as observed in October 2026
(the ack-api-quirks laboratory's published probes), and botocore's model for names and bounds.
"""

import re
from typing import Any

from harness.edge.backups.answers import Refused, invalid
from harness.edge.call import Call
from harness.edge.tables import table_name

_NAME = re.compile(r"[a-zA-Z0-9_.-]+")
_NAME_LENGTHS = range(3, 256)
_BACKUP_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):dynamodb:([a-z0-9-]+):(\d{12}):table/([^/]+)/backup/([^/]+)")


def document_of(call: Call) -> dict[str, Any]:
    """Return a request's document; raises Refused when it is no JSON object."""
    document = call.document
    if not isinstance(document, dict):
        raise Refused("SerializationException", "the body is no JSON object")
    return document


def source_table(document: dict[str, Any], member: str = "TableName") -> str:
    """Return the table that a member names, by its name or ARN."""
    given = document.get(member)
    if not isinstance(given, str) or not given:
        raise invalid(_null(member))
    return table_name(given)


def new_name(document: dict[str, Any], member: str) -> str:
    """Return the name that a new table or backup is to have."""
    given = document.get(member)
    if not isinstance(given, str):
        raise invalid(_null(member))
    constraint = ""
    if not _NAME.fullmatch(given):
        constraint = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
    elif len(given) not in _NAME_LENGTHS:
        bound = "greater than or equal to 3" if len(given) < _NAME_LENGTHS.start else "less than or equal to 255"
        constraint = f"Member must have length {bound}"
    if constraint:
        raise invalid(_unsatisfied(given, member, constraint))
    return given


def backup_arn(call: Call, document: dict[str, Any], member: str = "BackupArn") -> str:
    """Return the ARN of a backup of the caller's own account."""
    given = document.get(member)
    if not isinstance(given, str):
        raise invalid(_null(member))
    parts = _BACKUP_ARN.fullmatch(given)
    if parts is None:
        raise invalid(f"Invalid Backup ARN: {given}")
    if parts[3] != call.namespace.account:
        raise Refused("AccessDeniedException", "Access is denied")
    return given


def number(document: dict[str, Any], member: str, lowest: int, highest: int) -> int | None:
    """Return a whole number within its bounds, None when it is not given."""
    given = document.get(member)
    if given is None:
        return None
    if not isinstance(given, int) or isinstance(given, bool):
        raise Refused("SerializationException", f"{member} is {given!r}, expected a whole number")
    if given < lowest:
        raise invalid(_unsatisfied(given, member, f"Member must have value greater than or equal to {lowest}"))
    if given > highest:
        raise invalid(_unsatisfied(given, member, f"Member must have value less than or equal to {highest}"))
    return given


def instant(document: dict[str, Any], member: str) -> float | None:
    """Return epoch seconds, None when they are not given."""
    given = document.get(member)
    if given is None:
        return None
    if not isinstance(given, int | float) or isinstance(given, bool):
        raise Refused("SerializationException", f"{member} is {given!r}, expected epoch seconds")
    return float(given)


def choice(document: dict[str, Any], member: str, choices: tuple[str, ...]) -> str | None:
    """Return one of the values that a member may have, None when it is not given."""
    given = document.get(member)
    if given is not None and given not in choices:
        raise invalid(_unsatisfied(given, member, f"Member must satisfy enum value set: [{', '.join(choices)}]"))
    return given


def _null(member: str) -> str:
    return _unsatisfied(None, member, "Member must not be null")


def _unsatisfied(given: object, member: str, constraint: str) -> str:
    shown = "Value null" if given is None else f"Value '{given}'"
    where = member[0].lower() + member[1:]
    return f"1 validation error detected: {shown} at '{where}' failed to satisfy constraint: {constraint}"
