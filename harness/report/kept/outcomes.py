"""What the controlling process keeps: a line a test, and the run's own document."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TestRecord:
    """How one test ended. `story` is the first paragraph of its module's docstring, `failure` pytest's text.

    `lacking` is what the target had no way to do, "" for a test that could run.
    """

    # pytest collects what is called Test…; this is none.
    __test__ = False

    node_id: str
    outcome: str
    duration_s: float = 0.0
    story: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class TrustRecord:
    """What was found of one guarantee that tests rely on: `verdict` as the doctor gives it, and what it saw."""

    guarantee: str
    verdict: str
    seen: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether it may be relied on."""
        return self.verdict == "guaranteed"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The run itself; `arguments` are pytest's, `exit_status` its exit code, `again` what repeats one test of it.

    `images` are those that a target of containers ran, by service.
    """

    seed: int
    started_at: str
    duration_s: float = 0.0
    target: str = "embedded"
    instance: str = ""
    boot_s: float = 0.0
    arguments: tuple[str, ...] = ()
    exit_status: int = 0
    python: str = ""
    gateway: str = ""
    again: str = ""
    trust: tuple[TrustRecord, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """A state machine as it was deployed: its name and its definition in the Amazon States Language, as text."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Machines:
    """The state machines of the deployed system."""

    machines: tuple[MachineRecord, ...] = ()
