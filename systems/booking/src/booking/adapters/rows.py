"""Reads of single items and of partitions, and writes with conditions, with DynamoDB's errors sorted.

Busy, throttled or unanswered is StoreUnavailable; a failed condition is a value, never an exception to forget about.
Values are plain Python (see `groundwork.attributes`); expressions stay DynamoDB's own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from groundwork.attributes import item_of, values_of
from groundwork.aws import AWS_ERRORS, error_code, is_busy
from groundwork.deadline import Deadline, paced

from booking.adapters import writes
from booking.adapters.tenant_access import client_for
from booking.domain.errors import StoreUnavailable

Values = dict[str, Any]
_BATCH_MAX = 100
_FILTERED_PAGE = 200


@dataclass(frozen=True, slots=True)
class Slice:
    """Items of one partition in key order; `position` is the key to go on after, None at the end."""

    items: Sequence[Values]
    position: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Where:
    """One partition of a table or an index: `partition` is (attribute, value); `prefix` and `exactly` confine the sort
    attribute to a beginning, or to one value; `entity` leaves out items of other kinds.
    """

    table: str
    partition: tuple[str, str]
    prefix: tuple[str, str] | None = None
    exactly: tuple[str, str] | None = None
    index: str | None = None
    entity: str | None = None
    newest_first: bool = False

    def request(self) -> Values:
        """Return the Query of it; reads of tables are strongly consistent, those of global indexes can't be."""
        names, values = {"#p": self.partition[0]}, {":p": {"S": self.partition[1]}}
        condition = "#p = :p"
        if sort := self.prefix or self.exactly:
            names["#s"], values[":s"] = sort[0], {"S": sort[1]}
            condition += " AND begins_with(#s, :s)" if self.prefix else " AND #s = :s"
        request: Values = {
            "TableName": self.table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not self.newest_first,
            "ReturnConsumedCapacity": "TOTAL",
        }
        if self.entity:
            names["#e"], values[":e"] = "entity", {"S": self.entity}
            request["FilterExpression"] = "#e = :e"
        return request | ({"IndexName": self.index} if self.index else {"ConsistentRead": True})


