"""Which table has its items where, kept on disk: an edge that starts anew must not take a full copy for another's."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import orjson

from harness.edge.call import Namespace
from harness.errors import SettingInvalid

Engine = Literal["localstack", "dynamodb"]


class Where(NamedTuple):
    """One table's name in an account and region."""

    account: str
    region: str
    table: str

    @property
    def namespace(self) -> Namespace:
        """Return whose table it is, with a key that both engines take for the account."""
        return Namespace(self.account, self.region, self.account)


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the items of the table with this TableId are."""

    table_id: str
    engine: Engine


class Registry:
    """The entries of all tables; without a file they last as long as the process."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._entries: dict[Where, Entry] = _read(file) if file is not None and file.exists() else {}

    def get(self, where: Where) -> Entry | None:
        """Return a table's entry."""
        return self._entries.get(where)

    def put(self, where: Where, entry: Entry) -> None:
        """Keep a table's entry."""
        if self._entries.get(where) != entry:
            self._entries[where] = entry
            self._save()

    def drop(self, where: Where) -> None:
        """Forget a table."""
        if self._entries.pop(where, None) is not None:
            self._save()

    def in_namespace(self, namespace: Namespace | None) -> Iterator[tuple[Where, Entry]]:
        """Give the entries of a namespace, or (None) all."""
        for where, entry in list(self._entries.items()):
            if namespace is None or (where.account, where.region) == (namespace.account, namespace.region):
                yield where, entry

    def _save(self) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(orjson.dumps([[*where, one.table_id, one.engine] for where, one in self._entries.items()]))
        fresh.replace(self._file)


def _read(file: Path) -> dict[Where, Entry]:
    try:
        rows = orjson.loads(file.read_bytes())
        return {Where(*row[:3]): Entry(row[3], row[4]) for row in rows}
    except (orjson.JSONDecodeError, TypeError, IndexError) as problem:
        raise SettingInvalid(f"{file} does not say where tables are: {problem}", remedy=f"remove {file}") from None
