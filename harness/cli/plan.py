"""Commands that look ahead: plan runs a design through traffic on paper, footprint measures what requests ask."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import AsJson, Instance, Quiet, Target, answers, edge_of, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.durations import duration_s
from harness.errors import SettingInvalid, did_you_mean

if TYPE_CHECKING:
    from harness.capacity.parameters import Parameters
    from harness.plan.design import Design
    from harness.plan.running import StageResult, Variant
    from harness.plan.traffic import Traffic

DESIGN_DEFAULT = Path("systems/payments/plan.yaml")
GROWTH = (10_000, 100_000, 1_000_000, 10_000_000)
_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmM]?)")
_FACTOR_BY_SUFFIX = {"": 1.0, "k": 1e3, "m": 1e6}

DesignFile = Annotated[Path, typer.Argument(metavar="DESIGN", help="A design file.", show_default=True)]
Rate = Annotated[str, typer.Option("--rate", help="Business requests a second, steady: 10000, 2.5k.")]
For = Annotated[str, typer.Option("--for", help="How long is simulated: 10m, 1h.", show_default=False)]
PerDay = Annotated[str, typer.Option("--per-day", help="A day with so many, its busiest hours: 10k, 1M.")]
Launch = Annotated[str, typer.Option("--launch", help="A launch on a day with so many: 1M.")]
Trace = Annotated[Path | None, typer.Option("--trace", help="Replay the DynamoDB calls of a calls.jsonl instead.")]
Times = Annotated[str, typer.Option("--traffic", help="So many times the traffic: x50.")]
KeysDrawn = Annotated[
    str,
    typer.Option("--keys", help="How the design's main keys are drawn: uniform, zipf:1.1, hot:0.3, hot-tenant:0.3."),
]
KeyCount = Annotated[str, typer.Option("--key-count", help="How many main keys there are: 100k.")]
WhatIf = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if", "-w", help="A changed design beside it: shards=10 · Wallets.write=5000,Wallets.read=9000."
    ),
]
Set = Annotated[list[str] | None, typer.Option("--set", help="A figure of the model: split_after_s=60.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write the page to this file.")]


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command(
        epilog="Examples: rehearse plan · rehearse plan --rate 10000 --for 10m · "
        "rehearse plan --per-day 1M --traffic x50 --what-if shards=10 --output plan.html"
    )(plan)
    application.command(epilog="Example: rehearse footprint --last 200 > footprint.yaml")(footprint)


def plan(
    design: DesignFile = DESIGN_DEFAULT,
    rate: Rate = "",
    length: For = "",
    per_day: PerDay = "",
    launch: Launch = "",
    trace: Trace = None,
    times: Times = "",
    keys: KeysDrawn = "",
    key_count: KeyCount = "",
    what_if: WhatIf = None,
    settings: Set = None,
    attempts: Annotated[int, typer.Option(min=1, max=20, help="How often clients try a request in all.")] = 1,
    tolerate: Annotated[float, typer.Option(min=0, max=1, help="Share of refused requests that still holds.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same traffic.")] = 1,
    region: Annotated[str, typer.Option(help="Whose prices.")] = "us-east-1",
    prices: Annotated[Path | None, typer.Option(help="A price file that overrides.")] = None,
    output: Output = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say whether a design holds, what throttles first, and what it costs a month. Exit code 1 when it does not hold.

    Without traffic named: 10 K, 100 K, 1 M and 10 M a day, and a launch. With --what-if the code is the last one's.
    """
    _need_numpy()
    from harness.plan.prices import Prices
    from harness.plan.reading import load_design
    from harness.plan.running import Settings

    told = _with_keys(load_design(design), keys, key_count)
    priced = Prices.load(region, prices)
    chosen = Settings(_parameters(settings or []), seed, attempts, tolerate)
    variants = _variants(told, what_if or [])
    if output is not None:
        _need_matplotlib()
    with _progress(shown=not (quiet or as_json)) as progress:
        if trace is not None:
            from harness.plan.recorded import run_recorded

            if rate or per_day or launch or length:
                raise SettingInvalid("--trace brings its own traffic: leave out --rate, --per-day, --launch and --for")
            results = [run_recorded(trace, one, _factor(times), priced, chosen, progress) for one in variants]
        else:
            from harness.plan.running import run_stages

            stages = _stages(told, rate, length, per_day, launch, _factor(times))
            results = run_stages(variants, stages, priced, chosen, progress)
    from harness.plan.telling import as_document, holds

    page = _page(results, output, priced.as_of)
    if as_json:
        print_json({"holds": holds(results), "results": [as_document(one) for one in results], "page": page})
    elif not quiet:
        _tell(results, priced.as_of, page)
    if not holds(results):
        raise typer.Exit(1)


