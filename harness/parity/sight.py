"""What one run showed of one scenario, as answers to questions that another run can be asked as well.

A question has an aspect (how serious a difference is) and a topic (the answers to `pay`, the way of `payment-flow`).
What was seen is a bag of texts, one for each payment, booking or answer: in which order entities came, and which of
them won a race, is no part of it, so that two runs of one target agree although they never do the same twice.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Aspect:
    """One kind of difference. `is_counted` says whether it matters how often a thing was seen, or only whether."""

    name: str
    meaning: str
    is_counted: bool = False


# The most serious first: the order in which they are told.
ASPECTS = (
    Aspect("outcome", "how a scenario ended"),
    Aspect("verdict", "what a checker said of its history"),
    Aspect("guarantee", "what the target guarantees, as the doctor found it"),
    Aspect("fault", "which of the faults that were set did fire"),
    Aspect("effect", "what was there in the end", is_counted=True),
    Aspect("order", "in which order things happened to one entity", is_counted=True),
    Aspect("status", "what clients were answered"),
    Aspect("shape", "which fields answers and errors had, of which types"),
    Aspect("call", "what AWS calls of the systems ended in"),
)
# What explains the rest: where one of these differs, whatever is less serious in the same scenario follows from it.
LEADING = frozenset({"outcome", "fault", "effect", "order"})
# What was not asked has no answer to differ from: an error that one side never gave has no shape there, and a warm
# function does not read again what it keeps.
ONLY_WHERE_ASKED = frozenset({"shape", "guarantee", "call"})
RANK_BY_ASPECT = {aspect.name: rank for rank, aspect in enumerate(ASPECTS)}
COUNTED = frozenset(aspect.name for aspect in ASPECTS if aspect.is_counted)


@dataclass(frozen=True, slots=True)
class Question:
    """What can be asked of every run; `aspect` is the name of one of ASPECTS."""

    aspect: str
    topic: str

    @property
    def rank(self) -> tuple[int, str]:
        """Where it is told."""
        return RANK_BY_ASPECT[self.aspect], self.topic


Seen = Iterable[tuple[Question, str]]


@dataclass(frozen=True)
class Sight:
    """What one run showed of one scenario. `folder` is below the run's `path`, "" when the scenario left none."""

    answers: Mapping[Question, Counter[str]] = field(default_factory=dict)
    path: str = ""
    folder: str = ""

    @property
    def read(self) -> str:
        """The file to read about it, "" without one."""
        return f"{self.path}/{self.folder}/timeline.txt" if self.folder else ""


def gathered(seen: Seen) -> dict[Question, Counter[str]]:
    """Put what was seen together by question; what is not counted is there once."""
    answers: dict[Question, Counter[str]] = {}
    for question, value in seen:
        answers.setdefault(question, Counter())[value] += 1
    return {
        question: bag if question.aspect in COUNTED else Counter(dict.fromkeys(bag, 1))
        for question, bag in answers.items()
    }
