"""Compares two sides: what every run of one showed more of than any run of the other.

With one round a side that is what is not equal. With more, what one side shows only sometimes is noise, and told
apart. Where a scenario ended otherwise, or left something else behind, whatever else differs in it follows from that.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_, or_

from harness.parity.side import WHOLE_RUN, Side
from harness.parity.sight import LEADING, ONLY_WHERE_ASKED, Question, Sight

Bag = Counter[str]
NOTHING = "nothing of it"
# Between what one side saw several of.
APART = "; "
# Before what a side saw instead, when it saw nothing of what is told.
ONLY = "only "
REST_SHOWN_MAX = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a difference shows: the scenario ("" is the run as a whole), and the files to read, one a side."""

    node_id: str
    read: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Apart:
    """One question that the sides answer differently in one place. `saw` is what each saw, in words.

    `reasons` are the first lines of what failed, `follows` is set on what another difference of the place explains.
    """

    question: Question
    saw: tuple[str, str]
    place: Place
    reasons: tuple[str, str] = ("", "")
    follows: bool = False


@dataclass(frozen=True)
class Found:
    """What two sides show of the same scenarios: what differs, and what varies on one side by itself."""

    sides: tuple[Side, Side]
    node_ids: tuple[str, ...]
    apart: tuple[Apart, ...]
    varying: tuple[Apart, ...]


@dataclass(frozen=True)
class Difference:
    """One difference with all places where it shows alike; `followers` is what follows from it there."""

    question: Question
    saw: tuple[str, str]
    places: tuple[Place, ...]
    reasons: tuple[str, str] = ("", "")
    followers: tuple["Difference", ...] = field(default=())

    @property
    def followers_by_aspect(self) -> Mapping[str, int]:
        """How much follows of each aspect."""
        return Counter(one.question.aspect for one in self.followers for _ in one.places)


def compare_sides(first: Side, second: Side, progress: Callable[[str], None] = lambda _: None) -> Found:
    """Compare two sides scenario by scenario, then as wholes."""
    node_ids = tuple(sorted(first.node_ids | second.node_ids))
    both_passed = frozenset(one for one in node_ids if first.passes(one) and second.passes(one))
    apart: list[Apart] = []
    varying: list[Apart] = []
    for number, node_id in enumerate(node_ids, start=1):
        progress(f"comparing scenario {number} of {len(node_ids)}")
        own, moving = _apart(node_id, *([one.sight(node_id) for one in side.rounds] for side in (first, second)))
        if node_id not in first.node_ids & second.node_ids:
            own, moving = [one for one in own if one.question.aspect == "outcome"], []
        apart.extend(led(own, (first.reason(node_id), second.reason(node_id))))
        varying.extend(led(moving))
    progress("comparing the calls")
    wholes = [[one.sight_of_run(both_passed) for one in side.rounds] for side in (first, second)]
    own, moving = _apart(WHOLE_RUN, *wholes)
    return Found((first, second), node_ids, (*apart, *own), (*varying, *moving))


def together(apart: Iterable[Apart]) -> tuple[Difference, ...]:
    """Put what differs alike in several places together, the most serious first, then what shows most often."""
    every = _guarantees_as_one(apart)
    following: dict[str, list[Apart]] = {}
    for one in every:
        if one.follows:
            following.setdefault(one.place.node_id, []).append(one)
    leading = [one for one in every if not one.follows]
    # What follows is told below the first that leads in its place.
    return _grouped(leading, following)


def _guarantees_as_one(apart: Iterable[Apart]) -> list[Apart]:
    """Put guarantees of which the sides saw the same together: what keeps one from being examined keeps many."""
    others: list[Apart] = []
    by_saw: dict[tuple[str, str], list[Apart]] = {}
    for one in apart:
        (by_saw.setdefault(one.saw, []) if one.question.aspect == "guarantee" else others).append(one)
    for several in by_saw.values():
        topics = ", ".join(sorted(one.question.topic for one in several))
        others.append(replace(several[0], question=Question("guarantee", topics)))
    return others


