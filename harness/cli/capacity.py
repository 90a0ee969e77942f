"""Commands about DynamoDB capacity: what is enforced on which table, set it, switch it off.

Heat, which shows what came of it, is another module's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import AsJson, Instance, Quiet, Target, answers, edge_of, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.errors import SettingInvalid

if TYPE_CHECKING:
    from harness.clients import EdgeClient

PATH = "/_rehearsal/capacity"
OFF, COUNT, ENFORCE = "off", "count", "enforce"

Choice = Annotated[
    str | None,
    typer.Option(
        "--capacity",
        metavar="off|count|enforce|FILE",
        help="DynamoDB capacity: enforce it, only count it, or as a YAML file says. Off without it.",
        show_default=False,
    ),
]
Scale = Annotated[
    float | None,
    typer.Option(
        "--capacity-scale", help="Factor on every capacity limit, e.g. 0.05 for a laptop.", show_default=False
    ),
]

capacity = typer.Typer(help="Show and set the DynamoDB capacity that is enforced.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    capacity.command("show", epilog="Example: rehearse capacity show --json")(show)
    capacity.command(
        "set", epilog="Examples: rehearse capacity set enforce --scale 0.05 · rehearse capacity set capacity.yaml"
    )(set_capacity)
    capacity.command("off", epilog="Example: rehearse capacity off")(off)
    application.add_typer(capacity, name="capacity")


def document_of(choice: str | None, scale: float | None = None) -> dict[str, Any] | None:
    """Return the document that the options mean, None for off; checked, so that a mistake costs nothing later.

    Raises SettingInvalid.
    """
    if choice in (None, OFF):
        if scale is not None:
            raise SettingInvalid(
                f"a capacity scale of {scale:g} is given, but capacity is off",
                remedy="add --capacity enforce, or --capacity count",
            )
        return None
    from harness.edge.capacity import load_options, options_of

    document: dict[str, Any] = {}
    if choice in (COUNT, ENFORCE):
        document["enforce"] = choice == ENFORCE
    else:
        file = Path(choice)
        if not file.exists():
            raise SettingInvalid(f"capacity is {choice!r}, expected {OFF}, {COUNT}, {ENFORCE} or a file that exists")
        document |= load_options(file).document
    if scale is not None:
        document["scale"] = scale
    options_of(document)
    return document


def set_for_good(edge: "EdgeClient", document: Mapping[str, Any] | None) -> None:
    """Set capacity (None: off) as the environment's start would: a reset comes back to it."""
    if document is None:
        edge.ask("DELETE", PATH, params={"lasting": "true"})
    else:
        edge.ask("PUT", PATH, params={"lasting": "true"}, json=document)


def show(instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_ANY, as_json: AsJson = False) -> None:
    """Show what is enforced, and what each table that was called allows now, in units a second."""
    _say(edge_of(running(instance, target)).ask("GET", PATH), as_json=as_json)


def set_capacity(
    what: Annotated[str, typer.Argument(metavar="count|enforce|FILE", help="A mode, or a YAML or JSON file.")],
    scale: Annotated[float | None, typer.Option("--scale", help="Factor on every limit.", show_default=False)] = None,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Enforce or count capacity from now on, instead of what was set; a reset comes back to what `up` said."""
    document = document_of(what, scale)
    edge = edge_of(running(instance, target))
    told = edge.ask("DELETE", PATH) if document is None else edge.ask("PUT", PATH, json=document)
    _say(told, as_json=as_json, quiet=quiet)


def off(
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Enforce and count nothing any longer."""
    _say(edge_of(running(instance, target)).ask("DELETE", PATH), as_json=as_json, quiet=quiet)


def _say(told: Mapping[str, Any], *, as_json: bool, quiet: bool = False) -> None:
    if as_json:
        print_json(told)
        return
    if quiet:
        return
    scale = (told["settings"] or {}).get("scale", 1.0)
    answers.print(f"capacity {told['mode']}" + (f", at {scale:g} of AWS's limits" if scale != 1.0 else ""))
    for one in told.get("namespaces", ()):
        answers.print(f"  account {one['account']} {one.get('region', '')}: {one['mode']}", markup=False)
    for table in told["tables"]:
        for resource in table["resources"]:
            name = f"{table['table']}/{resource['resource']}" if resource["resource"] else table["table"]
            count = resource["partitions"]
            line = f"  {name:<40} {_pair(resource['allowed'])}, {count} partition{'s' if count > 1 else ''}"
            burst = f", burst left {_pair(resource['burst'])}" if resource["burst"] else ""
            counted = "" if table["enforced"] else ", only counted"
            answers.print(f"{line}{burst}{counted}", markup=False)
        if table.get("objection"):
            notes.print(f"  {table['objection']}", markup=False)
    for pattern in _uncalled(told):
        notes.print(f"  {pattern}: no table of this name was called yet", markup=False)
    if told["mode"] != OFF and not told["tables"]:
        notes.print("no table was called yet; each begins with its first call")


def _pair(sides: Mapping[str, float | None]) -> str:
    return " ".join(f"{side} {'unlimited' if units is None else f'{units:g}'}" for side, units in sides.items())


def _uncalled(told: Mapping[str, Any]) -> list[str]:
    """Return the tables that the settings name and that were not called: not yet, or misspelt."""
    from harness.edge.pattern import Texts, forms_of_name

    named = (told["settings"] or {}).get("tables") or {}
    called = [table["table"] for table in told["tables"]]
    return [one for one in named if not any(Texts((one,), forms_of_name).mean(name) for name in called)]
