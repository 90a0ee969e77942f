"""Items of the tables of rules and exceptions, and the SCHEDULE item that counts a provider's changes, both ways."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from groundwork.attributes import item_of
from groundwork.instants import instant, moment_of

from booking.adapters.rows import Values
from booking.domain.schedule import (
    Closing,
    ClosingStatus,
    Rule,
    Schedule,
    TimeRange,
    Weekday,
    clock_text,
)
from booking.domain.schedule_store import Place

SCHEDULE = "SCHEDULE"
RULE_PREFIX, EXCEPTION_PREFIX = "RULE#", "EXCEPTION#"


def partition(place: Place) -> str:
    """Return the partition key of everything that is one provider's."""
    return f"TENANT#{place.tenant_id}#PROVIDER#{place.provider_id}"


def schedule_key(place: Place) -> Values:
    """Return the key of a provider's SCHEDULE item."""
    return {"PK": partition(place), "SK": SCHEDULE}


def rule_key(place: Place, rule_id: str) -> Values:
    """Return a rule's key."""
    return {"PK": partition(place), "SK": f"{RULE_PREFIX}{rule_id}"}


def closing_key(place: Place, day: date, seq: int) -> Values:
    """Return an exception's key."""
    return {"PK": partition(place), "SK": f"{EXCEPTION_PREFIX}{day.isoformat()}#{seq:03d}"}


def schedule_counted(table: str, place: Place, *, rules: bool, if_version: int | None = None) -> dict[str, Any]:
    """Return the write that counts a schedule up; `rules` says that rules change.

    Fails when there is no schedule, or none of `if_version`.
    """
    return {
        "Update": {
            "TableName": table,
            "Key": item_of(schedule_key(place)),
            "UpdateExpression": "ADD #version :one" + (", rulesVersion :one" if rules else ""),
            "ConditionExpression": "attribute_exists(PK)" + ("" if if_version is None else " AND #version = :read"),
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": item_of({":one": 1, ":read": if_version}),
        }
    }


def schedule_from(item: Mapping[str, Any]) -> Schedule:
    """Return a SCHEDULE item as a schedule."""
    return Schedule(item["version"], item["rulesVersion"], item["timezone"], item["active"])


def rule_item(place: Place, rule: Rule) -> Values:
    """Return a rule as an item."""
    return rule_key(place, rule.rule_id) | {
        "tenantId": place.tenant_id,
        "entity": "Rule",
        "providerId": place.provider_id,
        "ruleId": rule.rule_id,
        "dayOfWeek": str(rule.day_of_week),
        "timeRanges": ranges_told(rule.time_ranges),
        "createdAt": instant(rule.created_at),
        "updatedAt": instant(rule.updated_at),
    }


def rule_from(item: Mapping[str, Any]) -> Rule:
    """Return an item as a rule."""
    return Rule(
        rule_id=item["ruleId"],
        day_of_week=Weekday(item["dayOfWeek"]),
        time_ranges=_ranges(item["timeRanges"]),
        created_at=moment_of(item["createdAt"]),
        updated_at=moment_of(item["updatedAt"]),
    )


def closing_item(place: Place, closing: Closing) -> Values:
    """Return a closing as an item."""
    return closing_key(place, closing.day, closing.seq) | {
        "tenantId": place.tenant_id,
        "entity": "Exception",
        "providerId": place.provider_id,
        "exceptionId": closing.exception_id,
        "date": closing.day.isoformat(),
        "seq": closing.seq,
        "reason": closing.reason,
        "allDay": closing.all_day,
        "timeRanges": ranges_told(closing.time_ranges),
        "status": str(closing.status),
        "keptBookings": list(closing.kept),
        "fingerprint": closing.fingerprint,
        "createdAt": instant(closing.created_at),
        "updatedAt": instant(closing.updated_at),
    }


def closing_from(item: Mapping[str, Any]) -> Closing:
    """Return an item as a closing; what an import left out (seq, fingerprint, keptBookings) has its plain meaning."""
    day, seq = item["SK"].removeprefix(EXCEPTION_PREFIX).split("#")
    return Closing(
        day=date.fromisoformat(day),
        seq=int(seq),
        reason=item["reason"],
        time_ranges=() if item["allDay"] else _ranges(item["timeRanges"]),
        status=ClosingStatus(item["status"]),
        fingerprint=item.get("fingerprint", ""),
        created_at=moment_of(item["createdAt"]),
        updated_at=moment_of(item["updatedAt"]),
        kept=tuple(item.get("keptBookings", ())),
    )


def ranges_told(ranges: Sequence[TimeRange]) -> list[dict[str, str]]:
    """Return ranges as tables and API show them, e.g. [{"start": "09:00", "end": "24:00"}]."""
    return [{"start": clock_text(one.start), "end": clock_text(one.end)} for one in ranges]


def _ranges(told: Sequence[Mapping[str, str]]) -> tuple[TimeRange, ...]:
    return tuple(TimeRange.parse(one["start"], one["end"]) for one in told)
