"""The command that shows AWS calls: calls."""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from harness.cli.options import AsJson, Instance, Target, answers, edge_of, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.errors import SettingInvalid

if TYPE_CHECKING:
    from harness.clients.calls import CallsClient

STYLE_BY_OUTCOME = {"ok": "green", "error": "yellow", "lost": "red"}
# Widths that hold most of what comes; a longer text pushes its own line only.
WIDTHS_FOLLOWED = (22, 28, 44, 6)
WIDTH_MAX = 60
_PADS = (*(str.ljust,) * 3, *(str.rjust,) * 5)  # names to the left, figures to the right


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command(
        epilog="Examples: rehearse calls --execution pay-7f3a · rehearse calls --service dynamodb --outcome error · "
        "rehearse calls --follow · rehearse calls --summary"
    )(calls)


def calls(
    execution: Annotated[str, typer.Option("--execution", "-x", help="Of one execution: a payment's id, an ARN.")] = "",
    service: Annotated[str, typer.Option(help="To one service: dynamodb, states, sqs, lambda, execute-api.")] = "",
    operation: Annotated[str, typer.Option(help="Of one operation: PutItem, Transact*.")] = "",
    resource: Annotated[str, typer.Option(help="About one table, queue, function or machine: Wallets.")] = "",
    key: Annotated[str, typer.Option(help="About one item: user-1, or UserID=user-1.")] = "",
    caller: Annotated[str, typer.Option(help="By one function: wallet-service.")] = "",
    principal: Annotated[str, typer.Option(help="By a role's session: role, session, or a tag: TenantId=t-1.")] = "",
    outcome: Annotated[str, typer.Option(help="That ended so: ok, error, lost, or an error's code.")] = "",
    fault: Annotated[str, typer.Option(help="That a fault hit: its id, its name or its kind, or * for any.")] = "",
    trace: Annotated[str, typer.Option(help="Of one X-Ray trace.")] = "",
    last: Annotated[int, typer.Option("--last", "-n", min=1, max=10_000, help="How many of the newest.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes; Ctrl-C ends it.")] = False,
    summary: Annotated[bool, typer.Option("--summary", help="Counts, errors and times instead of calls.")] = False,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """List the AWS calls that passed, oldest first. `*` in a filter stands for anything; --follow --json: lines."""
    if follow and summary:
        raise SettingInvalid("--follow and --summary can't go together: give one of them")
    filters = {"execution": execution, "service": service, "operation": operation, "resource": resource, "key": key}
    filters |= {"caller": caller, "principal": principal, "outcome": outcome, "fault": fault, "trace": trace}
    record = _record(instance, target)
    if summary:
        told = record.summary(**filters)
        if as_json:
            print_json(told)
            return
        for line in _figures(told):
            answers.print(line)
    elif follow:
        for fresh in record.follow(last=last, **filters):
            _print_calls(fresh, as_json=as_json)
    else:
        found = record.recent(limit=last, **filters)
        if as_json:
            print_json({"calls": found})
            return
        for line in _lines(found, _widths(found)):
            answers.print(line)
        if not found:
            notes.print("no such call was recorded")


def _record(instance: str, target: str) -> "CallsClient":
    environment = running(instance, target)

    from harness.clients.calls import CallsClient

    return CallsClient(edge_of(environment))


def _print_calls(found: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.writelines(json.dumps(call) + "\n" for call in found)
        sys.stdout.flush()
        return
    for line in _lines(found, WIDTHS_FOLLOWED):
        answers.print(line)


def _lines(found: Iterable[Mapping[str, Any]], widths: tuple[int, ...]) -> Iterable[Text]:
    for call in found:
        caller, what, about, took = (text.ljust(width) for text, width in zip(_cells(call), widths, strict=True))
        line = Text(f"{_time(call)}  ", style="dim")
        line.append(f"{caller}  ", style="cyan").append(f"{what}  ", style="default not dim")
        line.append(f"{about}  {took.strip().rjust(widths[-1])} ms  ", style="default not dim")
        yield line.append(_ending(call), style=f"not dim {STYLE_BY_OUTCOME[call['outcome']]}").append(_origin(call))


def _widths(found: Iterable[Mapping[str, Any]]) -> tuple[int, ...]:
    columns = zip(*(_cells(call) for call in found), strict=True)
    return tuple(min(WIDTH_MAX, max(map(len, column))) for column in columns)


def _cells(call: Mapping[str, Any]) -> tuple[str, str, str, str]:
    what = f"{call['service']} {call['operation']}".strip()
    if not call["operation"]:  # what nobody signed has paths instead
        path = str(call["path"]).rpartition("/_user_request_")[2]
        what = f"{call['service'] or 'unsigned'} {call['method']} {path}"
    others = len(call.get("targets", ())) + call.get("targets_left_out", 0) - 1
    about = f"{call['resource']} {call['key']}".strip() + (f" and {others} more" if others > 0 else "")
    return call["caller"] or "-", what, about or "-", f"{call['duration_ms']:.1f}"


def _time(call: Mapping[str, Any]) -> str:
    return f"{datetime.fromisoformat(call['started_at']).astimezone():%H:%M:%S.%f}"[:-3]


def _ending(call: Mapping[str, Any]) -> str:
    ended = "ok" if call["outcome"] == "ok" else f"{call['status'] or ''} {call['error_code']}".strip()
    if call["outcome"] == "lost":
        ended = f"lost ({call['fate']}), was {ended}" if call["status"] else f"lost, {call['error_code']}"
    return ended + (f"  fault {call['fault']['id']} {call['fault']['kind']}" if call["fault"] else "")


def _origin(call: Mapping[str, Any]) -> str:
    name = str(call["execution"]).rpartition(":")[2]
    return f"  for {name}" if name else ""


def _figures(told: Mapping[str, Any]) -> Iterable[Text]:
    """Return lines with a column for each figure."""
    heads = ("service", "operation", "resource", "calls", "errors", "lost", "p50 ms", "p99 ms", "error codes")
    rows = [heads]
    for row in (*told["rows"], {"service": "all", "operation": "", "resource": "", **told["total"]}):
        times = ("" if row[name] is None else f"{row[name]:.1f}" for name in ("p50_ms", "p99_ms"))
        counts = (str(row[name]) for name in ("calls", "errors", "lost"))
        codes = ", ".join(f"{code} {count}" for code, count in row["error_codes"].items())
        rows.append((row["service"], row["operation"], row["resource"] or "-", *counts, *times, codes))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = [pad(cell, width) for pad, cell, width in zip(_PADS, row, widths, strict=False)]
        yield Text("  ".join((*padded, row[-1])).rstrip(), style="dim" if row is heads else "")
