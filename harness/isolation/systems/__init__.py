"""The systems that can be proven, by name: here alone something is known of them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import SettingInvalid, did_you_mean
from harness.isolation.audit import RecordAudit
from harness.isolation.systems import booking

if TYPE_CHECKING:
    from harness.isolation.proof import Proof
    from harness.targets import Environment


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is tried: the seed, the most forms of a way on a route, threads, and who hears of the progress."""

    seed: int
    forms_max: int = 100
    threads: int = 4
    on_progress: Callable[[str], None] = lambda _: None


Audited = Callable[["Environment"], AbstractContextManager[Callable[[], RecordAudit]]]
Prover = Callable[["Environment", Scope], "Proof"]
SYSTEMS: Mapping[str, Prover] = {"booking": booking.prove_booking}
AUDITED: Mapping[str, Audited] = {"booking": booking.audited_booking}


def prove_system(name: str, environment: "Environment", scope: Scope) -> "Proof":
    """Return the proof of a deployed system; raises SettingInvalid for one that nobody can prove, StackMissing."""
    if name not in SYSTEMS:
        known = ", ".join(SYSTEMS)
        raise SettingInvalid(f"system {name!r} can't be proven{did_you_mean(name, SYSTEMS)}, expected {known}")
    return SYSTEMS[name](environment, scope)
