"""What the cloud process is told, by variables of its environment: a container has no better way."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from harness.edge.pattern import Texts, forms_of_name
from harness.errors import SettingInvalid

PREFIX = "REHEARSAL_CLOUD_"


@dataclass(frozen=True)
class Settings:
    """One field a variable: `api_ports` is read from `REHEARSAL_CLOUD_API_PORTS`. All have defaults."""

    instance: str = "default"
    region: str = "us-east-1"
    host: str = "0.0.0.0"  # noqa: S104 - inside a container, whose ports are published to the host's loopback only
    port: int = 4566
    api_ports: Mapping[str, int] = field(default_factory=dict)
    localstack_url: str = "http://localstack:4566"
    dynamodb_url: str = "http://dynamodb:8000"
    moto_url: str = "http://moto:5000"
    postgres_url: str = ""  # "" for no RDS Data API
    gateway_url: str = ""
    directory: Path = Path("/var/rehearsal")
    images: Mapping[str, str] = field(default_factory=dict)  # by service, to be told
    tables_in_localstack: tuple[str, ...] = ()  # names or patterns of tables that are not to be in DynamoDB Local
    admin_networks: tuple[str, ...] = ()  # who may use the admin endpoints beside the host
    ready_within_s: float = 120.0

    @property
    def calls_file(self) -> Path:
        """Return where the record of calls goes."""
        return self.directory / "calls.jsonl"

    @property
    def kept_in_localstack(self) -> Texts | None:
        """Return which tables LocalStack keeps whole although they have no stream."""
        return Texts(self.tables_in_localstack, forms_of_name) if self.tables_in_localstack else None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the variables; raises SettingInvalid that names the one that makes no sense, or that nobody knows."""
        environ = os.environ if environ is None else environ
        given = {name.removeprefix(PREFIX).lower(): text for name, text in environ.items() if name.startswith(PREFIX)}
        known = [one.name for one in fields(cls)]
        for name in given:
            if name not in known:
                expected = ", ".join(_variable(one) for one in known)
                raise SettingInvalid(f"{_variable(name)} is no setting, expected one of {expected}")
        return cls(**{name: _value(name, text) for name, text in given.items() if text})


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _value(name: str, text: str) -> Any:
    try:
        return _READERS.get(name, str)(text)
    except (ValueError, TypeError) as problem:
        raise SettingInvalid(f"{_variable(name)} is {text!r}: {problem}") from None


def _api_ports(text: str) -> dict[str, int]:
    return {str(name): int(port) for name, port in _object(text).items()}


def _images(text: str) -> dict[str, str]:
    return {str(name): str(image) for name, image in _object(text).items()}


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError("expected a JSON object")
    return value


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (one.strip() for one in text.split(",")) if name)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "port": int,
    "api_ports": _api_ports,
    "directory": Path,
    "images": _images,
    "tables_in_localstack": _names,
    "admin_networks": _names,
    "ready_within_s": float,
}
