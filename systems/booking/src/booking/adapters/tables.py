"""The names of the tables, as the template gives them to every function."""

from dataclasses import dataclass
from typing import Self

from groundwork.settings import Environment


@dataclass(frozen=True, slots=True)
class TableNames:
    """The physical names of the ten tables."""

    services: str
    categories: str
    providers: str
    availability: str
    exceptions: str
    bookings: str
    conversations: str
    tenants: str
    api_keys: str
    usage: str

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        """Read the names that the template gives, e.g. API_KEYS_TABLE."""
        return cls(**{name: environment.text(f"{name.upper()}_TABLE") for name in cls.__dataclass_fields__})
