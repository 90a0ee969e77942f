"""The whole way: drive the matrix, read what the edge recorded of it, look at the roles, and say what it proves.

The environment and the system's adapter are given; nothing here knows a system.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from types import TracebackType

from harness.clock import SYSTEM_CLOCK, Clock
from harness.isolation.audit import Layouts, audit_record
from harness.isolation.driving import Drive, drive
from harness.isolation.exchange import Exchange, Request
from harness.isolation.fingerprints import Fingerprint, changes, settled
from harness.isolation.following import CallsTaken
from harness.isolation.iam.rights import Account, Role, RolesAudit, audit_roles
from harness.isolation.judging import blamed
from harness.isolation.proof import Proof
from harness.isolation.sending import Sender
from harness.isolation.subject import Prepared, System, Tenant
from harness.isolation.table_calls import TableCall
from harness.isolation.verdict import Cell, Matrix, Trial


@dataclass(frozen=True)
class Evidence:
    """Where evidence beside the answers comes from; what is None is not looked at, and told."""

    record: CallsTaken | None = None
    roles: Callable[[], Sequence[Role]] | None = None
    account: Account | None = None
    clock: Clock = SYSTEM_CLOCK


@dataclass
class Logged:
    """Passes requests on, and remembers under which key each trace went."""

    sender: Sender
    record: CallsTaken | None
    key_header: str
    keys_by_trace: dict[str, str] = field(default_factory=dict)

    def __call__(self, request: Request) -> Exchange:
        """Send one request."""
        exchange = self.sender(request)
        self.keys_by_trace[exchange.trace] = dict(request.headers).get(self.key_header, "")
        if self.record is not None:
            self.record.request_ended()
        return exchange


@dataclass
class Watch(AbstractContextManager[None]):
    """Reads the victim's items before the first try and after the last."""

    read: Callable[[], Fingerprint]
    before: Fingerprint = field(default_factory=dict)
    after: Fingerprint = field(default_factory=dict)

    def __enter__(self) -> None:
        """Read what there is."""
        self.before = self.read()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Read what there is now."""
        if kind is None:
            self.after = self.read()


def prove(prepared: Prepared, how: Drive, evidence: Evidence) -> Proof:
    """Return the proof; raises what driving and reading raise, never for what the system answers."""
    system, attacker, victim = prepared.system, prepared.attacker, prepared.victim
    began_s = evidence.clock.monotonic_s()
    logged = Logged(how.sender, evidence.record, system.key_header)
    if evidence.record is not None:
        evidence.record.begin()
    watch = _watch(prepared, evidence.clock)
    matrix = drive(system, attacker, victim, replace(how, sender=logged), around_attacks=watch)
    calls = evidence.record.take() if evidence.record is not None else None
    layouts = Layouts(system.tables)
    traces = _tenant_by_trace(logged.keys_by_trace, attacker, victim)
    changed = changes(watch.before, watch.after) if watch is not None else ()
    matrix = _with_blame(matrix, calls or (), layouts, system, victim, changed)
    return Proof(
        system.name,
        replace(matrix, requests=len(logged.keys_by_trace)),
        audit_record(calls, layouts, system.excuses, tenant_by_trace=traces) if calls is not None else None,
        _roles_audit(evidence, calls or (), system),
        ()
        if watch is not None
        else ("the victim's items were not read past the API: effects are told by calls alone",),
        how.seed,
        evidence.clock.monotonic_s() - began_s,
        (attacker.tenant_id, victim.tenant_id),
    )


def _watch(prepared: Prepared, clock: Clock) -> Watch | None:
    read, victim = prepared.fingerprint, prepared.victim
    return Watch(lambda: settled(lambda: read(victim), clock)) if read is not None else None


def _tenant_by_trace(keys_by_trace: Mapping[str, str], attacker: Tenant, victim: Tenant) -> dict[str, str]:
    """Return whose good key each request was sent under; requests under other keys are nobody's."""
    tenants = {key: who.tenant_id for who in (attacker, victim) for key in _good_keys(who)}
    return {trace: tenants.get(key, "") for trace, key in keys_by_trace.items()}


def _good_keys(who: Tenant) -> tuple[str, ...]:
    return (who.key, *(key for name, key in who.keys.items() if name == "narrow"))


def _with_blame(
    matrix: Matrix,
    calls: Sequence[TableCall],
    layouts: Layouts,
    system: System,
    victim: Tenant,
    changed: Sequence[str],
) -> Matrix:
    """Return the matrix with what calls and changed items say of its trials.

    Calls that are excused by name (the look-up of a key comes before anybody knows whose it is) blame nobody.
    """
    suspicious = [call for call in calls if not audit_record([call], layouts, system.excuses).excused]
    tried = [trial for cell in matrix.cells.values() for trial in cell.trials]
    by_place: dict[tuple[str, str], list[Trial]] = {}
    judged = blamed(tried, suspicious, layouts, victim.tenant_id, system.doorkeepers)
    for trial in judged:
        by_place.setdefault((trial.route, trial.way), []).append(trial)
    cells = {
        place: Cell(cell.route, cell.way, tuple(by_place.get(place, ())), cell.excuse)
        for place, cell in matrix.cells.items()
    }
    return replace(matrix, cells=cells, touched=tuple(changed))


def _roles_audit(evidence: Evidence, calls: Sequence[TableCall], system: System) -> RolesAudit | None:
    if evidence.roles is None or evidence.account is None:
        return None
    return audit_roles(evidence.roles(), calls, system.tables, system.excuses, evidence.account)
