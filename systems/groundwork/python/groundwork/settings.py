"""A function's settings, read by name from the environment that its template gives it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


class SettingMissing(Exception):
    """An environment variable that this function needs is not set, or is no number."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Reads settings by name; raises SettingMissing naming the variable, never its value."""

    variables: Mapping[str, str]

    @classmethod
    def current(cls) -> "Environment":
        """Return the environment of this process."""
        return cls(os.environ)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text setting."""
        value = self.variables.get(name) or default
        if value is None:
            raise SettingMissing(f"environment variable {name} is not set")
        return value

    def number(self, name: str, default: float) -> float:
        """Return a number setting."""
        try:
            return float(self.variables.get(name) or default)
        except ValueError:
            raise SettingMissing(f"environment variable {name} is no number") from None
