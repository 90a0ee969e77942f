"""Names that no other test uses, and that are the same again for the same seed.

They depend on the seed and on who asks (a test's id), never on order or on how many tests run at once.
"""

from itertools import count

from harness.ids import derived_token


class Names:
    """Makes names for one owner; `run` sets repeated runs apart on an environment that outlives them."""

    def __init__(self, seed: int, owner: str, run: str = "") -> None:
        self.token = derived_token(seed, owner, run)
        self._counters: dict[str, count[int]] = {}

    def scoped(self, label: str) -> str:
        """Return `label` made unique to the owner; the same label gives the same name."""
        return f"{label}-{self.token}"

    def following(self, kind: str) -> str:
        """Return the next name of a kind: `pay-1-…`, `pay-2-…`."""
        number = next(self._counters.setdefault(kind, count(1)))
        return self.scoped(f"{kind}-{number}")
