"""The end of a run, told: a terminal's text, and the run's folder (report.json, report.txt, heat.json, heat.html)."""

import io
import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from harness.capacity.picture import HeatPicture
from harness.durations import duration_text
from harness.masking import masked_values
from loadtests.measures import HOT, JUDGED, OTHERS, WARM_UP

BARS = " ▁▂▃▄▅▆▇█"
WIDTH = 110
# Above this part of a core, or with a loop this late, the client measures itself.
CPU_PART_MAX, LATE_MS_MAX = 0.8, 50.0


def write(document: Mapping[str, Any], folder: Path, heat: HeatPicture | None) -> str:
    """Write everything into the run's folder and return the text."""
    text = rendered(document)
    (folder / "report.json").write_text(json.dumps(document, indent=2) + "\n")
    (folder / "report.txt").write_text(text)
    if heat is not None:
        from harness.heat.page import render

        (folder / "heat.json").write_text(json.dumps(masked_values(heat.as_document())) + "\n")
        (folder / "heat.html").write_text(render(heat))
    return text


def rendered(document: Mapping[str, Any]) -> str:
    """Return the text of a run, as wide as it needs to be."""
    console = Console(file=io.StringIO(), width=WIDTH, highlight=False, emoji=False, soft_wrap=True)
    _tell(document, console)
    told: io.StringIO = console.file  # type: ignore[assignment]
    return told.getvalue()


def _tell(document: Mapping[str, Any], console: Console) -> None:
    settings = document["settings"]
    console.print(_headline(settings), markup=False)
    for phase in (WARM_UP, JUDGED):
        if phase in document["phases"]:
            console.print(_phase_table(document["phases"][phase], _phase_title(phase, settings)))
            _tell_throttles(document, phase, console)
    _tell_backoff(document, console)
    _tell_unfinished(document, console)
    _tell_timeline(document, console)
    _tell_alarm(document, console)
    _tell_client(document, console)
    for line in document.get("notes", ()):
        console.print(f"note         {line}", markup=False)
    _tell_verdict(document, console)


def _headline(settings: Mapping[str, Any]) -> str:
    rate = f"{settings['rate_per_s']:g}/s" if settings["rate_per_s"] else "as fast as answers come"
    sharding = f", {settings['shards']} shards a key" if settings["shards"] > 1 else ""
    capacity = f", capacity × {settings['capacity_scale']:g}" if settings["capacity"] != "off" else ""
    return (
        f"{settings['story']}: {settings['users']} users, {rate}, {settings['shape']},"
        f" for {duration_text(settings['duration_s'])}, keys {settings['keys']}{sharding}{capacity}"
    )


def _phase_title(phase: str, settings: Mapping[str, Any]) -> str:
    if phase == WARM_UP:
        return f"warm-up, {duration_text(settings['warm_up_s'])}: not judged (partitions split for heat in it)"
    return f"judged, {duration_text(settings['duration_s'] - settings['warm_up_s'])}"


