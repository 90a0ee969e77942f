"""What the capacity model does is what the picture shows and what the advice is about."""

import pytest

from docs.pictures.heat import launch
from harness.capacity.advice import advise
from harness.capacity.parameters import Parameters
from harness.capacity.picture import HeatPicture, picture_from
from harness.heat.grid import grid_of
from harness.heat.page import render
from harness.heat.verdict import verdict_of

SECONDS = 240


@pytest.fixture(scope="module")
def picture() -> HeatPicture:
    # Splits come after half a minute instead of ten.
    return launch(SECONDS, units=10.0, parameters=Parameters(split_after_s=30.0))


@pytest.mark.slow
def test_hot_wallet_is_blamed_and_shown_alone_when_the_model_isolated_it(picture: HeatPicture) -> None:
    wallets = picture.tables[0].resources[0]
    grid = grid_of(wallets, picture.started_s, picture.step_s, rows_max=48, columns_max=120)
    alone = [row for row in grid.rows if row.alone]

    assert wallets.splits
    assert [row.collection for row in alone] == ["UserID=user-launch"]
    assert sum(row.share for row in grid.rows) == pytest.approx(1.0)
    assert {number for row in grid.rows for number in row.partitions} == {
        one.number for one in wallets.partitions if one.ended_s is None
    }
    assert "hot item" in [one.kind for one in advise(picture)]
    assert "user-launch" in verdict_of(picture).headline


@pytest.mark.slow
def test_every_split_of_the_model_is_marked_on_the_page(picture: HeatPicture) -> None:
    page = render(picture_from(picture.as_document()))

    splits = sum(len(heat.splits) for table in picture.tables for heat in table.resources)
    assert page.count('<g class="fork"><title>') == splits
