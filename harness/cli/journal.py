"""The command that shows what happened to items: journal."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from harness.cli.options import AsJson, Instance, Target, answers, edge_of, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.errors import SettingInvalid

if TYPE_CHECKING:
    from harness.clients.journal import JournalClient

VALUE_WIDTH_MAX = 60
_STYLES = {"made": "green", "deleted": "red"}


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command(
        epilog="Examples: rehearse journal · rehearse journal Wallets --key user-1 · "
        "rehearse journal Payments --since 2026-11-21T15:00:00Z --json"
    )(journal)


def journal(
    table: Annotated[str, typer.Argument(help="A table's name, or its name without the stack's: Wallets.")] = "",
    key: Annotated[str, typer.Option("--key", "-k", help="Of one item: user-1, or UserID=user-1, or user-*.")] = "",
    since: Annotated[str, typer.Option(help="From this instant on: ISO 8601, or epoch seconds.")] = "",
    last: Annotated[int, typer.Option("--last", "-n", min=1, max=10_000, help="How many of the newest.")] = 50,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Show what happened to the items of a table, oldest first; without one, which tables' history is kept."""
    if not table and (key or since):
        raise SettingInvalid("--key and --since need a table", remedy="rehearse journal Wallets --key user-1")
    kept = _journal(instance, target)
    told = kept.history(table, key=key, since=since, limit=last) if table else {"tables": kept.tables()}
    if as_json:
        print_json(told)
        return
    for line in _changes(told["changes"]) if table else _tables(told["tables"]):
        answers.print(line)
    if table and not told["changes"]:
        notes.print(f"nothing is known to have happened to {key or 'any item'} of {told['table']}")


def _journal(instance: str, target: str) -> "JournalClient":
    environment = running(instance, target)

    from harness.clients.journal import JournalClient

    return JournalClient(edge_of(environment))


def _tables(tables: Iterable[Mapping[str, Any]]) -> Iterable[Text]:
    rows = [("account", "region", "table", "known since", "changes lost")]
    for one in tables:
        known = _local(one["known_from"]) if one["known_from"] else "not all"
        lost = ", ".join(f"{_local(gap['from'])} until {_until(gap['until'])}" for gap in one["gaps"])
        rows.append((one["account"], one["region"], one["table"], known, lost or "-"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield Text("  ".join(cells).rstrip(), style="dim" if row is rows[0] else "")


def _changes(changes: Iterable[Mapping[str, Any]]) -> Iterable[Text]:
    for change in changes:
        before, after = change["before"], change["after"]
        happened = "made" if before is None else "deleted" if after is None else "changed"
        line = Text(f"{_local(change['at'])}  ", style="dim")
        line.append(f"{change['key_text']}  ", style="cyan not dim")
        line.append(f"{happened:<7}  ", style=f"not dim {_STYLES.get(happened, 'default')}")
        cause = "TTL" if change["system"] else change["operation"]
        by = f" by {change['caller']}" if change["caller"] else ""
        yield line.append(f"{cause}{by}", style="default not dim")
        for name, was, now in _differences(before or {}, after or {}, set(change["key"])):
            yield Text(f"    {name}  ", style="dim").append(_arrow(was, now), style="default not dim")


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], key: set[str]) -> Iterable[tuple[str, Any, Any]]:
    for name in sorted((before.keys() | after.keys()) - key):
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)


def _arrow(was: Any, now: Any) -> str:
    if was is None:
        return _short(now)
    return f"{_short(was)} → {'gone' if now is None else _short(now)}"


def _short(value: Mapping[str, Any]) -> str:
    text = str(next(iter(value.values())))
    return text if len(text) <= VALUE_WIDTH_MAX else f"{text[: VALUE_WIDTH_MAX - 1]}…"


def _until(instant: str | None) -> str:
    return _local(instant) if instant else "now"


def _local(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3]