@dataclass(frozen=True, slots=True)
class Rows:
    """DynamoDB in somebody's name; see `booking.adapters.tenant_access.client_for`."""

    client: Any

    def get(self, table: str, key: Mapping[str, str]) -> Values | None:
        """Return an item, read consistently, or None when there is none; raises StoreUnavailable."""
        answer = asked(
            lambda: self.client.get_item(
                TableName=table, Key=item_of(key), ConsistentRead=True, ReturnConsumedCapacity="TOTAL"
            )
        )
        return values_of(answer["Item"]) if "Item" in answer else None

    def get_many(self, table: str, keys: Sequence[Mapping[str, str]], deadline: Deadline) -> list[Values]:
        """Return those items of at most 100 keys that exist, in no order; raises StoreUnavailable."""
        if len(keys) > _BATCH_MAX:
            raise ValueError(f"{len(keys)} keys in one batch, at most {_BATCH_MAX} are possible")
        found: list[Values] = []
        left = {table: {"Keys": [item_of(key) for key in keys], "ConsistentRead": True}} if keys else {}
        for _ in paced(deadline):
            if not left:
                return found
            request = left
            answer = asked(lambda request=request: self.client.batch_get_item(  # type: ignore[misc]
                RequestItems=request, ReturnConsumedCapacity="TOTAL"
            ))  # fmt: skip
            found.extend(values_of(item) for item in answer["Responses"].get(table, []))
            left = answer.get("UnprocessedKeys") or {}
        if left:
            raise StoreUnavailable("the tables stayed busy until the time was over")
        return found

    def get_each(self, wanted: Sequence[tuple[str, Mapping[str, str]]], deadline: Deadline) -> list[Values | None]:
        """Return items of different tables (at most one of each) in one consistent read each, None where there is none.

        One call instead of several; raises StoreUnavailable.
        """
        keys = {table: item_of(key) for table, key in wanted}
        for _ in paced(deadline):
            request = {table: {"Keys": [key], "ConsistentRead": True} for table, key in keys.items()}
            answer = asked(lambda request=request: self.client.batch_get_item(  # type: ignore[misc]
                RequestItems=request, ReturnConsumedCapacity="TOTAL"
            ))  # fmt: skip
            if not answer.get("UnprocessedKeys"):
                found = {table: values_of(items[0]) for table, items in answer["Responses"].items() if items}
                return [found.get(table) for table, _ in wanted]
        raise StoreUnavailable("the tables stayed busy until the time was over")

    def slice(self, where: Where, limit: int, position: Mapping[str, Any] | None = None) -> Slice:
        """Return up to `limit` items after `position`; raises StoreUnavailable.

        One more is read, so that a position is given only where something follows.
        """
        items: list[Values] = []
        start = item_of(position) if position else None
        while len(items) <= limit:
            request = where.request()
            # A filter leaves out items after they were read: then pages of the table are as large as they may be asked.
            request["Limit"] = limit + 1 - len(items) if where.entity is None else _FILTERED_PAGE
            if start:
                request["ExclusiveStartKey"] = start
            answer = asked(lambda request=request: self.client.query(**request))  # type: ignore[misc]
            items.extend(values_of(item) for item in answer["Items"])
            start = answer.get("LastEvaluatedKey")
            if not start:
                break
        return Slice(items[:limit], _key(where, items[limit - 1]) if len(items) > limit else None)

    def all(self, where: Where, items_max: int = 1_000) -> Sequence[Values]:
        """Return a whole partition of at most `items_max` items; raises StoreUnavailable, LookupError beyond."""
        found = self.slice(where, items_max + 1)
        if len(found.items) > items_max:
            raise LookupError(f"a partition of {where.table} holds more than {items_max} items")
        return found.items

    def put_new(self, table: str, values: Mapping[str, Any], key: str = "PK") -> bool:
        """Write an item unless its key exists; return whether it was written. `key` is a key attribute's name."""
        return self._conditional(
            lambda: self.client.put_item(
                TableName=table,
                Item=item_of(values),
                ConditionExpression="attribute_not_exists(#k)",
                ExpressionAttributeNames={"#k": key},
            )
        )

    def replace(self, table: str, values: Mapping[str, Any], read_version: int) -> bool:
        """Write an item over the one whose `version` was read; return whether it still was that one."""
        return self._conditional(
            lambda: self.client.put_item(
                TableName=table,
                Item=item_of(values),
                **writes.at_version(read_version),
            )
        )

    def delete(self, table: str, key: Mapping[str, str]) -> bool:
        """Delete an item; return whether it was there."""
        name = next(iter(key))
        return self._conditional(
            lambda: self.client.delete_item(
                TableName=table,
                Key=item_of(key),
                ConditionExpression="attribute_exists(#k)",
                ExpressionAttributeNames={"#k": name},
            )
        )

    def update(self, request: Mapping[str, Any]) -> Values | None:
        """Make one UpdateItem; return the new values, or None when its condition failed. Raises StoreUnavailable."""
        try:
            answer = asked(lambda: self.client.update_item(ReturnValues="ALL_NEW", **request), "Attributes")
        except AWS_ERRORS as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return None
            raise
        return values_of(answer["Attributes"])

    def transact(self, writes: Sequence[Mapping[str, Any]], deadline: Deadline) -> Sequence[int]:
        """Make all writes or none; return the positions of those whose conditions failed, none when all were made.

        Conflicts with other transactions and throttling are repeated until the deadline; then raises StoreUnavailable.
        """
        for _ in paced(deadline, base_s=0.02):
            try:
                self.client.transact_write_items(TransactItems=writes)
            except AWS_ERRORS as error:
                failed = failed_conditions(error)
                if failed:
                    return failed
                if error_code(error) != "TransactionCanceledException" and not is_busy(error):
                    raise
                if any(reason == "ValidationError" for reason in _reasons(error)):
                    raise
            else:
                return ()
        raise StoreUnavailable("the tables stayed busy until the time was over")

    def _conditional(self, write: Callable[[], Any]) -> bool:
        try:
            asked(write, None)
        except AWS_ERRORS as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True


def rows_for(tenant_id: str) -> Rows:
    """Return the tables in a tenant's name."""
    return Rows(client_for(tenant_id))


def asked(call: Callable[[], Any], expected: str | None = "ConsumedCapacity") -> Any:
    """Make a call of DynamoDB; raises StoreUnavailable when trying again may help, else what AWS said.

    Once its attempts are over, botocore takes a body that was garbled or cut off for an empty one (verified: 1.44.5).
    That must not pass for "nothing there", so an answer has to hold what was asked for, by default the capacity.
    """
    try:
        answer = call()
    except AWS_ERRORS as error:
        if is_busy(error):
            raise StoreUnavailable("the tables are busy or did not answer") from error
        raise
    if expected and expected not in answer:
        raise StoreUnavailable("the answer of the tables could not be read")
    return answer


def failed_conditions(error: Exception) -> Sequence[int]:
    """Return the positions of a cancelled transaction's writes whose conditions failed."""
    return [position for position, reason in enumerate(_reasons(error)) if reason == "ConditionalCheckFailed"]


def _reasons(error: Exception) -> Iterator[str]:
    # Errors of the connection have a `response` as well, which is none.
    response: Mapping[str, Any] = error.response if isinstance(error, ClientError) else {}
    for reason in response.get("CancellationReasons", []):
        yield str(reason.get("Code", ""))


def _key(where: Where, item: Mapping[str, Any]) -> dict[str, Any]:
    names = ("PK", "SK", *((f"{where.index}PK", f"{where.index}SK") if where.index else ()))
    return {name: item[name] for name in names if name in item}
