"""Which table at the target stands for which of the trace.

The same name, else the deployed table whose name ends alike after its last dash (`load-ab12-Wallets` for
`payments-Wallets`), because a stack of one's own has a name of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from harness.capacity.shape import TableShape, shape_of
from harness.errors import SettingInvalid

Shapes = Mapping[str, TableShape]


class Describes(Protocol):
    """The part of boto3's DynamoDB client that is used here."""

    def describe_table(self, *, TableName: str) -> Any: ...  # noqa: N803 - boto3's name
    @property
    def exceptions(self) -> Any: ...


def shapes_at(client: Describes, tables: Iterable[str], deployed: Iterable[str]) -> dict[str, TableShape]:
    """Return the shape of the table that stands for each table of a trace; its name is the target's.

    Raises SettingInvalid, naming them, when some have no table to stand for them.
    """
    found: dict[str, TableShape] = {}
    absent = []
    for table in tables:
        shape = _described(client, table) or _described(client, _alike(table, deployed))
        if shape is None:
            absent.append(table)
        else:
            found[table] = shape
    if absent:
        raise SettingInvalid(
            f"{len(absent)} of {len(absent) + len(found)} tables of the trace are not at the target: {absent[0]}",
            evidence={"absent": ", ".join(absent), "there": ", ".join(s.name for s in found.values()) or "none"},
            remedy="deploy them, or keep their calls out: rehearse calls --resource … --json > FILE",
        )
    return found


def _alike(table: str, deployed: Iterable[str]) -> str:
    ending = table.rpartition("-")[2]
    alike = {name for name in deployed if name.rpartition("-")[2] == ending}
    return alike.pop() if len(alike) == 1 else ""


def _described(client: Describes, table: str) -> TableShape | None:
    if not table:
        return None
    try:
        return replace(shape_of(client.describe_table(TableName=table)["Table"]), name=table)
    except client.exceptions.ResourceNotFoundException:
        return None
