"""Identifiers of things that never existed, in the shape of those that do: the measure of every refusal."""

import random
import string

from harness.isolation.subject import System, Tenant, Values

_LETTERS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


def absent_values(system: System, victim: Tenant, seed: int, salt: str = "") -> Values:
    """Return a never-used value for each of the victim's; the adapter's own where it gives one."""
    drawn = random.Random(f"{seed}-{salt}")  # noqa: S311 - nothing secret is drawn
    made = {name: look_alike(value, drawn) for name, value in sorted(victim.values.items())}
    return {**made, **dict.fromkeys(system.tenant_names, look_alike(victim.tenant_id, drawn)), **system.absent}


def look_alike(text: str, drawn: random.Random) -> str:
    """Return a text of the same shape: letters for letters, digits for digits, a prefix up to `_` or `-` as it is.

    At most its last sixteen letters and digits change, so that prefixes and words stay.
    """
    head = max(text.find("_"), text.find("-")) + 1
    changed = [index for index, char in enumerate(text) if index >= head and char.isalnum()][-16:]
    letters = list(text)
    for index in changed:
        pool = next((one for one in _LETTERS if letters[index] in one), string.ascii_lowercase)
        letters[index] = drawn.choice([char for char in pool if char != letters[index]])
    return "".join(letters)