def _grouped(apart: Iterable[Apart], following: dict[str, list[Apart]]) -> tuple[Difference, ...]:
    found: dict[tuple[Question, tuple[str, str], tuple[str, str]], list[Apart]] = {}
    for one in apart:
        found.setdefault((one.question, one.saw, one.reasons), []).append(one)
    in_order = sorted(found.items(), key=lambda pair: (pair[0][0].rank[0], -len(pair[1]), pair[0][0].rank))
    differences = []
    for (question, saw, reasons), several in in_order:
        below: list[Apart] = []
        if question.aspect in LEADING:
            below = [one for place in several for one in following.pop(place.place.node_id, ())]
        places = tuple(one.place for one in several)
        differences.append(Difference(question, saw, places, reasons, _grouped(below, {})))
    return tuple(differences)


def led(apart: Sequence[Apart], reasons: tuple[str, str] = ("", "")) -> list[Apart]:
    """Mark what follows: everything below the most serious difference of one place that explains the rest."""
    in_order = sorted(apart, key=lambda one: one.question.rank[0])  # stable: kinds of effects keep their order
    lead = next((number for number, one in enumerate(in_order) if one.question.aspect in LEADING), len(in_order))
    return [
        replace(one, follows=number > lead, reasons=reasons if one.question.aspect == "outcome" else one.reasons)
        for number, one in enumerate(in_order)
    ]


def _apart(node_id: str, first: Sequence[Sight], second: Sequence[Sight]) -> tuple[list[Apart], list[Apart]]:
    """Return what differs between the sides, and what varies within one."""
    place = Place(node_id, (first[0].read or first[0].path, second[0].read or second[0].path))
    differs, varies = [], []
    for question in {question: None for sight in (*first, *second) for question in sight.answers}:
        ours, theirs = _bags(question, first), _bags(question, second)
        if not ours or not theirs:
            continue
        if values := _steadily_apart(ours, theirs):
            differs.append(Apart(question, (_told(values, ours), _told(values, theirs)), place))
        elif values := _moving(ours) | _moving(theirs):
            varies.append(Apart(question, (_told(values, ours), _told(values, theirs)), place))
    return differs, varies


def _bags(question: Question, sights: Sequence[Sight]) -> list[Bag]:
    """Return what each round of a side answers, of some aspects only the rounds that were asked."""
    if question.aspect in ONLY_WHERE_ASKED:
        return [sight.answers[question] for sight in sights if question in sight.answers]
    return [sight.answers.get(question, Counter()) for sight in sights]


def _steadily_apart(first: Sequence[Bag], second: Sequence[Bag]) -> set[str]:
    """Return the values that every run of one side showed more often than any of the other."""
    return {*(_least(first) - _most(second)), *(_least(second) - _most(first))}


def _moving(bags: Sequence[Bag]) -> set[str]:
    """Return the values that one side shows more often in one round than in another."""
    return {*(_most(bags) - _least(bags))}


def _least(bags: Sequence[Bag]) -> Bag:
    return reduce(and_, bags)


def _most(bags: Sequence[Bag]) -> Bag:
    return reduce(or_, bags)


def _told(values: Iterable[str], bags: Sequence[Bag]) -> str:
    """Return what a side saw of these values: each with its count, or its counts where rounds differ."""
    shown = []
    for value in sorted(values):
        counts = sorted({bag[value] for bag in bags})
        if counts != [0]:
            times = "" if counts == [1] else f" ×{'/'.join(map(str, counts))}"
            shown.append(f"{value}{times}")
    if shown:
        return APART.join(shown)
    rest = sorted({value for bag in bags for value in bag})
    return f"{ONLY}{APART.join(rest)}" if 0 < len(rest) <= REST_SHOWN_MAX else "none" if rest else NOTHING
