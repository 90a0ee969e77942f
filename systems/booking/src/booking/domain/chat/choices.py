"""Numbered choices: pages of them, and which one a text picks, by number or by name."""

import re
from collections.abc import Sequence

from booking.domain.chat.conversation import Option
from booking.domain.chat.words import folded

PAGE_SIZE = 8
LABEL_MAX = 80
_NUMBER = re.compile(
    r"(?:(?:la |el |the )?(?:opcion|option|numero|number|n[ro]?\.?|#)\s?|la |el |the )?(?P<number>[0-9]{1,3})\)?"
)
_ORDINALS = (
    ("uno", "una", "one", "primero", "primera", "first"),
    ("dos", "two", "segundo", "segunda", "second"),
    ("tres", "three", "tercero", "tercera", "third"),
    ("cuatro", "four", "cuarto", "cuarta", "fourth"),
    ("cinco", "five", "quinto", "quinta", "fifth"),
    ("seis", "six", "sexto", "sexta", "sixth"),
    ("siete", "seven", "septimo", "septima", "seventh"),
    ("ocho", "eight", "octavo", "octava", "eighth"),
)
_NUMBER_BY_WORD = {word: number for number, words in enumerate(_ORDINALS, 1) for word in words}
_ARTICLE = re.compile(r"^(?:el|la|the|opcion|option) | one$")


def clipped(text: str) -> str:
    """Return a label that fits a button."""
    return text if len(text) <= LABEL_MAX else f"{text[: LABEL_MAX - 1]}…"


def page_of(options: Sequence[Option], page: int) -> tuple[int, tuple[Option, ...]]:
    """Return the options of a page with its number; pages go round."""
    pages = max(1, -(-len(options) // PAGE_SIZE))
    page %= pages
    return page, tuple(options[page * PAGE_SIZE : (page + 1) * PAGE_SIZE])


def numbered(options: Sequence[Option]) -> str:
    """Return options as lines, e.g. "1. Corte de pelo"."""
    return "\n".join(f"{number}. {option.label}" for number, option in enumerate(options, 1))


def by_number(text: str, offered: Sequence[Option]) -> Option | None:
    """Return the option that was offered under the number that a text is."""
    plain = folded(text)
    match = _NUMBER.fullmatch(plain)
    number = int(match["number"]) if match else _NUMBER_BY_WORD.get(_ARTICLE.sub("", plain), 0)
    return offered[number - 1] if 1 <= number <= len(offered) else None


def by_name(text: str, options: Sequence[Option]) -> tuple[Option, ...]:
    """Return the options that a text may mean: the one of that very name, else all whose names share its words."""
    plain = folded(text)
    names = [(folded(option.name), option) for option in options]
    if exact := [option for name, option in names if name == plain]:
        return tuple(exact)
    if len(plain) < 3:
        return ()
    wanted = set(plain.split())
    return tuple(option for name, option in names if wanted <= set(name.split()) or _within(plain, name))


def _within(plain: str, name: str) -> bool:
    # Either is a part of the other, from the beginning of a word on: "quiero un corte de pelo", "corte".
    return f" {plain}" in f" {name}" or (len(name) >= 3 and f" {name} " in f" {plain} ")
