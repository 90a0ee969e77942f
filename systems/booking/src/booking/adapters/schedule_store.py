"""The domain's ScheduleStore on DynamoDB: a change is one transaction that also counts the provider's schedule up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from groundwork.attributes import item_of
from groundwork.deadline import Deadline

from booking.adapters.booking_store import query_all, within
from booking.adapters.rows import Rows, Values, Where
from booking.adapters.schedule_items import (
    closing_from,
    closing_item,
    closing_key,
    partition,
    rule_from,
    rule_item,
    rule_key,
    schedule_counted,
    schedule_from,
    schedule_key,
)
from booking.adapters.tables import TableNames
from booking.domain.schedule import Closing, Rule, Schedule
from booking.domain.schedule_store import (
    Change,
    ChangeRefused,
    ClosingActivation,
    ClosingRemoval,
    NewClosing,
    NewRule,
    Place,
    Refusal,
    RuleRemoval,
)

Action = tuple[dict[str, Any], Refusal]
# A closing is told from another one that got its number later by when it was made.
_AS_READ = "#status = :status AND createdAt = :created"


@dataclass(frozen=True, slots=True)
class DynamoScheduleStore:
    """The tables; `client_of` gives DynamoDB in a tenant's name (see `tenant_access.client_for`)."""

    client_of: Callable[[str], Any]
    tables: TableNames

    def schedule(self, place: Place) -> Schedule | None:
        """Return a provider's schedule; None when there is no such provider."""
        item = self._rows(place).get(self.tables.availability, schedule_key(place))
        return schedule_from(item) if item else None

    def rule(self, place: Place, rule_id: str) -> Rule | None:
        """Return one rule."""
        item = self._rows(place).get(self.tables.availability, rule_key(place, rule_id))
        return rule_from(item) if item else None

    def rules(self, place: Place) -> Sequence[Rule]:
        """Return all rules."""
        where = Where(self.tables.availability, ("PK", partition(place)), ("SK", "RULE#"))
        return [rule_from(item) for item in self._rows(place).all(where)]

    def closing(self, place: Place, day: date, seq: int) -> Closing | None:
        """Return one closing."""
        item = self._rows(place).get(self.tables.exceptions, closing_key(place, day, seq))
        return closing_from(item) if item else None

    def closings(self, place: Place, first: date, last: date) -> Sequence[Closing]:
        """Return the closings of the local days first…last, in order."""
        until = f"EXCEPTION#{last + timedelta(days=1)}"
        request = within(self.tables.exceptions, partition(place), f"EXCEPTION#{first}", until)
        return [closing_from(item) for item in query_all(self.client_of(place.tenant_id), request)]

    def commit(self, place: Place, change: Change, deadline: Deadline) -> None:
        """Make a change; raises ChangeRefused when a condition fails, StoreUnavailable when the tables stay busy."""
        actions = self._actions(place, change)
        failed = self._rows(place).transact([write for write, _ in actions], deadline)
        if failed:
            raise ChangeRefused(*{actions[position][1] for position in failed})

    def _actions(self, place: Place, change: Change) -> Sequence[Action]:
        tables = self.tables
        match change:
            case NewRule(rule):
                written = _put(tables.availability, rule_item(place, rule), "attribute_not_exists(PK)")
                return [(written, Refusal.EXISTS), self._counted(place, rules=True)]
            case RuleRemoval(rule_id):
                gone = _delete(tables.availability, rule_key(place, rule_id), "attribute_exists(PK)")
                return [(gone, Refusal.CHANGED), self._counted(place, rules=True)]
            case NewClosing(closing, version):
                written = _put(tables.exceptions, closing_item(place, closing), "attribute_not_exists(PK)")
                counted = schedule_counted(tables.availability, place, rules=False, if_version=version)
                return [(written, Refusal.EXISTS), (counted, Refusal.CHANGED)]
            case ClosingActivation(before, after):
                stands = _put(tables.exceptions, closing_item(place, after), _AS_READ, _read(place, before))
                return [(stands, Refusal.CHANGED)]
            case ClosingRemoval(closing):
                key = closing_key(place, closing.day, closing.seq)
                gone = _delete(tables.exceptions, key, _AS_READ, _read(place, closing))
                return [(gone, Refusal.CHANGED), self._counted(place, rules=False)]

    def _counted(self, place: Place, *, rules: bool) -> Action:
        return schedule_counted(self.tables.availability, place, rules=rules), Refusal.NO_PROVIDER

    def _rows(self, place: Place) -> Rows:
        return Rows(self.client_of(place.tenant_id))


def _read(place: Place, closing: Closing) -> Values:
    item = closing_item(place, closing)
    return {":status": item["status"], ":created": item["createdAt"]}


def _put(table: str, item: Values, condition: str, values: Mapping[str, object] | None = None) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": item_of(item), **_if(condition, values or {})}}


def _delete(table: str, key: Values, condition: str, values: Mapping[str, object] | None = None) -> dict[str, Any]:
    return {"Delete": {"TableName": table, "Key": item_of(key), **_if(condition, values or {})}}


def _if(condition: str, values: Mapping[str, object]) -> dict[str, Any]:
    told: dict[str, Any] = {"ConditionExpression": condition}
    if values:
        told |= {"ExpressionAttributeNames": {"#status": "status"}, "ExpressionAttributeValues": item_of(values)}
    return told
