"""Commands about faults of AWS calls: apply a file of rules, list them, see what they did, heal, tell the kinds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import AsJson, Instance, Quiet, Target, answers, edge_of, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY

if TYPE_CHECKING:
    from harness.clients import EdgeClient

FAULTS = "/_rehearsal/faults"
# What a list shows in columns of their own, or does not show.
_SHOWN = frozenset({"id", "kind", "phase", "match", "set_at", "seen", "fired", "active", "missed", "missed_why"})

faults = typer.Typer(help="Make AWS calls fail on purpose, and heal them.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    faults.command("apply", epilog="Example: rehearse faults apply faults.yaml")(apply)
    faults.command("list", epilog="Example: rehearse faults list --json")(list_rules)
    faults.command("fired", epilog="Examples: rehearse faults fired · rehearse faults fired --fault f-1")(fired)
    faults.command("clear", epilog="Examples: rehearse faults clear · rehearse faults clear f-1")(clear)
    faults.command("kinds", epilog="Example: rehearse faults kinds")(kinds)
    application.add_typer(faults, name="faults")


def apply(
    file: Annotated[Path, typer.Argument(help="A YAML or JSON file: a list of rules, or `faults:` with one.")],
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Set the rules of a file, behind those that are set; a mistake in one sets none."""
    from harness.edge.faults import load_rules

    documents = load_rules(file).documents
    told = set_rules(_edge(instance, target), documents)
    if as_json:
        print_json(told)
    elif not quiet:
        _say_rules(told["faults"])


def set_rules(edge: "EdgeClient", rules: Sequence[Mapping[str, object]]) -> dict[str, Any]:
    """Set rules; return the edge's answer."""
    return edge.ask("POST", FAULTS, json={"rules": list(rules)}) if rules else {"faults": []}


def list_rules(instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_ANY, as_json: AsJson = False) -> None:
    """List the rules in the order in which they are tried, with how many calls they saw and bit."""
    told = _edge(instance, target).ask("GET", FAULTS)
    if as_json:
        print_json(told)
        return
    _say_rules(told["faults"])
    if not told["faults"]:
        notes.print("no fault is set; set some: rehearse faults apply FILE")


def fired(
    fault: Annotated[str, typer.Option(help="Of one fault alone, e.g. f-1; healed ones too.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, at most.")] = 100,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """List the last times that a fault bit a call, oldest first."""
    told = _edge(instance, target).ask("GET", "/_rehearsal/fired", params={"fault": fault, "limit": limit})
    if as_json:
        print_json(told)
        return
    for one in told["fired"]:
        who = one["caller"] or "a client"
        what = " ".join(part for part in (one["service"], one["operation"], one["resource"], one["key"]) if part)
        line = f"{_local(one['at'])}  {one['fault']:<6} {one['kind']} {one['phase']}  {what}  by {who}"
        answers.print(line, markup=False)
    if not told["fired"]:
        notes.print("no fault fired")


def clear(
    fault: Annotated[str, typer.Argument(help="The fault to heal, e.g. f-1; all without one.")] = "",
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Heal one fault, or all."""
    edge = _edge(instance, target)
    healed = [edge.ask("DELETE", f"{FAULTS}/{fault}")] if fault else edge.ask("DELETE", FAULTS)["faults"]
    if as_json:
        print_json({"faults": healed})
    elif not quiet:
        _say_rules(healed)
        notes.print(f"healed {len(healed)}")


def kinds(as_json: AsJson = False) -> None:
    """Tell every kind of fault with its phases and arguments."""
    from harness.edge.faults.document import kinds_document

    told = kinds_document()
    if as_json:
        print_json({"kinds": told})
        return
    for kind in told:
        answers.print(f"{kind['kind']} ({' or '.join(kind['phases'])})", markup=False, style="bold")
        answers.print(f"  {kind['does']}", markup=False)
        for one in kind["arguments"]:
            default = f", default {one['default']}" if one["default"] is not None else ""
            answers.print(f"  {one['name']}: {one['type']}{default}; {one['says']}", markup=False)


def _edge(instance: str, target: str) -> "EdgeClient":
    return edge_of(running(instance, target))


def _say_rules(rules: list[Mapping[str, Any]]) -> None:
    for rule in rules:
        match = " ".join(f"{name}={_short(value)}" for name, value in rule["match"].items()) or "every AWS call"
        more = " ".join(f"{name}={_short(value)}" for name, value in rule.items() if name not in _SHOWN)
        state = "" if rule["active"] else "  over"
        line = f"{rule['id']:<6} {rule['kind']} {rule['phase']}  {match}  {more}".rstrip()
        answers.print(f"{line}  seen {rule['seen']} fired {rule['fired']}{state}", markup=False)
        if rule.get("missed"):
            answers.print(f"       missed {rule['missed']}: {rule['missed_why']}", markup=False)


def _local(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone():%H:%M:%S.%f}"[:-3]


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + " ".join(f"{name}={_short(one)}" for name, one in value.items()) + "}"
    return ",".join(map(_short, value)) if isinstance(value, list) else str(value)
