"""A judged comparison in words: lines for a terminal, and one JSON document."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

from harness.parity.comparing import APART, ONLY, Difference
from harness.parity.known import Judged, Known
from harness.parity.order import ARROW
from harness.parity.side import Side

# What a terminal shows; the page and the document show all.
SAW_LENGTH_MAX = 400
PLACES_SHOWN_MAX = 3
VARYING_SHOWN_MAX = 5
_ELLIPSIS = "…"
# A line with the mood in which it is shown: good, bad, unsure, soft, or "".
Line = tuple[str, str]


def headline(judged: Judged) -> str:
    """Return the result in one line."""
    names = " and ".join(side.name for side in judged.found.sides)
    count = counted(len(judged.found.node_ids), "scenario")
    known = f", {len(judged.known)} known" if judged.known else ""
    if judged.unknown:
        return f"{names} differ: {counted(len(judged.unknown), 'unknown difference')}{known}, in {count}"
    return f"{names} agree in {count}{f': no difference but {len(judged.known)} known' if judged.known else ''}"


def lines(judged: Judged) -> Iterator[Line]:
    """Give the lines of a terminal, the most serious difference first."""
    yield headline(judged), "bad" if judged.unknown else "good"
    width = max(len(side.name) for side in judged.found.sides)
    for side in judged.found.sides:
        yield f"  {side.name:<{width}}  {facts(side)}", "soft"
    for side in judged.found.sides:
        # What could not be read differs from nothing.
        yield from ((f"  not read {problem}", "unsure") for one in side.rounds for problem in one.problems)
    for number, difference in enumerate(judged.unknown, start=1):
        yield "", ""
        yield f"{number}  {_title(difference)}", "bad"
        yield from _body(judged, difference, width)
    yield from _known_lines(judged)
    yield from _varying_lines(judged)


def facts(side: Side) -> str:
    """Return what a side's runs were, in one line."""
    rounds = f"{len(side.rounds)} rounds, " if len(side.rounds) > 1 else ""
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(side.outcomes.items()))
    took_s = sum(one.duration_s for one in side.rounds)
    folders = ", ".join(str(one.path) for one in side.rounds)
    images = ", ".join(sorted(set(side.rounds[0].images.values())))
    return f"{rounds}{outcomes}, {took_s:.0f} s, seed {side.rounds[0].seed}, {folders}{images and f', images {images}'}"


def shown_saw(difference: Difference) -> tuple[str, str]:
    """Return what both sides saw, of two ways only where they part."""
    first, second = (saw.removeprefix(ONLY).split(APART) for saw in difference.saw)
    if not all(ARROW in way for way in (*first, *second)):
        return difference.saw
    ways = [way.split(ARROW) for way in (*first, *second)]
    shared = next((n for n, steps in enumerate(zip(*ways, strict=False)) if len(set(steps)) > 1), min(map(len, ways)))
    # The step before they part stays, to say where that is.
    cut = max(min(shared, *(len(way) - 1 for way in ways)) - 1, 0)
    shown = [ARROW.join([*([_ELLIPSIS] if cut else []), *way[cut:]]) for way in ways]
    return APART.join(shown[: len(first)]), APART.join(shown[len(first) :])


def place_name(node_id: str) -> str:
    """Return a scenario as people read it: without the folder that all have in common."""
    return node_id.removeprefix("scenarios/") or "the run as a whole"


def counted(number: int, noun: str) -> str:
    """Return `1 scenario`, `2 scenarios`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def to_json(judged: Judged) -> dict[str, Any]:
    """Return everything as JSON-ready values."""
    names = [side.name for side in judged.found.sides]
    return {
        "result": headline(judged),
        "agree": not judged.unknown,
        "sides": [
            {
                "name": side.name,
                "runs": [str(run.path) for one in side.rounds for run in one.runs],
                "outcomes": dict(side.outcomes),
                "seed": side.rounds[0].seed,
                "images": dict(side.rounds[0].images),
                "duration_s": round(sum(one.duration_s for one in side.rounds), 3),
                "problems": [problem for one in side.rounds for problem in one.problems],
            }
            for side in judged.found.sides
        ],
        "scenarios": len(judged.found.node_ids),
        "unknown": [_difference(one, names) for one in judged.unknown],
        "known": [
            {**_entry(entry), "differences": [_difference(one, names) for one in differences]}
            for entry, differences in judged.known
        ],
        "known_unseen": [_entry(entry) for entry in judged.unseen],
        "varying": [_difference(one, names) for one in judged.varying],
    }


def _body(judged: Judged, difference: Difference, width: int) -> Iterator[Line]:
    for side, saw, reason in zip(judged.found.sides, shown_saw(difference), difference.reasons, strict=True):
        yield f"   {side.name:<{width}} saw  {_short(f'{saw}: {reason}' if reason else saw)}", ""
    names = [place_name(place.node_id) for place in difference.places[:PLACES_SHOWN_MAX]]
    more = len(difference.places) - len(names)
    yield f"   in {', '.join(names)}{f' and {more} more' if more else ''}", "soft"
    if difference.followers:
        follows = ", ".join(f"{count} {aspect}" for aspect, count in difference.followers_by_aspect.items())
        yield f"   and what follows there: {follows}", "soft"
    if any(difference.places[0].read):
        yield f"   read {_common(*difference.places[0].read)}", "soft"


def _title(difference: Difference) -> str:
    aspect, topic = difference.question.aspect, difference.question.topic
    return aspect if aspect == topic else f"{aspect}: {topic}"


def _known_lines(judged: Judged) -> Iterator[Line]:
    if judged.known or judged.unseen:
        yield "", ""
    for entry, differences in judged.known:
        places = {place.node_id for one in differences for place in one.places}
        yield f"known  {entry.id}: {entry.what} ({counted(len(places), 'place')})", "unsure"
        yield f"       because {entry.reason}", "soft"
    if judged.unseen:
        yield f"known, but not seen this time: {', '.join(entry.id for entry in judged.unseen)}", "soft"


def _varying_lines(judged: Judged) -> Iterator[Line]:
    if not judged.varying:
        return
    yield "", ""
    yield f"{counted(len(judged.varying), 'thing')} varied on one side by itself: no difference of the two", "soft"
    for one in judged.varying[:VARYING_SHOWN_MAX]:
        in_ = place_name(one.places[0].node_id)
        yield (
            f"   {one.question.aspect} {one.question.topic}: {_short(' | '.join(shown_saw(one)), 160)} in {in_}",
            "soft",
        )


def _common(first: str, second: str) -> str:
    """Return the two files; the second one's name alone where it is the same below another folder."""
    if not first or not second or PurePath(first).parts[-2:] != PurePath(second).parts[-2:]:
        return " and ".join(one for one in (first, second) if one)
    return f"{first} and in {PurePath(second).parents[1]}"


def _short(text: str, length_max: int = SAW_LENGTH_MAX) -> str:
    return text if len(text) <= length_max else f"{text[: length_max - 1]}{_ELLIPSIS}"


def _entry(entry: Known) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name in ("id", "what", "reason", "source")}


def _difference(one: Difference, names: list[str]) -> dict[str, Any]:
    return {
        "aspect": one.question.aspect,
        "topic": one.question.topic,
        "saw": [{"side": name, "seen": saw} for name, saw in zip(names, one.saw, strict=True)],
        "reasons": list(one.reasons),
        "places": [{"scenario": place.node_id, "read": list(place.read)} for place in one.places],
        "follows": [_difference(follower, names) for follower in one.followers],
    }