def _phase_table(phase: Mapping[str, Any], title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("request")
    for name in ("requests", "p50", "p99", "errors", "throttled", "attempts", "units"):
        table.add_column(name, justify="right")
    rows = {**phase["requests"], "all": phase["all"]}
    if phase["groups"].get(HOT):
        rows |= {"  of them, hot key": phase["groups"][HOT], "  other keys": phase["groups"].get(OTHERS, _NOTHING)}
    for name, one in rows.items():
        if one["requests"]:
            table.add_row(name, *_cells(one))
    return table


_NOTHING: Mapping[str, Any] = {"requests": 0}


def _cells(one: Mapping[str, Any]) -> list[str]:
    units = one["read_units"] + one["write_units"]
    return [
        str(one["requests"]),
        _ms(one["p50_ms"]),
        _ms(one["p99_ms"]),
        f"{one['error_rate']:.2%}",
        f"{one['throttle_rate']:.2%}",
        str(one["attempts"]),
        f"{units:g}" if units else "–",
    ]


def _tell_throttles(document: Mapping[str, Any], phase: str, console: Console) -> None:
    groups = document["phases"][phase]["groups"]
    for name, words in ((HOT, "hot key"), (OTHERS, "other keys")):
        for reason, count in (groups.get(name) or {}).get("throttles", {}).items():
            console.print(f"  throttled, {words}: {count:g} × {reason}", markup=False)
    for key, reasons in list(document["keys"][phase].items())[:3]:
        told = ", ".join(f"{count:g} × {reason}" for reason, count in reasons.items())
        console.print(f"    {key}: {told}", markup=False)
    for code, count in document["phases"][phase]["all"]["errors"].items():
        console.print(f"  failed: {count:g} × {code}", markup=False)
    console.print()


def _tell_backoff(document: Mapping[str, Any], console: Console) -> None:
    phases = [one["all"] for one in document["phases"].values()]
    waited_s, more = sum(one["waited_s"] for one in phases), sum(one["attempts"] - one["requests"] for one in phases)
    if more > 0:
        most = max(one["attempts_most"] for one in phases)
        console.print(
            f"backoff      {more} attempts beyond the first, {waited_s:.1f} s spent waiting between them,"
            f" {most} attempts for one request at most",
            markup=False,
        )


def _tell_unfinished(document: Mapping[str, Any], console: Console) -> None:
    cut = sum(document["unfinished"].values())
    if cut:
        console.print(f"unfinished   {cut} requests still waited at the end and are counted nowhere else", markup=False)


def _tell_timeline(document: Mapping[str, Any], console: Console) -> None:
    line = document["timeline"]
    for label, values in (
        ("requests", line["requests"]),
        ("throttled hot", line[f"throttled:{HOT}"]),
        ("throttled else", line[f"throttled:{OTHERS}"]),
    ):
        if any(values):
            console.print(f"{label:<14} {sparkline(values)}  most {max(values):g} a step", markup=False)


def _tell_alarm(document: Mapping[str, Any], console: Console) -> None:
    alarm = document["alarm"]
    if alarm is not None:
        console.print(
            f"alarm        {alarm['alarm']} is {alarm['state']}; its message came {alarm['after_s']:.0f} s after the"
            f" start: {alarm['reason']}",
            markup=False,
        )
    elif document["alarms"]:
        states = ", ".join(f"{name} {state}" for name, state in document["alarms"].items())
        console.print(f"alarm        no message came; {states}", markup=False)


def _tell_client(document: Mapping[str, Any], console: Console) -> None:
    client, settings = document["client"], document["settings"]
    if not client["limit_per_core_s"]:
        return
    part = client["cpu_s"] / settings["duration_s"] / max(1, client["processes"])
    warning = ""
    if part > CPU_PART_MAX:
        warning = "; the client is the limit: use --workers"
    elif client["late_p99_ms"] > LATE_MS_MAX:
        warning = "; this machine was so busy that times hold the client's own delays"
    console.print(
        f"client       {part:.0%} of a core{_each(client['processes'])},"
        f" {client['cpu_ms_a_request']:.2f} ms of CPU a request: at most {client['limit_per_core_s']:.0f}/s on a core;"
        f" its loop was {client['late_p99_ms']:g} ms late at the 99th percentile{warning}",
        markup=False,
    )


def _each(processes: int) -> str:
    return f" in each of {processes} processes" if processes > 1 else ""


def _tell_verdict(document: Mapping[str, Any], console: Console) -> None:
    console.print()
    for one in document["objectives"]:
        console.print(f"{one['outcome']:<8} {one['text']}", markup=False)
    for problem in document["problems"]:
        console.print(f"problem  {problem}", markup=False)
    if document["interrupted"]:
        console.print("interrupted: what was measured until then stands above")
    console.print(f"\n{document['verdict']}   {document['folder']}", markup=False)


def sparkline(values: list[float], width: int = 60) -> str:
    """Return a line of bars, each the largest value of its part; what is above nothing is never drawn as nothing."""
    if not values:
        return ""
    parts = min(width, len(values))
    bounds = [len(values) * number // parts for number in range(parts + 1)]
    heights = [max(values[low:high]) for low, high in pairwise(bounds)]
    top = max(heights) or 1.0
    return "".join(BARS[0 if not one else max(1, round(one / top * 8))] for one in heights)


def _ms(value: float) -> str:
    return f"{value:g} ms" if value < 1000 else f"{value / 1000:g} s"
