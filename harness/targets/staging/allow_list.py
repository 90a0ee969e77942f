"""Which AWS accounts may be touched: an explicit list, with bounds for each account and region.

One list for stacks (`rehearse up --target staging`) and for load (`make load TARGET=staging`): a file that nobody
commits (`staging.yaml` at the project's root; `staging.example.yaml` shows how it looks), or, for machines that build,
the variable REHEARSAL_STAGING_ACCOUNTS with the strict bounds of `Bounds` below. There is no wildcard and no default
account.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.config import project_root
from harness.durations import duration_s
from harness.errors import SettingInvalid

FILE_NAME, EXAMPLE_NAME = "staging.yaml", "staging.example.yaml"
FILE_VARIABLE = "REHEARSAL_STAGING_FILE"
ACCOUNTS_VARIABLE = "REHEARSAL_STAGING_ACCOUNTS"
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
_FINDING = re.compile(r"[a-z-]+:[^*]+")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one account takes in one region. The defaults hold for accounts named by the variable alone.

    The first four bound a load run. `usd_per_day_max` bounds what a run's stacks may cost while they stand, with one
    run of the suite a day; `lasts_s_max` is when they are told to be forgotten; `expected` names findings that would
    refuse the account (`stack:live-demo`) and are meant.
    """

    account: str
    region: str
    users_max: int = 20
    rate_per_s_max: float = 100.0
    duration_s_max: float = 600.0
    spend_usd_max: float = 1.0
    usd_per_day_max: float = 1.0
    lasts_s_max: float = 86_400.0
    expected: tuple[str, ...] = ()


def default_file() -> Path:
    """Return where the list is when no variable names it."""
    return project_root() / FILE_NAME


def allowed(environ: Mapping[str, str]) -> tuple[Bounds, ...]:
    """Return the accounts that are listed, () when nobody listed any; raises SettingInvalid for nonsense."""
    file = Path(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else default_file()
    listed = _in_file(file, required=bool(environ.get(FILE_VARIABLE)))
    named = [part.strip() for part in environ.get(ACCOUNTS_VARIABLE, "").split(",") if part.strip()]
    known = {(one.account, one.region) for one in listed}
    return (*listed, *(one for one in map(_named, named) if (one.account, one.region) not in known))


def _named(text: str) -> Bounds:
    account, _, region = text.partition(":")
    if not _ACCOUNT.fullmatch(account) or not _REGION.fullmatch(region):
        raise SettingInvalid(
            f"{ACCOUNTS_VARIABLE} names {text!r}, expected ACCOUNT:REGION such as 123456789012:us-east-1, with commas"
        )
    return Bounds(account, region)


def _in_file(file: Path, *, required: bool) -> tuple[Bounds, ...]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise SettingInvalid(f"{FILE_VARIABLE} names {file}, which is not there") from None
        return ()
    except (OSError, yaml.YAMLError) as problem:
        raise SettingInvalid(f"{file} can't be read: {problem}") from problem
    entries = document.get("accounts") if isinstance(document, dict) else None
    if not isinstance(entries, list) or len(document) != 1:
        raise SettingInvalid(f"{file} is expected to hold `accounts:` and a list, as {EXAMPLE_NAME} does")
    return tuple(_bounds(entry, f"{file}, account {number}") for number, entry in enumerate(entries, 1))


def _bounds(entry: Any, where: str) -> Bounds:
    given = set(entry) if isinstance(entry, dict) else set()
    unknown = ", ".join(sorted(map(str, given - set(_READERS))))
    if unknown or not {"account", "region"} <= given:
        raise SettingInvalid(
            f"{where}: {f'unknown: {unknown}' if unknown else repr(entry)}",
            remedy=f"account and region are needed; known are {', '.join(_READERS)}",
        )
    read: dict[str, Any] = {}
    for name, value in entry.items():
        field, reader = _READERS[name]
        try:
            read[field] = reader(value)
        except (ValueError, TypeError) as problem:
            raise SettingInvalid(f"{where}: {name} is {value!r}, {problem}") from problem
    return Bounds(**read)


def _account(value: object) -> str:
    if not isinstance(value, str) or not _ACCOUNT.fullmatch(value):
        raise ValueError("expected twelve digits, in quotes")
    return value


def _region(value: object) -> str:
    if not isinstance(value, str) or not _REGION.fullmatch(value):
        raise ValueError("expected a region such as us-east-1")
    return value


def _above_zero(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ValueError("expected a number above 0")
    return float(value)


def _whole(value: object) -> int:
    number = _above_zero(value)
    if number != int(number):
        raise ValueError("expected a whole number")
    return int(number)


def _findings(value: object) -> tuple[str, ...]:
    # Every one by its name: a pattern would be the switch that turns the whole check off.
    if not isinstance(value, list) or not all(isinstance(one, str) and _FINDING.fullmatch(one) for one in value):
        raise ValueError("expected a list of findings by name, such as stack:live-demo, without wildcards")
    return tuple(value)


_READERS = {
    "account": ("account", _account),
    "region": ("region", _region),
    "users": ("users_max", _whole),
    "rate": ("rate_per_s_max", _above_zero),
    "for": ("duration_s_max", duration_s),
    "usd": ("spend_usd_max", _above_zero),
    "usd_per_day": ("usd_per_day_max", _above_zero),
    "lasts": ("lasts_s_max", duration_s),
    "expected": ("expected", _findings),
}
