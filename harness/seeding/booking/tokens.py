"""Ids of seeded things: sixteen letters and digits that follow from a seed and names, as the system's own look."""

from harness.ids import derived_token

_PART = 8  # one draw of derived_token holds twelve characters at most


def token(seed: int, *names: str) -> str:
    """Return sixteen lower-case letters and digits that depend on nothing but the arguments."""
    return "".join(derived_token(seed, *names, part, length=_PART) for part in ("first", "second"))
