"""Reads price files, and says what an amount of units costs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from harness.errors import SettingInvalid, did_you_mean

HERE = Path(__file__).parent
_PRICE_FIELDS = ("usd", "tiers", "per", "unit", "source", "confidence")


@dataclass(frozen=True, slots=True)
class Tier:
    """A price that holds for the units of a month up to a bound, which is infinite in the last tier."""

    usd: float
    up_to: float = math.inf


@dataclass(frozen=True, slots=True)
class Price:
    """USD for each `per` units, by tiers of a month's units, and where the figure stands."""

    name: str
    tiers: tuple[Tier, ...]
    per: float
    unit: str
    source: str
    confidence: str

    def usd(self, units: float) -> float:
        """Return what a month's units cost; each tier's units at that tier's price."""
        total, below = 0.0, 0.0
        for tier in self.tiers:
            within = min(units, tier.up_to) - below
            if within <= 0:
                break
            total += within / self.per * tier.usd
            below = tier.up_to
        return total


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one region on one day."""

    region: str
    as_of: str
    by_name: Mapping[str, Price] = field(repr=False)

    @classmethod
    def load(cls, region: str = "us-east-1", overrides: Path | None = None) -> "Prices":
        """Return a region's prices, with those of a file of one's own in their place.

        Raises SettingInvalid for a region without a price file, and for files that can't be read or understood.
        """
        file = HERE / f"{region}.yaml"
        if not file.is_file():
            if overrides is None:
                known = ", ".join(sorted(path.stem for path in HERE.glob("*.yaml")))
                raise SettingInvalid(
                    f"there are no prices of region {region!r}, there are of {known}",
                    remedy="write them into a file and name it: --prices FILE",
                )
            file = HERE / "us-east-1.yaml"  # whatever the other file leaves out
        prices = _read(file)
        if overrides is None:
            return prices
        own = _read(overrides, region)
        return replace(own, by_name={**prices.by_name, **own.by_name})

    def usd(self, name: str, units: float) -> float:
        """Return what a month's units of something cost; raises SettingInvalid for a price that is not there."""
        price = self.by_name.get(name)
        if price is None:
            raise SettingInvalid(f"there is no price {name!r}{did_you_mean(name, self.by_name)} of {self.region}")
        return price.usd(units)


def _read(file: Path, region: str = "") -> Prices:
    document = _document(file)
    told = document.get("prices")
    if not isinstance(told, Mapping) or not told:
        raise SettingInvalid(f"price file {file} has no `prices`, expected a map of them by name")
    by_name = {str(name): _price(file, str(name), one) for name, one in told.items()}
    return Prices(str(document.get("region") or region), str(document.get("as_of", "an unknown day")), by_name)


def _document(file: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SettingInvalid(f"price file {file} can't be read: {problem.strerror}") from problem
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise SettingInvalid(f"price file {file} is no YAML", evidence={"seen": problem}) from problem
    if not isinstance(document, Mapping):
        raise SettingInvalid(f"price file {file} holds a {type(document).__name__}, expected a map with `prices`")
    return document


def _price(file: Path, name: str, told: object) -> Price:
    if not isinstance(told, Mapping):
        raise SettingInvalid(f"price {name} in {file} is {told!r}, expected a map with usd, per and unit")
    for field_name in told:
        if field_name not in _PRICE_FIELDS:
            meant = did_you_mean(str(field_name), _PRICE_FIELDS)
            raise SettingInvalid(f"price {name} in {file} has no field {field_name!r}{meant}")
    tiers = told.get("tiers") or [{"usd": told.get("usd")}]
    try:
        read = tuple(Tier(_amount(one["usd"]), float(one.get("up_to", math.inf))) for one in tiers)
        per = float(told.get("per", 1))
    except (TypeError, ValueError, KeyError, AttributeError) as problem:
        raise SettingInvalid(f"price {name} in {file} can't be understood: {problem}") from problem
    bounds = [tier.up_to for tier in read]
    if per <= 0 or bounds != sorted(bounds) or bounds[-1] != math.inf:
        raise SettingInvalid(f"price {name} in {file} has tiers {bounds} for each {per}, expected rising, open ones")
    texts = [str(told.get(one, "")) for one in ("unit", "source", "confidence")]
    return Price(name, read, per, *texts)


def _amount(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"usd is {value!r}, expected a number from 0 on")
    return float(value)
