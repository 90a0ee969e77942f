"""Runs a design, and what becomes of it after changes, through stages of traffic."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.parameters import Parameters
from harness.capacity.resource import Access
from harness.capacity.shape import Throughput
from harness.capacity.vectors.outcome import Outcome
from harness.capacity.vectors.simulation import Options, simulate
from harness.capacity.vectors.trace import KeySpace, Slice
from harness.plan.bill import TableCost, bill_of
from harness.plan.cost import Bill
from harness.plan.demand import demand_of, units_per_request
from harness.plan.design import Design
from harness.plan.prices import Prices
from harness.plan.traffic import Traffic, slices
from harness.plan.verdict import Verdict, verdict_of

CALM_SLICE_S = 10
STEPS_ABOUT = 60  # of the drawn picture
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Variant:
    """A design under a name: as it is, or with changes."""

    name: str
    design: Design
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """How stages are run: `attempts` is how often clients try a refused request in all."""

    parameters: Parameters = field(default_factory=Parameters)
    seed: int = 1
    attempts: int = 1
    tolerated: float = 0.0
    top: int = 20


@dataclass(frozen=True, slots=True)
class StageResult:
    """One variant under one stage of traffic."""

    variant: Variant
    traffic: Traffic
    outcome: Outcome
    verdict: Verdict
    bill: Bill
    tables: tuple[TableCost, ...]


def run_stages(
    variants: Sequence[Variant],
    stages: Iterable[Traffic],
    prices: Prices,
    settings: Settings,
    progress: Progress | None = None,
) -> list[StageResult]:
    """Return what became of every variant under every stage, stage after stage; all meet the same seed."""
    return [run_stage(variant, traffic, prices, settings, progress) for traffic in stages for variant in variants]


def run_stage(
    variant: Variant, traffic: Traffic, prices: Prices, settings: Settings, progress: Progress | None = None
) -> StageResult:
    """Return what becomes of a variant under some traffic."""
    demand = demand_of(variant.design, settings.seed, traffic.expected)
    each_s = slice_s(variant.design, traffic, settings.parameters)
    trace = slices(demand, traffic, each_s)
    outcome = simulated(variant.design, demand.spaces, trace, traffic, settings, variant.name, progress, each_s)
    bill, tables = bill_of(variant.design, traffic, prices)
    verdict = verdict_of(variant.design, traffic, outcome, settings.tolerated)
    return StageResult(variant, traffic, outcome, verdict, bill, tables)


def simulated(
    design: Design,
    spaces: Mapping[str, KeySpace],
    trace: Iterable[Slice],
    traffic: Traffic,
    settings: Settings,
    variant: str,
    progress: Progress | None = None,
    step_s_min: float = 1.0,
) -> Outcome:
    """Return what the model makes of a trace of requests to a design's tables."""
    told = f"{traffic.name}, {variant}"
    return simulate(
        {name: table.shape for name, table in design.tables.items()},
        spaces,
        trace,
        settings.parameters,
        scaling=scaling_of(design),
        options=Options(step_s=max(step_s(traffic.length_s), step_s_min), attempts=settings.attempts, top=settings.top),
        progress=(lambda now_s: progress(told, now_s / traffic.length_s)) if progress else None,
    )


def scaling_of(design: Design) -> dict[tuple[str, str, Access], ScalingRule]:
    """Return the auto scaling of a design as the simulation takes it."""
    named: dict[str, Access] = {"read": "Read", "write": "Write"}
    return {
        (name, index, named[access]): rule
        for name, table in design.tables.items()
        for (index, access), rule in table.scaling.items()
    }


def slice_s(design: Design, traffic: Traffic, parameters: Parameters) -> int:
    """Return how long a slice may be: a second, but longer where nothing comes near the smallest limit in any case.

    Even if all requests had one key, a slice's requests must stay below a quarter of what a second of it allows.
    """
    peak = traffic.peak_per_s
    for (name, index), (read, write) in units_per_request(design).items():
        table = design.tables[name].shape
        paid = (table.index(index) if index else table) or table
        limits = [Throughput(parameters.partition_read_units, parameters.partition_write_units)]
        limits += [pair for pair in (paid.provisioned, paid.maximum) if pair is not None]
        reads, writes = (min(getattr(one, side) for one in limits) for side in ("read_units", "write_units"))
        if peak * read * 4 > reads * parameters.scale or peak * write * 4 > writes * parameters.scale:
            return 1
    return CALM_SLICE_S


def step_s(length_s: float) -> float:
    """Return a round length of the picture's steps, so that there are about STEPS_ABOUT of them."""
    rough = length_s / STEPS_ABOUT
    return next((step for step in (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0) if step >= rough), 600.0)
