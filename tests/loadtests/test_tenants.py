"""The tenants that users of bookings play with: the same in every process, and nobody's on an account."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from harness.targets.staging.refusal import StagingRefused
from loadtests import guard
from loadtests.keys import Keys
from loadtests.settings import Settings
from loadtests.tenants import FIRST, SEED, Chairs

SETTINGS = Settings(story="bookings", tenants=4, wallets=40)
TOLD = {SEED: "77", FIRST: "2026-11-11"}


def test_processes_draw_the_same_chairs():
    one, other = Chairs(TOLD, SETTINGS), Chairs(TOLD, SETTINGS)

    assert [one.numbered(number) for number in range(12)] == [other.numbered(number) for number in range(12)]
    assert {one.numbered(number).tenant_id for number in range(12)} == {
        other.numbered(number).tenant_id for number in range(4)
    }


def test_visitors_have_a_widgets_key_and_only_what_needs_no_deposit():
    chair = Chairs(TOLD, SETTINGS).numbered(1)

    assert chair.key.startswith("bk_")
    assert chair.origin.startswith("https://")
    assert chair.service_ids


@pytest.mark.parametrize(("keys", "field"), [("hot-wallet", "provider_id"), ("hot-tenant", "tenant_id")])
def test_one_provider_or_tenant_is_hot_when_keys_say_so(keys, field):
    settings = replace(SETTINGS, keys=keys)
    chairs, drawing, random = Chairs(TOLD, settings), Keys(settings), Random(1)  # noqa: S311 - no secret

    drawn = Counter(getattr(chairs.numbered(drawing.number(random)), field) for _ in range(1000))

    ((hottest, count),) = drawn.most_common(1)
    assert hottest == getattr(chairs.numbered(0), field)
    assert 650 < count < 800


def test_bookings_are_refused_on_an_account():
    with pytest.raises(StagingRefused, match="story bookings is for this machine"):
        guard.check(replace(SETTINGS, target="staging", region="eu-west-1"), {})