def footprint(
    trace: Annotated[Path | None, typer.Option("--trace", help="Of a calls.jsonl instead of an environment.")] = None,
    last: Annotated[
        int, typer.Option("--last", "-n", min=1, max=10_000, help="Of so many of the newest calls.")
    ] = 2000,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Print what each business request asked of AWS, from recorded calls, as the requests of a design file."""
    from harness.edge.record.reading import read_calls
    from harness.plan.footprint import footprints, requests_yaml

    if trace is not None:
        calls = list(read_calls(trace))
    else:
        from harness.clients.calls import CallsClient

        calls = CallsClient(edge_of(running(instance, target))).recent(limit=last)
    found = footprints(calls)
    if as_json:
        print_json({"requests": found})
        return
    if not found:
        notes.print("no call of a deployed API is in the record")
        return
    answers.print(requests_yaml(found), markup=False)


def _with_keys(design: "Design", drawn: str, count: str) -> "Design":
    from harness.plan.draws import read_draw

    main = design.main_keys
    if drawn:
        main = replace(main, draw=read_draw(drawn))
    if count:
        main = replace(main, count=int(_count(count, "--key-count")))
    return replace(design, keys={**design.keys, main.name: main})


def _variants(design: "Design", what_if: list[str]) -> "list[Variant]":
    from harness.plan.running import Variant
    from harness.plan.telling import AS_DESIGNED
    from harness.plan.what_if import changed, notes_of, read_changes

    variants = [Variant(AS_DESIGNED, design, tuple(notes_of(design)))]
    for text in what_if:
        other = changed(design, read_changes(text))
        variants.append(Variant(text, other, tuple(notes_of(other))))
    return variants


def _stages(design: "Design", rate: str, length: str, per_day: str, launch: str, factor: float) -> "list[Traffic]":
    from harness.plan.traffic import BUSIEST_S, day_of, launch_of, steady

    length_s = duration_s(length) if length else 0.0
    if length and length_s < 1:
        raise SettingInvalid(f"--for is {length}, expected at least a second")
    stages = []
    if rate:
        stages.append(steady(_count(rate, "--rate"), length_s or 3600.0))
    if per_day:
        stages.append(day_of(design, _count(per_day, "--per-day"), length_s or BUSIEST_S))
    if launch:
        stages.append(launch_of(design, _count(launch, "--launch")))
    if not stages:
        stages = [day_of(design, count, length_s or BUSIEST_S) for count in GROWTH]
        stages.insert(3, launch_of(design, GROWTH[2]))
    return [stage.times(factor) for stage in stages]


def _parameters(told: list[str]) -> "Parameters":
    from harness.capacity.parameters import Parameters, names

    values: dict[str, Any] = {}
    defaults = Parameters()
    for one in told:
        name, equals, value = one.partition("=")
        if name not in names() or not equals:
            raise SettingInvalid(
                f"--set is {one!r}{did_you_mean(name, names())}, expected FIGURE=VALUE",
                evidence={"figures": ", ".join(names())},
            )
        values[name] = _as_default(name, value, getattr(defaults, name))
    return replace(defaults, **values)


def _as_default(name: str, value: str, default: object) -> object:
    if isinstance(default, bool):
        if value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise SettingInvalid(f"--set {name} is {value!r}, expected true or false")
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise SettingInvalid(f"--set {name} is {value!r}, expected a number from 0 on")
    return int(number) if isinstance(default, int) else number


def _count(text: str, option: str) -> float:
    found = _COUNT.fullmatch(text.strip().replace("_", "").replace(",", ""))
    if found is None or float(found[1]) <= 0:
        raise SettingInvalid(f"{option} is {text!r}, expected a number above 0 such as 10000, 100k or 1M")
    return float(found[1]) * _FACTOR_BY_SUFFIX[found[2].lower()]


def _factor(text: str) -> float:
    return _count(text.strip().lstrip("x×"), "--traffic") if text else 1.0


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[str, float], None] | None]:
    if not shown or not notes.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def report(what: str, share: float) -> None:
            if what not in tasks:
                for task in tasks.values():
                    bar.update(task, visible=False)
                tasks[what] = bar.add_task(what, total=1.0)
            bar.update(tasks[what], completed=share)

        yield report


def _page(results: "list[StageResult]", output: Path | None, as_of: str) -> str | None:
    if output is None:
        return None
    from harness.plan.page import write_page

    arguments = sys.argv[sys.argv.index("plan") + 1 :] if "plan" in sys.argv else []
    return str(write_page(output, results, arguments=arguments, prices_as_of=as_of))


def _tell(results: "list[StageResult]", as_of: str, page: str | None) -> None:
    from harness.plan.telling import HEADS, headline, holds, rows, table_paragraphs

    answers.print(headline(results), style="bold green" if holds(results) else "bold red", markup=False)
    cells = [HEADS, *rows(results)]
    shown = [column for column in range(len(HEADS)) if any(row[column] for row in cells[1:])]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADS))]
    for number, row in enumerate(cells):
        line = "  ".join(row[column].ljust(widths[column]) for column in shown).rstrip()
        answers.print(line, style="dim" if number == 0 else None, markup=False)
    for result in results:
        words = [*result.verdict.reasons(), *table_paragraphs(result)]
        if words:
            answers.print(f"\n{result.traffic.name}, {result.variant.name}", style="bold", markup=False)
        for one in words:
            answers.print(f"  {one}", markup=False)
    for note in dict.fromkeys(note for result in results for note in result.variant.notes):
        notes.print(f"note: {note}", markup=False)
    notes.print(f"prices of {as_of}, without free tiers; what is assumed: docs/plan.md", markup=False)
    if page:
        answers.print(page, markup=False)


def _need_numpy() -> None:
    try:
        import numpy  # noqa: F401
    except ImportError as problem:
        from harness.errors import ToolMissing

        raise ToolMissing(
            "planning needs numpy, which is not installed", remedy="pip install 'rehearsal[plan]'"
        ) from problem


def _need_matplotlib() -> None:
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        from harness.errors import ToolMissing

        raise ToolMissing(
            "the page needs matplotlib, which is not installed",
            remedy="pip install 'rehearsal[plan]', or leave --output out",
        )
