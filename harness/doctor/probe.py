"""What a probe is, what it finds, and how it says so.

A probe is a function that takes an `Examination`, does to an endpoint what scenarios rely on, and returns in words what
it saw that AWS guarantees. It raises `Broken` when it saw otherwise, `Absent` when the endpoint lacks the thing, and
`Undecided` when it can't tell. Anything else that it raises means that nobody knows. Only `guaranteed` is
trusted.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.doctor.examination import Examination

GUARANTEED, BROKEN, ABSENT, UNKNOWN = VERDICTS = ("guaranteed", "broken", "absent", "unknown")
BOUND_DEFAULT_S = 15.0


class Broken(Exception):
    """The endpoint did other than AWS documents; the text says what was seen."""


class Absent(Exception):
    """The endpoint lacks what the probe is about; the text says how that was told."""


class Undecided(Exception):
    """The probe saw neither the guarantee nor a break of it; the text says why."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One guarantee and how it is put to the test.

    `does` says what the probe does, `documented` what AWS's documentation at `source` promises. A quick probe needs
    about a second on the embedded target; none needs longer than `bound_s` seconds anywhere. A probe that disturbs
    others on an engine that fails it runs `alone`.
    """

    id: str
    description: str
    does: str
    documented: str
    source: str
    run: Callable[["Examination"], str]
    quick: bool = True
    alone: bool = False
    bound_s: float = BOUND_DEFAULT_S


@dataclass(frozen=True, slots=True)
class Finding:
    """What one probe found: a verdict, and what was seen."""

    probe: str
    verdict: str
    seen: str
    took_s: float = 0.0

    @property
    def is_trusted(self) -> bool:
        """Tell whether scenarios may rely on it."""
        return self.verdict == GUARANTEED

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Finding":
        """Read what `to_json` gave."""
        return cls(**values)


_REGISTRY: dict[str, Probe] = {}


def probe(
    name: str,
    description: str,
    *,
    does: str,
    documented: str,
    source: str,
    quick: bool = True,
    alone: bool = False,
    bound_s: float = BOUND_DEFAULT_S,
) -> Callable[[Callable[["Examination"], str]], Callable[["Examination"], str]]:
    """Register the decorated function as the probe `name`; ids are dotted and never change once they are out."""

    def register(run: Callable[["Examination"], str]) -> Callable[["Examination"], str]:
        if name in _REGISTRY:
            raise ValueError(f"two probes are called {name}")
        _REGISTRY[name] = Probe(name, description, does, documented, source, run, quick, alone, bound_s)
        return run

    return register


def registered() -> Mapping[str, Probe]:
    """Return every probe whose module was imported, by id."""
    return _REGISTRY


def broken_unless(holds: object, seen: str) -> None:
    """Raise Broken with what was seen unless `holds`."""
    if not holds:
        raise Broken(seen)
