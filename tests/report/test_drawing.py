"""Drawings: nothing overlaps, every edge is there, what is taken is marked, and coordinates stay on the paper."""

import json
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from harness.pages.scales import LinearScale, LogScale, told_ms
from harness.report.model import Machine, latency_by_state, machine_of, ways_of
from harness.report.page.drawing.lanes import Bar, Lane, timeline_of
from harness.report.page.drawing.latency import DOTS_MAX, latency_rows, latency_scale
from harness.report.page.drawing.machine import drawing_of
from harness.report.page.drawing.placing import width_of
from tests.checkers.story import whole_story
from tests.report.runs import BAD, DEFINITION, compensated, evidence, paid

ROOT = Path(__file__).parents[2]
LOOP = {
    "StartAt": "Wait",
    "States": {
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Look"},
        "Look": {"Type": "Task", "Next": "IsDone"},
        "IsDone": {"Type": "Choice", "Choices": [{"Next": "Done"}], "Default": "Wait"},
        "Done": {"Type": "Succeed"},
    },
}
DEFINITIONS = {
    "flow": DEFINITION,
    "loop": json.dumps(LOOP),
    **{path.stem: path.read_text() for path in sorted(ROOT.glob("systems/*/statemachine/*.asl.json"))},
}


@pytest.fixture(params=DEFINITIONS)
def machine(request: pytest.FixtureRequest) -> Machine:
    return machine_of(request.param, DEFINITIONS[request.param])


def parsed(drawing: str) -> Xml.Element:
    return Xml.fromstring(str(drawing))  # noqa: S314 - drawn a moment ago, by ourselves


def test_states_do_not_overlap_when_a_machine_is_laid_out(machine: Machine) -> None:
    drawing = drawing_of(machine)

    for layer in drawing.graph.layers:
        for left, right in pairwise(layer):
            gap = drawing.places.centres[right][0] - drawing.places.centres[left][0]
            assert gap >= (width_of(left) + width_of(right)) / 2, (left, right)
    for x, y in drawing.places.centres.values():
        assert 0 < x < drawing.places.width
        assert 0 < y < drawing.places.height


def test_main_way_is_one_straight_column_when_a_machine_is_laid_out(machine: Machine) -> None:
    drawing = drawing_of(machine)

    assert len({drawing.places.centres[spot][0] for spot in drawing.graph.main}) == 1


def test_every_edge_and_state_is_drawn(machine: Machine) -> None:
    symbol = parsed(drawing_of(machine).symbol())

    kinds = [path.get("class") for path in symbol.iter("path")]
    assert kinds.count("edge next") + kinds.count("edge catch") == len(machine.edges)
    assert kinds.count("edge retry") == sum(state.retries for state in machine.states.values())
    assert len(symbol.findall("g")) == len(machine.states)


def test_way_is_numbered_and_its_retries_are_marked() -> None:
    (way,) = ways_of([compensated("pay-1")])

    svg = parsed(drawing_of(machine_of("flow", DEFINITION)).way(way))

    went = [path.get("class") for path in svg.iter("path")]
    assert (went.count("went next"), went.count("went catch"), went.count("went retry")) == (2, 1, 1)
    badges = [text.text for text in svg.iter("text") if text.get("class") == "badge"]
    assert badges == ["1", "2", "3", "4"]
    assert svg.get("aria-label") == "FAILED: Check → Charge → Compensate → Failed"


def test_states_that_nobody_visited_are_marked() -> None:
    drawing = drawing_of(machine_of("flow", DEFINITION))

    assert str(drawing.whole({"Check": 3})).count(">never<") == 5


def test_strip_shows_the_slowest_when_there_are_many_samples() -> None:
    spreads = latency_by_state([paid(f"pay-{n}", slow_s=n / 100) for n in range(500)], {})

    (row, *_) = latency_rows(spreads, latency_scale(spreads))

    assert str(row.strip).count("<circle") == DOTS_MAX
    assert (row.p50, row.most) == ("2.52 s", "5.02 s")


def test_bars_go_to_another_row_when_they_overlap() -> None:
    lane = Lane("client 0")
    for start_s, end_s in ((0, 2), (1, 3), (2, 4)):
        lane.add(Bar("ok", start_s, end_s, "", ""))

    assert [[bar.start_s for bar in row] for row in lane.rows] == [[0, 2], [1]]


def test_timeline_has_lanes_for_clients_faults_and_troubled_executions() -> None:
    timeline = timeline_of(
        whole_story().history(),
        evidence(BAD, paid("pay-1"), compensated("pay-2")),
        {"flow": machine_of("flow", DEFINITION)},
    )

    assert timeline is not None
    assert [name for name, _ in timeline.lanes] == ["client 0", "faults", "pay-2"]
    assert 'class="mark"' in timeline.lanes[1][1]
    assert 'class="bar detour"' in timeline.lanes[2][1]


def test_scales_stay_within_and_ticks_are_round() -> None:
    assert [LogScale(1, 10_000).percent(value) for value in (0, 1, 100, 10_000, 99_999)] == [0, 0, 50, 100, 100]
    assert LinearScale(12).ticks() == [0, 2, 4, 6, 8, 10, 12]
    assert LinearScale(0).ticks() == [0]
    assert [told_ms(value) for value in (None, 0.44, 12.3, 3210)] == ["…", "0.4 ms", "12 ms", "3.21 s"]
