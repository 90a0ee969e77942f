"""The command that examines an endpoint: what does it guarantee of that which scenarios rely on?"""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli.options import AsJson, Instance, Target, answers, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.errors import SettingInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.doctor import Finding, Patient, Probe

EXIT_BROKEN, EXIT_UNKNOWN = 1, 2
WIDTH_PIPED = 160  # where nobody says how wide it is shown
_STYLES = {"guaranteed": "green", "broken": "bold red", "absent": "yellow", "unknown": "magenta"}


def register(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command(
        epilog="Examples: rehearse doctor · rehearse doctor --only dynamodb.transactions"
        " · rehearse doctor --endpoint http://127.0.0.1:8000 --only dynamodb"
    )(doctor)


def doctor(
    endpoint: Annotated[str, typer.Option(help="Any endpoint's URL instead of an environment.")] = "",
    only: Annotated[
        list[str] | None, typer.Option(help="A probe's id or the beginning of several; may be repeated.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Only probes that need about a second.")] = False,
    show_list: Annotated[bool, typer.Option("--list", help="List the probes; examine nothing.")] = False,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Say what the local cloud, or any endpoint, guarantees of that which scenarios rely on.

    Exit code 0 when nothing is broken (what is absent is told), 1 when something is, 2 when a probe could not decide,
    nothing could be examined, or all is absent.
    """
    from harness.doctor import all_probes, chosen_probes, examine

    probes = [one for one in (chosen_probes(only) if only else all_probes()) if one.quick or not quick]
    if not probes:
        raise SettingInvalid(f"none of the probes in {', '.join(only or ())} is quick", remedy="leave out --quick")
    if show_list:
        _list(probes, as_json=as_json)
        return
    patient = _patient(endpoint, instance, target)
    with notes.status(f"examining {patient.endpoint_url}") as status:
        ended: list[str] = []

        def tell(finding: "Finding") -> None:
            ended.append(finding.probe)
            status.update(f"{len(ended)} of {len(probes)} · {finding.probe} is {finding.verdict}")

        findings = examine(patient, probes, on_finding=tell)
    if as_json:
        print_json(_document(patient.endpoint_url, probes, findings))
    else:
        _print(probes, findings)
    verdicts = {finding.verdict for finding in findings}
    # An endpoint that has nothing of what was asked is hardly the one that was meant.
    if "broken" in verdicts or "unknown" in verdicts or verdicts == {"absent"}:
        raise typer.Exit(EXIT_BROKEN if "broken" in verdicts else EXIT_UNKNOWN)


def _patient(endpoint: str, instance: str, target: str) -> "Patient":
    from harness.doctor import Patient

    if endpoint:
        return Patient(endpoint)
    environment = running(instance, target)
    return Patient(environment.edge_url(), region=environment.region)


def _list(probes: "Sequence[Probe]", *, as_json: bool) -> None:
    if as_json:
        print_json([_described(one) for one in probes])
        return
    width = max(len(one.id) for one in probes)
    for one in probes:
        answers.print(f"{one.id:<{width}}  {one.description}{'' if one.quick else ' (not quick)'}", markup=False)


def _print(probes: "Sequence[Probe]", findings: "Sequence[Finding]") -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("probe", "verdict", "s", "seen"):
        table.add_column(heading, no_wrap=heading != "seen", justify="right" if heading == "s" else "left")
    for finding in findings:
        verdict = Text(finding.verdict, _STYLES[finding.verdict])
        table.add_row(finding.probe, verdict, f"{finding.took_s:.1f}", Text(finding.seen))
    # A console takes its own width for the most that there is.
    console = answers if answers.is_terminal else Console(highlight=False, width=WIDTH_PIPED)
    console.print(table, soft_wrap=False)
    for one, finding in zip(probes, findings, strict=True):
        if finding.verdict == "broken":
            answers.print()
            for line in evidence_of(one, finding):
                answers.print(line, markup=False)
    counts = {verdict: sum(finding.verdict == verdict for finding in findings) for verdict in _STYLES}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    answers.print(f"\n{told}", markup=False)


def evidence_of(one: "Probe", finding: "Finding") -> list[str]:
    """Return the lines that say why a guarantee is broken."""
    return [
        f"{one.id}: {one.description}",
        f"  did         {one.does}",
        f"  saw         {finding.seen}",
        f"  documented  {one.documented}",
        f"  source      {one.source}",
    ]


def _document(endpoint: str, probes: "Sequence[Probe]", findings: "Sequence[Finding]") -> dict[str, object]:
    rows = [{**_described(one), **finding.to_json()} for one, finding in zip(probes, findings, strict=True)]
    return {"endpoint": endpoint, "findings": [{key: row[key] for key in row if key != "id"} for row in rows]}


def _described(one: "Probe") -> dict[str, object]:
    return {
        "id": one.id,
        "description": one.description,
        "does": one.does,
        "documented": one.documented,
        "source": one.source,
        "quick": one.quick,
    }
