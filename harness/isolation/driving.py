"""Drives the matrix: the owners' own requests first, then every try beside its reference, then the owners' again.

Safe routes are tried before those that change something, so that no list changes between a try and its reference. What
looks like a hint is tried a second time with other values that never existed: only a difference that stays is one. At
the end the victim does with the very things that were attacked all that its API offers, so that a refusal of what was
not there, or of what nobody may do, proves nothing here.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from harness.errors import SettingInvalid
from harness.isolation.absent import absent_values
from harness.isolation.composing import Added
from harness.isolation.document import Operation
from harness.isolation.exchange import Exchange, Request
from harness.isolation.judging import judge
from harness.isolation.sending import Sender
from harness.isolation.subject import System, Tenant
from harness.isolation.verdict import ERROR, HINT, PASS, VACUOUS, Cell, Control, Matrix, Trial
from harness.isolation.ways import WAYS, Probe, Siege, Way

THREADS_DEFAULT = 4


@dataclass(frozen=True)
class Drive:
    """How a matrix is driven. `forms_max` bounds the forms of a way on a route; `seed` draws what never existed."""

    sender: Sender
    ways: Sequence[Way] = WAYS
    forms_max: int = 100
    threads: int = THREADS_DEFAULT
    seed: int = 0
    on_progress: Callable[[str], None] = lambda _: None


def drive(
    system: System,
    attacker: Tenant,
    victim: Tenant,
    how: Drive,
    *,
    around_attacks: contextlib.AbstractContextManager[None] | None = None,
) -> Matrix:
    """Return the matrix of a system; raises SettingInvalid when there is nothing to drive or a value is missing.

    The owners' first requests are made before `around_attacks` is entered, their last ones after it was left.
    """
    operations = system.driven()
    if not operations:
        raise SettingInvalid(f"{system.name} has no route to drive")
    absent = absent_values(system, victim, how.seed)
    siege = Siege(system, attacker, victim, absent, seed=how.seed)
    with ThreadPoolExecutor(how.threads) as pool:
        how.on_progress("the owners ask for their own")
        controls = _safe_controls(siege, operations, how, pool)
        siege = replace(siege, cursors=_cursors(siege, operations, how))
        with around_attacks or contextlib.nullcontext():
            trials = _attacked(siege, operations, how, pool)
    how.on_progress("the owner uses what was attacked")
    controls |= _last_controls(siege, operations, how)
    return _matrix(system, operations, how, [_with_control(one, controls) for one in trials], controls, siege)


def _attacked(siege: Siege, operations: Sequence[Operation], how: Drive, pool: ThreadPoolExecutor) -> list[Trial]:
    trials: list[Trial] = []
    refusals: dict[Request, Exchange] = {}
    for safe in (True, False):
        probes = [probe for one in operations if one.safe is safe for probe in _probes(siege, one, how)]
        how.on_progress(f"{len(probes)} tries on routes that {'read' if safe else 'change something'}")
        trials += pool.map(lambda probe: _tried(siege, probe, how, refusals), probes)
    return trials


def _probes(siege: Siege, operation: Operation, how: Drive) -> Iterable[Probe]:
    if operation.public:  # there is no key to get round, only a tenant to be named
        siege = replace(siege, attacker=replace(siege.attacker, key=""))
    for way in how.ways:
        if not operation.public or way.without_key:
            yield from list(way.make(siege, operation))[: how.forms_max]


def _tried(siege: Siege, probe: Probe, how: Drive, refusals: dict[Request, Exchange]) -> Trial:
    trial = _once(siege, probe, how, refusals)
    if trial.verdict != HINT or probe.reference is None:
        return trial
    again = replace(siege, absent=absent_values(siege.system, siege.victim, how.seed, "again"))
    operation = next(one for one in siege.system.operations if one.route == probe.route)
    second = next(
        (one for one in _probes(again, operation, how) if (one.way, one.form) == (probe.way, probe.form)), probe
    )
    return _once(again, second, how, {})


def _once(siege: Siege, probe: Probe, how: Drive, refusals: dict[Request, Exchange]) -> Trial:
    attack = how.sender(probe.attack)
    return judge(siege, probe, attack, _reference(probe, how, refusals))


def _reference(probe: Probe, how: Drive, refusals: dict[Request, Exchange]) -> Exchange | None:
    """Return the answer about what never existed: several ways on a route ask the same, and are refused the same."""
    if probe.reference is None:
        return None
    if probe.reference not in refusals:
        exchange = how.sender(probe.reference)
        if not exchange.answer.refused:
            return exchange
        refusals[probe.reference] = exchange
    return refusals[probe.reference]


def _safe_controls(
    siege: Siege, operations: Sequence[Operation], how: Drive, pool: ThreadPoolExecutor
) -> dict[str, Control]:
    """Let both tenants read all that is theirs: keys and identifiers are good."""
    reads = [one for one in operations if one.safe]
    asked = pool.map(
        lambda one: (one.route, [_ask(siege, one, who, how) for who in (siege.victim, siege.attacker)]), reads
    )
    return {route: _control(siege, route, exchanges) for route, exchanges in asked}


def _last_controls(siege: Siege, operations: Sequence[Operation], how: Drive) -> dict[str, Control]:
    """Let the victim read and change what was attacked; what removes things comes last, the innermost first."""
    reads = [one for one in operations if one.safe]
    writes = [one for one in operations if not one.safe and one.method != "DELETE"]
    removals = sorted((one for one in operations if one.method == "DELETE"), key=lambda one: -one.path.count("/"))
    return {
        one.route: _control(siege, one.route, [_ask(siege, one, siege.victim, how)])
        for one in (*reads, *writes, *removals)
    }


def _ask(siege: Siege, operation: Operation, who: Tenant, how: Drive) -> Exchange:
    key = "" if operation.public else who.key
    return how.sender(siege.composer.request(operation, who.of(operation.route), key))


def _control(siege: Siege, route: str, exchanges: Sequence[Exchange]) -> Control:
    reached_by = siege.system.reached_by.get(route, frozenset())
    for exchange in exchanges:
        if not exchange.answer.served and exchange.answer.status not in reached_by:
            return Control(route, False, f"its owner was answered {exchange.answer.shown()}", exchange)
    return Control(route, True, "", exchanges[0])


def _cursors(siege: Siege, operations: Sequence[Operation], how: Drive) -> Mapping[str, str]:
    """Return a cursor of the victim for each list that has pages."""
    name, field, limit = siege.system.cursor_names
    found: dict[str, str] = {}
    for operation in operations:
        if operation.safe and not operation.public and name in operation.names("query"):
            values = siege.victim.of(operation.route)
            request = siege.composer.request(operation, values, siege.victim.key, added=Added(query=((limit, "1"),)))
            document = how.sender(request).answer.document
            with contextlib.suppress(TypeError, KeyError):
                found[operation.route] = str(document[field])
    return found


def _with_control(trial: Trial, controls: Mapping[str, Control]) -> Trial:
    control = controls.get(trial.route)
    if trial.verdict in (PASS, ERROR) and (control is None or not control.served):
        why = control.why if control else "its owner was never asked"
        return replace(trial, verdict=VACUOUS, why=why)
    return trial


def _matrix(
    system: System,
    operations: Sequence[Operation],
    how: Drive,
    trials: Sequence[Trial],
    controls: Mapping[str, Control],
    siege: Siege,
) -> Matrix:
    routes, ways = tuple(one.route for one in operations), tuple(one.name for one in how.ways)
    by_place: dict[tuple[str, str], list[Trial]] = {(route, way): [] for route in routes for way in ways}
    for trial in trials:
        by_place[trial.route, trial.way].append(trial)
    excuses = system.excused_ways
    cells = {
        place: Cell(*place, tuple(tried), "" if tried else excuses.get(place, "")) for place, tried in by_place.items()
    }
    return Matrix(routes, ways, cells, controls, system.left_out, tuple(_gaps(system, operations, how, siege, trials)))


def _gaps(
    system: System, operations: Sequence[Operation], how: Drive, siege: Siege, trials: Sequence[Trial]
) -> Iterable[str]:
    name = system.cursor_names[0]
    for one in operations:
        is_list = one.safe and not one.public and name in one.names("query")
        if is_list and one.route not in siege.cursors and (one.route, "cursor") not in system.excused_ways:
            yield f"{one.route}, cursor: the victim's list has one page"
        if not one.public and not any(trial.route == one.route for trial in trials):
            yield f"{one.route}: no way applies to it"
    tried = {trial.way for trial in trials}
    yield from (
        f"{way.name}: on no route"
        for way in how.ways
        if way.name not in tried and ("*", way.name) not in system.excused_ways
    )
