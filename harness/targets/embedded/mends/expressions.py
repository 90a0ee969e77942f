"""Mend that only costs less: the text of an expression is read once, not with every request that carries it.

Costly: for each condition the engine takes its text apart and checks its grammar, by functions within functions that
leave forty objects in cycles behind; the collector then stops the loop for milliseconds. A system has a few dozen
texts. Both functions depend on the text alone. What differs, values and items, is looked at each time as before.
"""

from functools import lru_cache
from typing import Any

from harness.targets.embedded.mends.symbols import DYNAMODB, Function, Mend, Symbol

TOKENS = Symbol(DYNAMODB, "_tokenize", "6abb13395c3ee7b6")
GRAMMAR = Symbol(DYNAMODB, "_condition_syntax_error", "5213f1ffac34e6cb")
TEXTS_KEPT_MAX = 4_096


def _once(original: Function) -> Function:
    return lru_cache(maxsize=TEXTS_KEPT_MAX)(original)


def _once_in_copies(original: Function) -> Function:
    remembered = lru_cache(maxsize=TEXTS_KEPT_MAX)(lambda text: tuple(original(text)))

    def tokenize(text: str) -> list[Any]:
        return list(remembered(text))

    return tokenize


def _apply() -> None:
    TOKENS.wrap(_once_in_copies)
    GRAMMAR.wrap(_once)


MEND = Mend(name="expressions", touches=(TOKENS, GRAMMAR), relies_on=(), apply=_apply)
