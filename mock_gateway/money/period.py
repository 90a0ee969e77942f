"""Days by the gateway's clock, in UTC: what settlement and reconciliation look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mock_gateway.problems import Refused, invalid

ALL = "~"


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of a day to the end of one, as texts that compare with instants; "" and "~" are no bounds."""

    since: str = ""
    before: str = ALL

    @classmethod
    def of_days(cls, first: date | None, last: date | None) -> "Period":
        """Return the period of all days from the first to the last one; raises Refused (400) when it is none."""
        if first and last and first > last:
            raise invalid("from must not be after to", param="from")
        # The last day that a date can be has no day after it.
        before = (last + timedelta(days=1)).isoformat() if last and last < date.max else ALL
        return cls(first.isoformat() if first else "", before)

    @classmethod
    def asked(cls, values: Mapping[str, Any]) -> "Period":
        """Return the period that `date`, or `from` and `to`, name, everything without them; raises Refused (400)."""
        day, first, last = (_day(values, name) for name in ("date", "from", "to"))
        if day and (first or last):
            raise invalid("date is one day; from and to are for more", param="date")
        return cls.of_days(day or first, day or last)


def _day(values: Mapping[str, Any], name: str) -> date | None:
    value = values.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) != len("2026-01-31"):
        raise _no_day(name)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _no_day(name) from None


def _no_day(name: str) -> Refused:
    return invalid(f"{name} must be a day such as 2026-01-31", param=name)
