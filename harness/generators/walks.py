"""Walks: what customers and a business do to bookings, one thing after the other or several at the same moment.

Pure values that are drawn by whoever likes (Hypothesis, in scenarios/booking), told to a system by somebody else, and
readable: a walk that went wrong is printed as the story that it is. Bookings and exceptions are known by their number,
counted from 1 in the order in which the walk made them; a number that is not there yet means that nothing happens.
"""

from collections.abc import Iterator
from dataclasses import dataclass

PROVIDERS = ("Ana", "Luz")
MINUTES = (30, 60, 90)
# Where clocks change, too: Santiago's at midnight, Madrid's at two.
TIMES = ("00:00", "00:30", "01:00", "02:00", "02:30", "03:00", "09:00", "09:30", "10:00", "12:00", "23:00", "23:30")
HOURS = ("00:00-05:00", "09:00-13:00", "22:00-24:00")
MORE_HOURS = "15:00-19:00"
CLOSED = ("09:00-10:00", "00:00-24:00", "02:00-03:00")
EXISTING = ("refuse", "keep", "cancel")
DAYS = ("ordinary", "forward", "back")


@dataclass(frozen=True, slots=True)
class Book:
    """A customer books; `late` is the second pass of an hour that comes twice."""

    provider: str
    minutes: int
    at: str
    late: bool = False

    def __str__(self) -> str:
        return f"somebody books {self.minutes} minutes with {self.provider} at {_when(self.at, self.late)}"


@dataclass(frozen=True, slots=True)
class Cancel:
    """A booking is cancelled."""

    number: int

    def __str__(self) -> str:
        return f"booking {self.number} is cancelled"


@dataclass(frozen=True, slots=True)
class Move:
    """A booking is moved."""

    number: int
    provider: str
    at: str
    late: bool = False

    def __str__(self) -> str:
        return f"booking {self.number} is moved to {self.provider} at {_when(self.at, self.late)}"


@dataclass(frozen=True, slots=True)
class Miss:
    """A customer is said not to have come."""

    number: int

    def __str__(self) -> str:
        return f"the customer of booking {self.number} does not come"


@dataclass(frozen=True, slots=True)
class Close:
    """A provider closes hours of the day."""

    provider: str
    hours: str
    existing: str

    def __str__(self) -> str:
        return f"{self.provider} closes {self.hours} (bookings there: {self.existing})"


@dataclass(frozen=True, slots=True)
class Reopen:
    """An exception is taken back."""

    number: int

    def __str__(self) -> str:
        return f"exception {self.number} is taken back"


@dataclass(frozen=True, slots=True)
class WorkMore:
    """A provider adds hours."""

    provider: str

    def __str__(self) -> str:
        return f"{self.provider} works {MORE_HOURS}, too"


@dataclass(frozen=True, slots=True)
class WorkLess:
    """A provider takes the hours back that were added last, or the first ones."""

    provider: str

    def __str__(self) -> str:
        return f"{self.provider} takes hours back"


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes."""

    hours: int

    def __str__(self) -> str:
        return f"{self.hours} hours pass"


Act = Book | Cancel | Move | Miss | Close | Reopen | WorkMore | WorkLess | Wait
Step = tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """Steps on one day, which is an ordinary one, or one on which the clocks go forward or back. Acts of one step are
    begun at the same moment."""

    day: str
    steps: tuple[Step, ...]

    @property
    def acts(self) -> Iterator[Act]:
        """All acts, in order."""
        return (act for step in self.steps for act in step)

    def __str__(self) -> str:
        told = ["On an ordinary day" if self.day == "ordinary" else f"On a day on which clocks go {self.day}"]
        for number, step in enumerate(self.steps, start=1):
            told.append(f"{number}. {'at once: ' if len(step) > 1 else ''}{', and '.join(map(str, step))}")
        return "\n".join(told)


def smaller_walks(walk: Walk) -> Iterator[Walk]:
    """Give walks with less in them, the smallest first: halves, then without a step, then without one of its acts."""
    steps = walk.steps
    middle = len(steps) // 2
    halves = [steps[:middle], steps[middle:]] if middle > 1 else []
    without_a_step = [steps[:at] + steps[at + 1 :] for at in reversed(range(len(steps)))]
    without_an_act = [
        (*steps[:at], step[:position] + step[position + 1 :], *steps[at + 1 :])
        for at, step in enumerate(steps)
        for position in range(len(step))
        if len(step) > 1
    ]
    yield from (Walk(walk.day, one) for one in (*halves, *without_a_step, *without_an_act) if one)
    if walk.day != "ordinary":
        yield Walk("ordinary", steps)


def _when(at: str, late: bool) -> str:
    return f"{at} (the second time)" if late else at
