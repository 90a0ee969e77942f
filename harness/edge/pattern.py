"""Texts that are meant by rules and settings: the same as a text of a call, or fitting a pattern with * for anything.

A text of a call has several forms by which it may be meant: `payments-Wallets` is also `Wallets`. Only * is special in
a pattern, because keys and names may hold ?, [ and every other character.
"""

import re
from collections.abc import Callable
from functools import lru_cache

Forms = tuple[str, ...]
FORMS_KEPT_MAX = 8_192


def itself(text: str) -> Forms:
    """Return the one form of a text; none of an empty one."""
    return (text,) if text else ()


@lru_cache(maxsize=FORMS_KEPT_MAX)
def forms_of_name(name: str) -> Forms:
    """Return a name and each of its ends after a dash: CloudFormation puts the stack's name in front."""
    parts = name.split("-")
    return tuple("-".join(parts[first:]) for first in range(len(parts))) if name else ()


@lru_cache(maxsize=FORMS_KEPT_MAX)
def forms_of_key(text: str) -> Forms:
    """Return a key's canonical text (`PK=a,SK=b`), its values (`a,b`) and each of them."""
    _, equals, rest = text.partition("=")
    if not equals:
        return itself(text)
    second = _SECOND.search(rest)
    if second is None:
        return text, rest
    first, last = rest[: second.start()], rest[second.end() :]
    return text, f"{first},{last}", first, last


# A key has one attribute or two, so at most one comma in its text begins another attribute.
_SECOND = re.compile(r",[^,=]+=")


@lru_cache(maxsize=FORMS_KEPT_MAX)
def forms_of_execution(arn: str) -> Forms:
    """Return an ARN and the name in it: `arn:aws:states:<region>:<account>:execution:<machine>:<name>`.

    Those of express machines end in `…:<name>:<id>`, and an execution that is about to start has only a name.
    """
    parts = arn.split(":")
    name = parts[7] if len(parts) > 7 else parts[-1]
    return (arn, name) if name != arn else itself(arn)


class Texts:
    """The texts that were given for one field of a match, and whether a text of a call is meant by them."""

    __slots__ = ("_fits_glob", "_forms", "_hints", "exact", "has_globs")

    def __init__(self, given: tuple[str, ...], forms: Callable[[str], Forms] = itself) -> None:
        globs = [one for one in given if "*" in one]
        self.exact = frozenset(given) - frozenset(globs)
        self.has_globs = bool(globs)
        self._forms = forms
        # Every glob has a part that has to be in the text: most texts hold none of them, and need no closer look. The
        # exception are keys, one form of which has a comma where the text has another attribute's name.
        hints = tuple(max(one.split("*"), key=len) for one in globs)
        self._hints = () if any("," in hint for hint in hints) else hints
        alternatives = "|".join(".*".join(map(re.escape, one.split("*"))) for one in globs)
        self._fits_glob = re.compile(alternatives, re.DOTALL).fullmatch if globs else None

    def mean(self, text: str) -> bool:
        """Say whether a text is meant, in any of its forms."""
        forms = self._forms(text)
        if not self.exact.isdisjoint(forms):
            return True
        if self._fits_glob is None or (self._hints and not self._is_hinted(text)):
            return False
        return any(self._fits_glob(form) is not None for form in forms)

    def _is_hinted(self, text: str) -> bool:
        return any(hint in text for hint in self._hints)
