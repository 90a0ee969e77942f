"""Which key a request goes to: uniform, Zipf, one hot wallet, one hot tenant, or a sort key that only grows.

Drawn from a seeded generator that each user brings, so a run can be repeated. Wallet n belongs to tenant n modulo the
number of tenants; the hot wallet is number 0 and the hot tenant too.
"""

from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import NamedTuple

from loadtests.settings import Settings


class Drawn(NamedTuple):
    """A wallet (or another key that stands for it) with its tenant, and whether it is what the keys make hot."""

    key: str
    tenant: str
    hot: bool = False


class Keys:
    """Draws wallets as a run's settings say."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._number = _NUMBERS[settings.keys](settings)

    def draw(self, random: Random) -> Drawn:
        """Return the wallet of the next request."""
        return self.numbered(self.number(random))

    def number(self, random: Random) -> int:
        """Return the number of the next request's wallet, for those whose keys have other names."""
        return self._number(random)

    def numbered(self, number: int) -> Drawn:
        """Return a wallet by its number."""
        tenant = number % self._settings.tenants
        return Drawn(wallet_name(number), tenant_name(tenant), self._is_hot(number, tenant))

    def sort_key(self, random: Random, at_ns: int) -> str:
        """Return the sort key of a new item: random, or one that grows with time when the keys are monotonic.

        A partition that is hot splits inside an item collection by sort key; a monotonic one always writes at its end,
        where no split helps (source: DynamoDB developer guide, documented).
        """
        if self._settings.keys == "monotonic":
            return f"{at_ns:020d}-{random.getrandbits(32):08x}"
        return f"{random.getrandbits(64):016x}-{at_ns:020d}"

    def _is_hot(self, number: int, tenant: int) -> bool:
        if self._settings.keys in ("hot-tenant", "monotonic"):
            return tenant == 0
        return number == 0 and self._settings.keys != "uniform"


def wallet_name(number: int) -> str:
    """Return the name of wallet `number`."""
    return f"wallet-{number:06d}"


def tenant_name(number: int) -> str:
    """Return the name of tenant `number`."""
    return f"tenant-{number:03d}"


def shard_name(key: str, shard: int, shards: int) -> str:
    """Return the key of one of a wallet's (or tenant's) shards: itself when there is only one."""
    return f"{key}#{shard}" if shards > 1 else key


def shard_names(key: str, shards: int) -> list[str]:
    """Return the keys of all shards."""
    return [shard_name(key, shard, shards) for shard in range(shards)]


def _uniform(settings: Settings) -> Callable[[Random], int]:
    return lambda random: random.randrange(settings.wallets)


def _zipf(settings: Settings) -> Callable[[Random], int]:
    """Wallet n is drawn in proportion to 1 / (n + 1) ** exponent."""
    sums = list(accumulate((rank + 1) ** -settings.zipf_exponent for rank in range(settings.wallets)))
    return lambda random: min(bisect_left(sums, random.random() * sums[-1]), settings.wallets - 1)


def _hot_wallet(settings: Settings) -> Callable[[Random], int]:
    share, wallets = settings.hot_share, settings.wallets
    return lambda random: 0 if random.random() < share else random.randrange(1, wallets)


def _hot_tenant(settings: Settings) -> Callable[[Random], int]:
    share, wallets, tenants = settings.hot_share, settings.wallets, settings.tenants
    of_hot = range(0, wallets, tenants)
    if tenants == 1:
        return lambda random: random.randrange(wallets)
    cold = [number for number in range(wallets) if number % tenants]

    def draw(random: Random) -> int:
        return random.choice(of_hot) if random.random() < share else random.choice(cold)

    return draw


_NUMBERS = {
    "uniform": _uniform,
    "zipf": _zipf,
    "hot-wallet": _hot_wallet,
    "hot-tenant": _hot_tenant,
    "monotonic": _hot_tenant,
}
