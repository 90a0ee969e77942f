"""The base of what systems raise on purpose. The text is `code: message`, so that both survive a state machine's Cause.

Texts never hold a card number, a key or a request body.
"""

from typing import ClassVar


class Failed(Exception):
    """Base of a system's own errors; `code` is what a client may act on."""

    default_code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        self.code = code or self.default_code
        self.message = message
        super().__init__(f"{self.code}: {message}")


class Refused(Failed):
    """A business answer: final, a retry would give the same."""


class Transient(Failed):
    """Nothing is wrong with the request: trying again may succeed."""

    default_code = "try_again"


def names_below(tree: type[Failed]) -> frozenset[str]:
    """Return the names of an error and of all that derive from it, as Step Functions sees them."""
    found, left = set[str](), [tree]
    while left:
        one = left.pop()
        found.add(one.__name__)
        left.extend(one.__subclasses__())
    return frozenset(found)
