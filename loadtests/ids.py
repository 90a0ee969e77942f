"""Ids that no two users, processes or runs share, and that tell whose they are."""

import itertools
from random import Random

from harness.ids import new_token


class Ids:
    """Numbers what one user makes."""

    def __init__(self, random: Random) -> None:
        # The token keeps runs apart on a cloud that outlives them; the draw keeps a user's ids in its own order.
        self._prefix = f"{new_token()}-{random.getrandbits(24):06x}"
        self._numbers = itertools.count(1)

    def new(self, what: str) -> str:
        """Return the next id, e.g. `load-pay-7f3a-00c1d2-17`."""
        return f"load-{what}-{self._prefix}-{next(self._numbers)}"
