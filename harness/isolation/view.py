"""A proof as its page and the terminal show it: rows, columns, words; no markup and no styles of a terminal."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.isolation.proof import INVARIANT, Proof
from harness.isolation.verdict import Cell, Trial, exchange_json
from harness.isolation.ways import WAYS

MOODS = {
    "pass": "good",
    "leak": "bad",
    "effect": "bad",
    "reach": "bad",
    "hint": "bad",
    "error": "unsure",
    "vacuous": "unsure",
    "": "none",
}
GLYPHS = {
    "pass": "✓",
    "leak": "LEAK",
    "effect": "EFFECT",
    "reach": "REACH",
    "hint": "HINT",
    "error": "error",
    "vacuous": "vacuous",
    "": "·",
}
MOOD_BY_VALIDITY = {"VALID": "good", "INVALID": "bad", "UNKNOWN": "unsure"}
HEADLINES = {
    "VALID": "No tenant reached another's data",
    "INVALID": "Tenants are not isolated",
    "UNKNOWN": "Isolation is not proven",
}


@dataclass(frozen=True)
class CellView:
    """One cell: its verdict, how many forms were tried, and an anchor to what is behind it."""

    verdict: str
    mood: str
    glyph: str
    told: str
    anchor: str
    tries: int


@dataclass(frozen=True)
class RowView:
    """One route with its control and cells."""

    route: str
    control: str
    served: bool
    cells: tuple[CellView, ...]


@dataclass(frozen=True)
class ExchangeView:
    """A request with its answer as people read it."""

    request: str
    body: str
    answer: str
    trace: str


@dataclass(frozen=True)
class TrialView:
    """One try with the exchanges behind it."""

    form: str
    verdict: str
    mood: str
    why: str
    attack: ExchangeView
    reference: ExchangeView | None


@dataclass(frozen=True)
class CellTrials:
    """All tries of a cell."""

    anchor: str
    route: str
    way: str
    verdict: str
    mood: str
    trials: tuple[TrialView, ...]


def headline(proof: Proof) -> str:
    """Return the verdict in words."""
    return HEADLINES[proof.validity]


def facts(proof: Proof) -> list[tuple[str, str]]:
    """Return the figures that stand on top."""
    matrix, counts = proof.matrix, proof.matrix.counts()
    tries = sum(counts.values())
    served = sum(one.served for one in matrix.controls.values())
    calls = f"{proof.record.checked} checked, {len(proof.record.findings)} wrong" if proof.record else "not read"
    roles = f"{len(proof.roles.roles)} read, {len(proof.roles.wide)} rights too wide" if proof.roles else "not read"
    return [
        (INVARIANT, proof.validity),
        ("routes", f"{len(matrix.routes)} driven, {len(matrix.left_out)} left out"),
        ("tries", f"{tries}, {counts['pass']} passed"),
        ("owners served", f"{served} of {len(matrix.controls)} routes"),
        ("calls", calls),
        ("roles", roles),
        ("requests", f"{matrix.requests} in {proof.took_s:.1f} s"),
        ("seed", str(proof.seed)),
    ]


def rows(proof: Proof) -> list[RowView]:
    """Return the matrix, route by route."""
    matrix, made = proof.matrix, []
    for route in matrix.routes:
        control = matrix.controls.get(route)
        cells = tuple(_cell(matrix.cells[route, way], proof) for way in matrix.ways)
        served = control is not None and control.served
        made.append(RowView(route, (control.why if control else "never asked"), served, cells))
    return made


def tried(proof: Proof) -> list[CellTrials]:
    """Return what is behind each cell, the worst first."""
    cells = [cell for cell in proof.matrix.cells.values() if cell.trials]
    cells.sort(key=lambda cell: cell.verdict == "pass")
    return [
        CellTrials(
            _anchor(cell, proof), cell.route, cell.way, cell.verdict, MOODS[cell.verdict],
            tuple(_trial(one) for one in sorted(cell.trials, key=lambda one: one.verdict == "pass")),
        )
        for cell in cells
    ]  # fmt: skip


def ways(proof: Proof) -> list[tuple[str, str]]:
    """Return the ways with what each tries."""
    told = {way.name: way.tries for way in WAYS}
    return [(name, told.get(name, "")) for name in proof.matrix.ways]


def audits(proof: Proof) -> Iterator[tuple[str, list[str]]]:
    """Give headings with what the audits say under each; nothing for those that have nothing to say."""
    if proof.record is not None:
        yield "Calls that should not have been made", [str(one) for one in proof.record.findings]
        yield "Calls without a tenant's session, allowed by name", _counted(proof.record.excused, "calls")
        yield "Excuses that no call needed", list(proof.record.unneeded)
    if proof.roles is not None:
        yield "Rights that are too wide", [str(one) for one in proof.roles.wide]
        yield "Calls that the roles do not allow", list(proof.roles.short)
        yield "Rights without a tenant's condition, allowed by name", _counted(proof.roles.excused, "rights")
        yield "What could not be decided", list(proof.roles.undecided)
        yield "Keys that name no tenant", list(proof.roles.tenantless)
    yield "Items of the victim that changed", list(proof.matrix.touched)
    yield "What could have been tried and was not", list(proof.matrix.gaps)
    yield "Routes left out", [f"{route}: {why}" for route, why in proof.matrix.left_out.items()]
    yield "Notes", list(proof.notes)


def _counted(counts: object, what: str) -> list[str]:
    return [f"{told} ({count} {what})" for told, count in dict(counts).items()]  # type: ignore[call-overload]


def _cell(cell: Cell, proof: Proof) -> CellView:
    worst = cell.worst
    told = f"{worst.form}: {worst.why}" if worst else cell.excuse or "does not apply"
    anchor = _anchor(cell, proof) if cell.trials else ""
    return CellView(cell.verdict, MOODS[cell.verdict], GLYPHS[cell.verdict], told, anchor, len(cell.trials))


def _anchor(cell: Cell, proof: Proof) -> str:
    return f"c{proof.matrix.routes.index(cell.route)}-{proof.matrix.ways.index(cell.way)}"


def _trial(trial: Trial) -> TrialView:
    attack = _exchange(exchange_json(trial.attack))
    reference = _exchange(exchange_json(trial.reference)) if trial.reference else None
    return TrialView(trial.form, trial.verdict, MOODS[trial.verdict], trial.why, attack, reference)


def _exchange(told: dict[str, object]) -> ExchangeView:
    return ExchangeView(str(told["request"]), str(told["body"] or ""), str(told["answer"]), str(told["trace"]))
