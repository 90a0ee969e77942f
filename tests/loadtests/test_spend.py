"""A run's cost is estimated from dated prices, counted while it runs, and ended before its cap."""

from dataclasses import replace

import pytest

from harness.plan.tariff import UNPRICED_FACTOR, Tariff, usd_text
from loadtests.settings import Settings
from loadtests.spend import BLIND_S, SpendMeter, estimate

RUN = Settings(rate_per_s=1000.0, duration_s=100.0, read_share=0.2, item_bytes=200)


def test_estimate_counts_every_write_twice_when_the_table_has_an_index() -> None:
    expected = estimate(RUN, "us-east-1")

    assert expected.requests == 100_000
    before = 2 * RUN.wallets  # the wallets are written, too
    assert (expected.read_units, expected.write_units) == (20_000, 160_000 + before)
    assert expected.usd == pytest.approx(0.1604 * 0.625 + 0.02 * 0.125)
    assert "us-east-1 as of 20" in expected.prices


def test_estimate_grows_when_items_or_shards_do() -> None:
    base = estimate(RUN, "us-east-1")

    assert estimate(replace(RUN, item_bytes=2000), "us-east-1").write_units == 3 * base.write_units
    assert estimate(replace(RUN, shards=10), "us-east-1").read_units == 10 * base.read_units


def test_items_that_are_written_before_the_load_are_spent_when_the_table_is_paid_by_request() -> None:
    large = replace(RUN, item_bytes=100_000, wallets=1_000, shards=10, rate_per_s=0.1)
    seeded_usd = Tariff.of("us-east-1").units_usd(0.0, 10_000 * 2 * 98)

    assert seeded_usd > 1.0
    assert estimate(large, "us-east-1").usd > seeded_usd
    assert SpendMeter(large, "us-east-1", cap_usd=1.0).reason_to_stop((0.0, 0.0)).startswith("spend cap: 1.2")
    # Users of events find no wallets, and a replay brings its own items.
    assert estimate(replace(large, keys="hot-tenant"), "us-east-1").usd < 0.01
    assert SpendMeter(replace(large, keys="hot-tenant"), "us-east-1", cap_usd=1.0).reason_to_stop((0.0, 0.0)) == ""


def test_estimate_is_raised_when_a_region_has_no_prices() -> None:
    elsewhere = estimate(RUN, "xx-nowhere-1")

    assert elsewhere.usd == pytest.approx(UNPRICED_FACTOR * estimate(RUN, "us-east-1").usd)
    assert "there are none of xx-nowhere-1" in elsewhere.prices


def test_whole_hours_are_paid_when_the_table_is_provisioned() -> None:
    minute = replace(RUN, billing="provisioned", duration_s=60.0)

    assert estimate(minute, "us-east-1").usd == pytest.approx(2 * (4000 * 0.00065 + 4000 * 0.00013))
    longer = replace(minute, duration_s=3601.0)
    assert estimate(longer, "us-east-1").usd == pytest.approx(2 * estimate(minute, "us-east-1").usd)


def test_payment_costs_more_than_an_item_when_a_story_pays() -> None:
    payments = estimate(replace(RUN, story="payments-api"), "us-east-1")

    assert payments.usd / payments.requests > 100 * estimate(RUN, "us-east-1").usd / RUN.rate_per_s / RUN.duration_s


def test_run_goes_on_when_the_cap_is_far() -> None:
    meter = SpendMeter(RUN, "us-east-1", cap_usd=1.0)

    assert meter.reason_to_stop((1000.0, 1000.0)) == ""


def test_run_ends_below_its_cap_when_what_is_under_way_would_reach_it() -> None:
    cap_usd = 0.05
    meter, tariff = SpendMeter(RUN, "us-east-1", cap_usd), Tariff.of("us-east-1")
    per_s = estimate(RUN, "us-east-1").usd / RUN.duration_s
    seconds = next(s for s in range(1, 1000) if meter.reason_to_stop((200.0 * s, 1600.0 * s)))

    spent = tariff.units_usd(200.0 * seconds, 1600.0 * seconds)
    assert cap_usd - (BLIND_S + 1) * per_s <= spent <= cap_usd - BLIND_S * per_s + per_s
    assert meter.reason_to_stop((200.0 * seconds, 1600.0 * seconds)).startswith("spend cap: 0.0")


def test_payments_are_counted_when_their_units_are_not_seen() -> None:
    meter = SpendMeter(replace(RUN, story="payments-api", rate_per_s=1.0), "us-east-1", cap_usd=1.0)

    assert meter.spent_usd((0.0, 0.0), payments=1000.0) == pytest.approx(Tariff.of("us-east-1").payments_usd(1000))
    assert meter.reason_to_stop((0.0, 0.0), payments=100_000.0)


@pytest.mark.parametrize(("usd", "text"), [(0.0, "0 USD"), (0.00525, "0.00525 USD"), (1.5, "1.50 USD")])
def test_amount_is_told_as_exactly_as_it_matters(usd: float, text: str) -> None:
    assert usd_text(usd) == text
