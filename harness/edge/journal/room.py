"""What the admin endpoints tell of the journal; no call passes here, the journal hears of changes by the feed.

| endpoint | answer |
| --- | --- |
| `GET journal?account=&region=` | the tables whose history is kept, and since when |
| `GET journal?table=&key=&since=&limit=&account=&region=` | the newest changes of a table or an item, oldest first |

`table` is a name, or its end after a dash; `key` is `UserID=user-1`, or only its values; `*` stands
for anything. `since` is ISO 8601 or epoch seconds.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from harness.edge.admin.requests import refused
from harness.edge.call import Namespace, Room
from harness.edge.journal import keys
from harness.edge.journal.index import FOREVER, Generation
from harness.edge.journal.journal import Journal

CHANGES_LISTED_MAX = 10_000
_ASKABLE = frozenset({"table", "key", "since", "limit", "account", "region"})


class JournalRoom(Room):
    """Lets people read the journal, and ends it with the edge."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def routes(self) -> Sequence[BaseRoute]:
        """Return `journal`."""
        return [Route("/_rehearsal/journal", self._tell)]

    async def forget(self, namespace: Namespace | None) -> None:
        """Forget the past."""
        self._journal.forget(namespace)

    async def stop(self) -> None:
        """Write no more."""
        await self._journal.close()

    def describe(self) -> dict[str, object]:
        """Return how large the journal is, and what it lost."""
        return {"journal": self._journal.describe()}

    async def _tell(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if unknown := sorted(set(asked) - _ASKABLE):
            return refused(f"the journal can't be asked by {', '.join(unknown)}, only by {', '.join(sorted(_ASKABLE))}")
        tables = [one for one in self._journal.tables() if _belongs(one, asked)]
        if "table" not in asked:
            wrong = sorted(set(asked) & {"key", "since", "limit"})
            if wrong:
                return refused(f"{', '.join(wrong)} can only be asked with a table")
            return JSONResponse({"tables": [self._table(one) for one in tables]})
        chosen = [one for one in tables if one.table == asked["table"]]
        chosen = chosen or [one for one in tables if one.table.endswith(f"-{asked['table']}")]
        if len(chosen) != 1:
            return self._not_one(asked["table"], tables, chosen)
        try:
            limit, since_s = _limit(asked.get("limit", "100")), _instant(asked.get("since", "0"))
        except ValueError as problem:
            return refused(str(problem))
        return JSONResponse(await self._history(chosen[0], asked.get("key", ""), since_s, limit))

    async def _history(self, table: Generation, key: str, since_s: float, limit: int) -> dict[str, Any]:
        changes = await self._journal.history(
            table, lambda one: not key or keys.fits(key, one, table.key), since_s=since_s, limit=limit
        )
        for change in changes:
            change["key_text"] = keys.text(change["key"], table.key)
            change["at"] = iso(change["at"])
        return {**self._table(table), "changes": changes}

    def _table(self, table: Generation) -> dict[str, Any]:
        from_s = self._journal.restorable_from_s(table)
        return {
            "account": table.namespace.account,
            "region": table.namespace.region,
            "table": table.table,
            "table_id": table.table_id,
            "made_at": iso(table.made_at_s),
            "known_from": None if from_s is None else iso(max(from_s, table.made_at_s)),
            "gaps": [{"from": iso(begin), "until": None if end == FOREVER else iso(end)} for begin, end in table.gaps],
        }

    def _not_one(self, name: str, tables: Sequence[Generation], chosen: Sequence[Generation]) -> Response:
        if chosen:
            places = ", ".join(f"{one.table} of {one.namespace.account} in {one.namespace.region}" for one in chosen)
            return refused(f"{name!r} is more than one table: {places}; name it whole, with its account and region")
        known = ", ".join(sorted({one.table for one in tables})) or "none"
        return refused(f"the journal knows no table {name!r}, only: {known}", status=404)


def iso(at_s: float) -> str:
    """Return epoch seconds as an ISO 8601 instant in UTC, to the millisecond."""
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")


def _belongs(table: Generation, asked: Mapping[str, str]) -> bool:
    return (
        asked.get("account", table.namespace.account) == table.namespace.account
        and asked.get("region", table.namespace.region) == table.namespace.region
    )


def _limit(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ValueError(f"limit is {text!r}, expected a whole number from 1 up")
    return min(int(text), CHANGES_LISTED_MAX)


def _instant(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"since is {text!r}, expected an ISO 8601 instant or epoch seconds") from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
