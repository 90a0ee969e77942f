"""Keys are drawn as they are told: evenly, by Zipf's law, mostly one, always another; the same seed draws the same."""

import numpy as np
import pytest

from harness.errors import SettingInvalid
from harness.plan.draws import RING, Draw, Keys, mixed, read_draw, source_of, space_of

MANY = 200_000


def drawn(keys: Keys, count: int = MANY, seed: int = 3) -> np.ndarray:
    return source_of(keys, np.random.default_rng(seed), expected=count).draw(count)


def test_zipf_gives_each_rank_its_share() -> None:
    ids = drawn(Keys("user", Draw("zipf", 1.1), 10_000))
    weights = np.arange(1, 10_001) ** -1.1
    expected = weights / weights.sum()

    seen = np.bincount(ids, minlength=10_000) / MANY
    assert seen[:5] == pytest.approx(expected[:5], rel=0.05)
    assert seen[5000:].sum() == pytest.approx(expected[5000:].sum(), rel=0.1)
    assert ids.max() < 10_000


def test_hot_key_gets_its_share_and_the_others_the_rest_evenly() -> None:
    ids = drawn(Keys("user", Draw("hot", 0.3), 100))

    counts = np.bincount(ids, minlength=100) / MANY
    assert counts[0] == pytest.approx(0.3, rel=0.03)
    assert counts[1:] == pytest.approx(np.full(99, 0.7 / 99), rel=0.15)


def test_hot_tenant_spreads_its_share_over_its_keys() -> None:
    ids = drawn(Keys("user", Draw("hot-tenant", 0.5), 1000, tenants=10))

    assert (ids < 100).mean() == pytest.approx(0.5, rel=0.03)
    assert np.bincount(ids[ids < 100]).max() < 0.01 * MANY


def test_new_keys_are_never_the_same_until_the_ring_is_through() -> None:
    source = source_of(Keys("payment", Draw("new")), np.random.default_rng(1))

    first, second = source.draw(1000), source.draw(1000)
    assert len(set(first.tolist()) | set(second.tolist())) == 2000
    assert space_of(Keys("payment", Draw("new"))).positions.size == RING


def test_monotonic_keys_share_a_position_and_climb() -> None:
    keys = Keys("event", Draw("monotonic"))
    space = space_of(keys)
    ids = drawn(keys, 1000)

    assert space.ranks is not None
    assert len(np.unique(space.positions)) == 1
    assert (np.diff(space.ranks[ids]) >= 0).all()


def test_shards_of_a_key_lie_apart() -> None:
    space = space_of(Keys("user", count=3), shards=4)

    assert len(np.unique(space.positions)) == 12
    assert space.label(7) == "user-1#3"


def test_positions_are_spread_evenly() -> None:
    parts = (mixed(np.arange(MANY, dtype=np.uint64)) >> np.uint64(60)).astype(int)

    assert np.bincount(parts, minlength=16) == pytest.approx(np.full(16, MANY / 16), rel=0.05)


def test_more_keys_than_memory_holds_are_refused_by_name() -> None:
    with pytest.raises(SettingInvalid, match=r"keys 'user' are 99,999,999,999, expected at most 50,000,000"):
        Keys("user", count=99_999_999_999)
    with pytest.raises(SettingInvalid, match="with their shards"):
        space_of(Keys("user", count=40_000_000), shards=2)


def test_same_seed_draws_the_same() -> None:
    keys = Keys("user", Draw("zipf", 0.8), 500)

    assert (drawn(keys, 100) == drawn(keys, 100)).all()
    assert (drawn(keys, 100) != drawn(keys, 100, seed=4)).any()


@pytest.mark.parametrize("text", ["zipf:0", "hot:1.2", "hot:much", "uniform:3", "zpif", ""])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(SettingInvalid, match="keys are drawn"):
        read_draw(text)


def test_words_are_read_with_their_defaults() -> None:
    assert read_draw("zipf") == Draw("zipf", 1.1)
    assert read_draw("hot:0.25").told == "hot:0.25"
    assert read_draw("new").told == "new"
