"""Keys: each distribution draws what it says, the same again for the same seed."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from loadtests.keys import Keys, shard_name, shard_names
from loadtests.settings import KEYS, Settings

DRAWS = 4000


def drawn(keys: str, **settings: object) -> list[tuple[str, str, bool]]:
    chosen = replace(Settings(wallets=100, tenants=10), keys=keys, **settings)  # type: ignore[arg-type]
    random, one = Random(7), Keys(chosen)  # noqa: S311 - no secret
    return [one.draw(random) for _ in range(DRAWS)]


@pytest.mark.parametrize("keys", KEYS)
def test_draws_are_the_same_when_the_seed_is(keys: str) -> None:
    assert drawn(keys) == drawn(keys)


def test_no_wallet_stands_out_when_keys_are_uniform() -> None:
    counts = Counter(one[0] for one in drawn("uniform"))

    assert len(counts) == 100
    assert max(counts.values()) < 3 * DRAWS / 100
    assert not any(hot for _, _, hot in drawn("uniform"))


def test_first_wallets_take_most_when_keys_are_zipf() -> None:
    counts = Counter(one[0] for one in drawn("zipf", zipf_exponent=1.0))

    # Of 100 ranks with exponent 1 the first takes 1 / H(100), about 19 %, and twice what the second takes.
    assert counts["wallet-000000"] / DRAWS == pytest.approx(0.193, abs=0.03)
    assert counts["wallet-000000"] / counts["wallet-000001"] == pytest.approx(2, rel=0.25)


def test_one_wallet_takes_its_share_when_it_is_hot() -> None:
    draws = drawn("hot-wallet", hot_share=0.7)
    hot = [key for key, _, hot in draws if hot]

    assert set(hot) == {"wallet-000000"}
    assert len(hot) / DRAWS == pytest.approx(0.7, abs=0.03)


@pytest.mark.parametrize("keys", ["hot-tenant", "monotonic"])
def test_one_tenant_takes_its_share_when_it_is_hot(keys: str) -> None:
    draws = drawn(keys, hot_share=0.6)
    hot = [(key, tenant) for key, tenant, hot in draws if hot]

    assert {tenant for _, tenant in hot} == {"tenant-000"}
    assert len({key for key, _ in hot}) == 10  # all of its wallets
    assert len(hot) / DRAWS == pytest.approx(0.6, abs=0.03)


def test_everything_is_hot_when_there_is_one_tenant() -> None:
    assert all(hot for _, _, hot in drawn("hot-tenant", tenants=1))


def test_sort_keys_grow_with_time_when_keys_are_monotonic() -> None:
    random = Random(1)  # noqa: S311 - no secret
    growing, spread = (Keys(replace(Settings(), keys=keys)) for keys in ("monotonic", "hot-tenant"))
    made = [growing.sort_key(random, at_ns) for at_ns in range(9, 200, 10)]
    others = [spread.sort_key(random, at_ns) for at_ns in range(9, 200, 10)]

    assert made == sorted(made)
    assert others != sorted(others)


def test_key_stays_as_it_is_when_there_is_one_shard() -> None:
    assert shard_names("wallet-1", 1) == ["wallet-1"]


def test_every_shard_has_a_name_when_there_are_many() -> None:
    assert shard_names("wallet-1", 3) == ["wallet-1#0", "wallet-1#1", "wallet-1#2"]
    assert shard_name("wallet-1", 2, 3) == "wallet-1#2"
