"""Stream records delivered to functions once more, because somebody asks: AWS delivers at least once.

| endpoint | answer |
| --- | --- |
| `POST streams/repeat {"table", "key"?, "last"?, "account"?, "region"?}` | `{"repeated": [{"function", "records"}]}` |

Each function that a stream of the table feeds gets those records again that it has had, the newest `last` (100), of
the items that `key` means (`PK=a`, `a`, or with `*`). The answer comes when the functions have answered, so that a test
may look at once. The records are the same, event ids and sequence numbers included. Leaves out engines that feed
functions by themselves: they can't be told to.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from harness.edge.admin.requests import json_object, lacks, refused
from harness.edge.call import Room
from harness.edge.pattern import Texts, forms_of_key, forms_of_name

LAST_DEFAULT, LAST_MAX = 100, 10_000
_FIELDS = ("table", "key", "last", "account", "region")
Record = Mapping[str, Any]


class Wanted:
    """Which records of which tables are to come again."""

    def __init__(self, asked: Mapping[str, Any]) -> None:
        self.last = int(asked.get("last", LAST_DEFAULT))
        self._account, self._region = asked.get("account", ""), asked.get("region", "")
        self._table = Texts((asked["table"],), forms_of_name)
        key = asked.get("key", "")
        self._key = Texts((key,), forms_of_key) if key else None

    def means_table(self, account: str, region: str, table: str) -> bool:
        """Say whether a table is meant, by its name with or without the stack's."""
        if self._account not in ("", account) or self._region not in ("", region):
            return False
        return self._table.mean(table)

    def means(self, record: Record) -> bool:
        """Say whether the item of a stream record is meant."""
        keys = record["dynamodb"]["Keys"]
        text = ",".join(f"{name}={next(iter(value.values()))}" for name, value in keys.items())
        return self._key is None or self._key.mean(text)


Repeat = Callable[[Wanted], list[tuple[str, int]]]


class StreamRepeats(Room):
    """Has the engine deliver stream records again; `repeat` is its way, None when it has none."""

    def __init__(self, repeat: Repeat | None) -> None:
        self._repeat = repeat

    def routes(self) -> Sequence[BaseRoute]:
        """Return `streams/repeat`."""
        return [Route("/_rehearsal/streams/repeat", self._serve, methods=["POST"])]

    async def _serve(self, request: Request) -> Response:
        asked = await json_object(request, known=_FIELDS)
        if objection := _objection(asked):
            return refused(objection)
        if self._repeat is None:
            return lacks("the engine behind this edge feeds functions by itself")
        repeated = await asyncio.to_thread(self._repeat, Wanted(asked))
        if not repeated:
            return refused(f"no stream of a table {asked['table']!r} feeds a function", status=404)
        return JSONResponse({"repeated": [{"function": name, "records": count} for name, count in repeated]})


def _objection(asked: Mapping[str, Any]) -> str:
    if not asked.get("table"):
        return 'the body names no table, expected e.g. {"table": "Conversations"}'
    for name in ("table", "key", "account", "region"):
        if not isinstance(asked.get(name, ""), str):
            return f"{name} is {asked[name]!r}, expected text"
    last = asked.get("last", LAST_DEFAULT)
    if isinstance(last, bool) or not isinstance(last, int) or not 1 <= last <= LAST_MAX:
        return f"last is {last!r}, expected a whole number from 1 to {LAST_MAX}"
    return ""
