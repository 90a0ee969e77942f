"""What the heat tab shows, worked out: progress, objectives so far, throttles by reason, and the hottest keys.

Progress is what the load's users saw; heat is what the edge counted, so keys that other clients use are in it too.
Pure; leaves out how it looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.capacity.advice.case import heat_of
from harness.capacity.advice.words import told_key
from harness.capacity.picture import HeatPicture, KeyHeat
from harness.durations import duration_text
from harness.heat.words import resource_name
from loadtests.measures import ALL, GROUP, HOT, JUDGED, OTHERS, WARM_UP, Measures, View
from loadtests.objectives import Judgement, Objective, judge
from loadtests.settings import Settings

ROWS_MAX = 5  # the page below has more of them
# Columns of the table in Locust's own tab: one word each, because Locust's page turns others into camel case, and none
# called "name", because it would sort by that.
COLUMNS = (
    ("table", "Table or index"),
    ("key", "Key"),
    ("share", "% of heat"),
    ("writes", "Write units"),
    ("reads", "Read units"),
    ("peak", "Peak heat/s"),
    ("throttled", "Throttled"),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How a run goes. `done` is the part of its time that is over, 0.0 to 1.0."""

    phase: str
    done: float
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, int], ...]  # throttled attempts by reason, the most first
    judgements: tuple[Judgement, ...]


def progress_of(
    measures: Measures,
    settings: Settings,
    objectives: Mapping[str, Objective],
    elapsed_s: float,
    users: int,
    extra: Sequence[tuple[str, str]] = (),
) -> Progress:
    """Return how a run goes after `elapsed_s`; `extra` are facts from elsewhere, such as what was spent."""
    warm, judged = measures.view(WARM_UP), measures.view(JUDGED)
    now = judged if judged.requests else warm
    done = min(1.0, elapsed_s / settings.duration_s)
    facts = (
        ("time", f"{duration_text(float(round(elapsed_s)))} of {duration_text(settings.duration_s)}"),
        ("users", f"{users:,}"),
        ("requests", f"{warm.requests + judged.requests:,}"),
        ("p50 and p99", f"{now.percentile_ms(0.5):g} and {now.percentile_ms(0.99):g} ms"),
        ("failed", f"{now.error_rate:.2%}"),
        ("throttled attempts", f"{now.throttle_rate:.2%}{_by_group(measures, now)}"),
        ("waited between attempts", f"{now['waited_s']:,.1f} s"),
        ("consumed", "{:,.0f} read, {:,.0f} write units".format(*measures.consumed())),
        *extra,
    )
    judged_s = max(0.0, elapsed_s - settings.warm_up_s)
    phase = "ended" if done >= 1.0 else "warm-up" if elapsed_s < settings.warm_up_s else "judged"
    return Progress(phase, done, facts, _reasons(warm, judged), tuple(judge(objectives, measures, judged_s)))


def _by_group(measures: Measures, now: View) -> str:
    """Return how throttles fall on the hot key and the others, "" where there is no such difference."""
    phase = JUDGED if measures.view(JUDGED, ALL).requests else WARM_UP
    hot, others = (measures.view(phase, GROUP, name) for name in (HOT, OTHERS))
    if not hot.requests or not now["throttled_attempts"]:
        return ""
    return f" (hot {hot.throttle_rate:.1%}, others {others.throttle_rate:.1%})"


def _reasons(*views: View) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for view in views:
        for reason, count in view.starting("throttle:").items():
            counts[reason] = counts.get(reason, 0) + int(count)
    return tuple(sorted(counts.items(), key=lambda one: -one[1]))


def rows_of(picture: HeatPicture | None) -> list[dict[str, Any]]:
    """Return the hottest keys of all tables and indexes as rows of Locust's table, the hottest first."""
    found: list[tuple[float, dict[str, Any]]] = []
    for table in picture.tables if picture else ():
        for resource in table.resources:
            place = resource_name(table, resource)
            throttled = {one.key: one.throttled for one in resource.throttled_keys}
            found += [(_heat(one), _row(place, one, throttled.get(one.key, 0))) for one in resource.keys]
            hot = {one.key for one in resource.keys}
            # A key may be refused so often that it hardly takes anything.
            cold = [one for one in resource.throttled_keys if one.key not in hot]
            found += [(_heat(one), _row(place, one, one.throttled)) for one in cold]
    found.sort(key=lambda pair: (-pair[0], -pair[1]["throttled"]))
    return [row for _, row in found[:ROWS_MAX]]


def _heat(key: KeyHeat) -> float:
    return heat_of(key.read_units, key.write_units)


def _row(place: str, key: KeyHeat, throttled: int) -> dict[str, Any]:
    return {
        "table": place,
        "key": told_key(key.key),
        "share": round(100 * key.share, 1),
        "writes": round(key.write_units, 1),
        "reads": round(key.read_units, 1),
        "peak": round(key.peak, 1),
        "throttled": max(key.throttled, throttled),
    }
