"""Tells how a replay went: calls played of those there were, and by how much they began late.

Kept among a run's measures, beside the load processes' own figures, so that those of many workers add up.
"""

from typing import Any

from loadtests.measures import Measures, rounded_ms
from loadtests.replay.pace import Schedule

REPLAY = "replay"


def note(measures: Measures, process: str, schedule: Schedule) -> None:
    """Add a process's replay to its measures."""
    for figure, value in (("calls", schedule.total), ("played", schedule.lag.begun)):
        measures.add_figure(REPLAY, process, figure, float(value))
    for late_ms, count in schedule.lag.by_ms(rounded_ms).items():
        measures.add_figure(REPLAY, process, f"ms:{late_ms:g}", float(count))


def words(measures: Measures) -> str:
    """Return one line about all processes' replay, "" where nothing was replayed."""
    views = [measures.view("", REPLAY, name) for name in measures.names("", REPLAY)]
    if not views:
        return ""
    calls, played = (int(sum(view[figure] for view in views)) for figure in ("calls", "played"))
    late_ms = max(view.percentile_ms(0.99) for view in views)
    return f"{played:,} of {calls:,} calls of the trace were played; 99 % began at most {late_ms:g} ms late"


def listen(environment: Any, process: str, measures: Measures, *, is_worker: bool) -> None:
    """Note this process's replay when it ends; a worker hands it over as it does all figures."""
    from loadtests.replay.player import schedule

    event = environment.events.test_stop if is_worker else environment.events.quitting
    event.add_listener(lambda **_: note(measures, process, schedule()))
