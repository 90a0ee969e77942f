"""Prices are dated data with sources, tiers are charged one after the other, and files of one's own override."""

from pathlib import Path

import pytest

from harness.errors import SettingInvalid
from harness.plan.cost import dynamodb_usd, provisioned_usd
from harness.plan.prices import Prices


def test_every_price_has_a_unit_a_source_and_a_confidence() -> None:
    prices = Prices.load()

    assert prices.as_of.startswith("20")
    for price in prices.by_name.values():
        assert price.unit, price.name
        assert price.source.startswith("https://"), price.name
        assert price.confidence in ("documented", "reported"), price.name


def test_request_units_cost_their_price_by_the_million() -> None:
    assert dynamodb_usd(2e6, 4e6, Prices.load()) == pytest.approx(2 * 0.125 + 4 * 0.625)


def test_provisioned_units_cost_whether_used_or_not() -> None:
    assert provisioned_usd(730 * 100, 730 * 100, Prices.load()) == pytest.approx(730 * 100 * (0.00013 + 0.00065))


def test_each_tier_is_charged_at_its_own_price_when_units_pass_it() -> None:
    calls = Prices.load().usd("api.rest_request", 400e6)

    assert calls == pytest.approx(333 * 3.50 + 67 * 2.80)


def test_own_file_overrides_one_price_and_keeps_the_others(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text("as_of: 2030-01-01\nprices: {states.transition: {usd: 1, per: 1000, unit: transitions}}\n")

    prices = Prices.load(overrides=own)

    assert prices.usd("states.transition", 5000) == 5.0
    assert prices.usd("lambda.request", 1e6) == 0.20
    assert prices.as_of == "2030-01-01"


def test_region_without_prices_is_refused_unless_a_file_brings_them(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text("prices: {sns.publish: {usd: 0.7, per: 1000000, unit: publishes}}\n")

    with pytest.raises(SettingInvalid, match="no prices of region 'eu-north-9'"):
        Prices.load("eu-north-9")
    assert Prices.load("eu-north-9", own).region == "eu-north-9"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prices: []", "has no `prices`"),
        ("prices: {a: {usd: -1}}", "usd is -1"),
        ("prices: {a: {usd: 1, par: 3}}", "did you mean per"),
        ("prices: {a: {tiers: [{usd: 1, up_to: 9}]}}", "expected rising, open ones"),
        ("prices: {a: {}}", "usd is None"),
        ("{", "is no YAML"),
    ],
)
def test_mistake_in_a_price_file_is_told_in_words(tmp_path: Path, text: str, words: str) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text(text)

    with pytest.raises(SettingInvalid, match=words):
        Prices.load(overrides=own)


def test_unknown_price_names_the_likely_one() -> None:
    with pytest.raises(SettingInvalid, match=r"did you mean sqs\.request"):
        Prices.load().usd("sqs.requests", 1)
