"""The journal of an edge, as a test or a command reads it: what happened to a table's items, since when it is known."""

from collections.abc import Mapping
from typing import Any

from harness.clients.edge import EdgeClient

JOURNAL = "/_rehearsal/journal"


class JournalClient:
    """Reads the journal; raises AnswerUnexpected, with the edge's words, for a table that it does not know."""

    def __init__(self, edge: EdgeClient) -> None:
        self._edge = edge

    def tables(self, **place: str) -> list[Mapping[str, Any]]:
        """Return the tables whose history is kept; `place` may name an account and a region."""
        return list(self._edge.ask("GET", JOURNAL, params=_given(place))["tables"])

    def history(
        self, table: str, *, key: str = "", since: str = "", limit: int = 100, **place: str
    ) -> Mapping[str, Any]:
        """Return a table, and in `changes` the newest changes of it or of the items that `key` fits, oldest first.

        `table` is its name, or its name without the stack's (`Wallets`); `key` is `UserID=user-1`, or only `user-1`.
        """
        asked = {"table": table, "key": key, "since": since, "limit": str(limit), **place}
        return self._edge.ask("GET", JOURNAL, params=_given(asked))


def _given(asked: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in asked.items() if text}
