"""Names of people who do not exist, by Faker, in the language of a tenant's country.

One Faker a locale, seeded anew for each tenant: the same seed gives the same names, whatever was drawn before.
Addresses are of example.com, where no mail arrives.
"""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from harness.errors import ToolMissing

if TYPE_CHECKING:
    from faker import Faker

_NOT_MAIL = re.compile(r"[^a-z0-9]+")


class Person(NamedTuple):
    """A customer."""

    name: str
    email: str


class People:
    """Draws names for one tenant."""

    def __init__(self, locale: str, seed: int) -> None:
        self._faker = _faker(locale)
        self._faker.seed_instance(seed)

    def name(self) -> str:
        """Return a first name and a surname."""
        return f"{self._faker.first_name()} {self._faker.last_name()}"

    def surname(self) -> str:
        """Return a surname."""
        return str(self._faker.last_name())

    def customers(self, count: int) -> list[Person]:
        """Return people, each with an address of their own."""
        return [_person(self.name(), number) for number in range(count)]


def slug(text: str) -> str:
    """Return text as lower-case ASCII words joined by dashes, for ids, addresses and origins."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_MAIL.sub("-", plain).strip("-")


def _person(name: str, number: int) -> Person:
    return Person(name, f"{slug(name).replace('-', '.')}.{number}@example.com")


@cache
def _faker(locale: str) -> "Faker":
    try:
        from faker import Faker
    except ModuleNotFoundError as missing:
        raise ToolMissing(
            "Faker draws the names of seed data and is not installed", remedy="pip install 'rehearsal[seed]'"
        ) from missing
    return Faker(locale)
