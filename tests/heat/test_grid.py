"""Rows and columns fit, and whatever is hot or throttled stays visible in them."""

import time
from dataclasses import replace

import pytest

from harness.capacity.picture import HeatPicture, ResourceHeat
from harness.heat.grid import Grid, grid_of
from tests.heat.pictures import (
    PICTURES,
    STARTED_S,
    STEP_S,
    hot_wallet,
    many_partitions,
    partition,
    resource,
)


def resources_of(picture: HeatPicture) -> list[ResourceHeat]:
    return [heat for table in picture.tables for heat in table.resources]


ALL = [(name, index) for name, make in PICTURES.items() for index in range(len(resources_of(make())))]


def grid(heat: ResourceHeat, rows_max: int = 48, columns_max: int = 90) -> Grid:
    return grid_of(heat, STARTED_S, STEP_S, rows_max=rows_max, columns_max=columns_max)


@pytest.mark.parametrize(("name", "index"), ALL)
@pytest.mark.parametrize(("rows_max", "columns_max"), [(3, 1), (12, 40), (48, 120)])
def test_nothing_hot_or_throttled_vanishes_when_a_picture_is_made_to_fit(
    name: str, index: int, rows_max: int, columns_max: int
) -> None:
    heat = resources_of(PICTURES[name]())[index]
    if name == "grown_too_fast":  # a plan's, which begins at 0
        heat = replace(heat, partitions=tuple(replace(one, born_s=STARTED_S) for one in heat.partitions))
    fitted = grid(heat, rows_max, columns_max)
    cells = [cell for row in fitted.rows for cell in row.cells if cell]

    assert len(fitted.rows) <= rows_max
    assert fitted.columns <= columns_max
    assert all(len(row.cells) == fitted.columns for row in fitted.rows)
    hottest = max((max(one.write) / 1000 for one in heat.partitions), default=0.0)
    assert max((cell.part for cell in cells), default=0.0) == pytest.approx(hottest)
    assert any(cell.throttled for cell in cells) == any(sum(one.throttled) for one in heat.partitions)


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in ("empty", "untouched")])
def test_rows_cover_the_ring_once_when_partitions_split(name: str) -> None:
    for heat in resources_of(PICTURES[name]()):
        fitted = grid(heat)
        shown = [number for row in fitted.rows for number in row.partitions]

        assert sum(row.share for row in fitted.rows) == pytest.approx(1.0)
        assert sorted(shown) == sorted(one.number for one in heat.partitions if one.ended_s is None)


def test_parent_spans_its_halves_rows_until_it_splits() -> None:
    heat = resources_of(hot_wallet())[0]
    rows = {row.partitions[0]: row for row in grid(heat).rows}

    for number in (4, 6, 7):
        before = rows[number].cells[39]
        assert before is not None
        assert before.partitions == (1,)
    after = [rows[number].cells[50] for number in (4, 6, 7)]
    assert [cell.partitions for cell in after if cell] == [(4,), (5,), (5,)]
    assert [row.partitions for row in grid(heat).rows] == [(0,), (4,), (6,), (7,), (2,), (3,)]


@pytest.mark.parametrize("told", [True, False], ids=["listed splits", "forgotten splits"])
def test_halves_are_found_when_the_list_of_splits_is_bounded(told: bool) -> None:
    heat = resources_of(hot_wallet())[0]
    heat = heat if told else replace(heat, splits=())

    assert [row.partitions for row in grid(heat).rows] == [(0,), (4,), (6,), (7,), (2,), (3,)]


def test_collections_parts_share_their_parents_height_when_their_range_is_a_point() -> None:
    old = partition(0, 0.0, 1.0, [10.0, 0.0], ended_s=STARTED_S + STEP_S)
    parts = [partition(one, 0.5, 0.5, [0.0, 5.0], born_s=STARTED_S + STEP_S) for one in (1, 2)]

    assert [row.share for row in grid(resource([old, *parts])).rows] == [0.5, 0.5]


def test_hottest_keep_their_own_row_when_partitions_are_many() -> None:
    heat = resources_of(many_partitions())[0]
    fitted = grid(heat, rows_max=25)
    single = {row.partitions[0] for row in fitted.rows if len(row.partitions) == 1}

    living = [one for one in heat.partitions if one.ended_s is None]
    hottest = sorted(living, key=lambda one: -max(one.write))[:10]
    assert {one.number for one in hottest} <= single
    assert fitted.partitions == len(living)


def test_picture_that_claims_a_circle_is_drawn_all_the_same() -> None:
    one = partition(0, 0.0, 1.0, [1.0], ended_s=STARTED_S)
    other = partition(1, 0.0, 1.0, [1.0], ended_s=STARTED_S)

    assert len(grid(resource([one, other])).rows) >= 1


@pytest.mark.slow
def test_thousands_of_partitions_take_a_second_at_most() -> None:
    heat = resources_of(many_partitions(4000))[0]
    began_s = time.process_time()

    grid(heat)

    assert time.process_time() - began_s < 1.0
