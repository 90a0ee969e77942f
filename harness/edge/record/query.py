"""Questions about the record: which calls, from when, how many, in which order.

Filters are texts in which `*` stands for anything. As in fault rules, a resource or caller may be named by its end
(`Wallets` for `payments-Wallets`), a key by its values alone (`user-1` for `UserID=user-1`), an execution by its name,
a principal by its role, session or a tag (`TenantId=t-1`); resource and key must fit the same target.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from harness.edge.record.call_record import OUTCOMES, CallRecord
from harness.errors import SettingInvalid

LIMIT_DEFAULT = 100
LIMIT_MAX = 10_000
FILTERS = (
    *("execution", "trace", "service", "operation", "resource", "key", "caller", "account", "region"),
    *("outcome", "fault", "principal"),
)
ORDERS = ("oldest", "newest")
_OTHERS = ("since", "until", "limit", "after", "order")

Fits = Callable[[CallRecord], bool]


@dataclass(frozen=True, slots=True)
class Page:
    """The calls that were asked for; `more` tells that others fit as well."""

    records: list[CallRecord]
    more: bool


@dataclass(frozen=True)
class CallQuery:
    """A question. `after` is a sequence number: then the oldest calls come first, without it the newest are meant.

    `since_s` and `until_s` are epoch seconds of the calls' starts. `filters` maps names of FILTERS to texts.
    """

    limit: int = LIMIT_DEFAULT
    after: int | None = None
    since_s: float = -math.inf
    until_s: float = math.inf
    newest_first: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the filters ready."""
        object.__setattr__(self, "_fits", _all_of(self.filters))

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> "CallQuery":
        """Read the parameters of a request; raises SettingInvalid, in words, for those that make no sense."""
        unknown = sorted(set(parameters) - {*FILTERS, *_OTHERS})
        if unknown:
            raise SettingInvalid(f"calls have no {unknown[0]!r}, expected some of {', '.join((*FILTERS, *_OTHERS))}")
        order = parameters.get("order", ORDERS[0])
        if order not in ORDERS:
            raise SettingInvalid(f"order is {order!r}, expected oldest or newest (which come first)")
        since_s, until_s = _instant("since", parameters, -math.inf), _instant("until", parameters, math.inf)
        if since_s > until_s:
            raise SettingInvalid("since is later than until, expected it to be earlier")
        return cls(
            limit=_whole("limit", parameters, LIMIT_DEFAULT, 1, LIMIT_MAX),
            after=_whole("after", parameters, 0, 0, 2**63) if "after" in parameters else None,
            since_s=since_s,
            until_s=until_s,
            newest_first=order == "newest",
            filters={name: parameters[name] for name in FILTERS if parameters.get(name)},
        )

    def fits(self, record: CallRecord) -> bool:
        """Tell whether a call is one of those that are meant."""
        if not self.since_s <= record.started_at_s <= self.until_s or record.sequence <= (self.after or 0):
            return False
        fits: Fits = self._fits  # type: ignore[attr-defined]
        return fits(record)

    def page(self, records: list[CallRecord]) -> Page:
        """Return the page of `records` (oldest first) that is asked for."""
        from_the_end = self.after is None
        chosen: list[CallRecord] = []
        more = False
        for record in reversed(records) if from_the_end else records:
            if self.fits(record):
                if len(chosen) == self.limit:
                    more = True
                    break
                chosen.append(record)
        return Page(chosen if from_the_end == self.newest_first else chosen[::-1], more)


def _all_of(filters: Mapping[str, str]) -> Fits:
    tests = [_TESTS[name](text) for name, text in filters.items() if name not in ("resource", "key")]
    if "resource" in filters or "key" in filters:
        tests.append(_target(filters.get("resource", "*"), filters.get("key", "*")))
    if not tests:
        return lambda _: True
    return tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests)


def _target(resource: str, key: str) -> Fits:
    of_resource, of_key = _named_by_end(resource), _key(key)
    if resource == "*":  # also what names no resource
        return lambda record: any(of_key(one.key) for one in record.targets)
    return lambda record: any(of_resource(one.resource) and of_key(one.key) for one in record.targets)


def _glob(text: str) -> Callable[[str], bool]:
    if "*" not in text:
        return text.__eq__
    pattern = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
    return lambda value: pattern.fullmatch(value) is not None


def _named_by_end(text: str) -> Callable[[str], bool]:
    whole, end = _glob(text), _glob(f"*-{text}")
    return lambda value: whole(value) or end(value)


def _key(text: str) -> Callable[[str], bool]:
    whole = _glob(text)
    if "=" in text:
        return whole
    return lambda value: whole(value) or whole(_values(value))


def _values(key: str) -> str:
    """Return `a,b` of `PK=a,SK=b`."""
    return ",".join(part.partition("=")[2] for part in key.split(",")) if "=" in key else key


def _execution(text: str) -> Fits:
    whole = _glob(text)

    def fits(record: CallRecord) -> bool:
        arn = record.bound_execution()
        return bool(arn) and (whole(arn) or whole(arn.rpartition(":")[2]))

    return fits


def _outcome(text: str) -> Fits:
    if text in OUTCOMES:
        return lambda record: record.outcome == text
    whole = _glob(text)
    return lambda record: bool(record.error_code) and whole(record.error_code)


def _fault(text: str) -> Fits:
    whole = _glob(text)

    def fits(record: CallRecord) -> bool:
        fault = record.fault
        if not fault:
            return False
        return any(whole(str(fault[name])) for name in ("id", "name", "kind") if fault.get(name))

    return fits


def _principal(text: str) -> Fits:
    """Mean a session by its role, its name, `role/session`, or one of its tags (`TenantId=t-1`); `*` by any."""
    whole, named = _glob(text), _named_by_end(text)

    def fits(record: CallRecord) -> bool:
        by = record.principal
        if by is None:
            return False
        told = (by.session, f"{by.role}/{by.session}", *(f"{key}={value}" for key, value in by.tags.items()))
        return named(by.role) or any(whole(one) for one in told)

    return fits


def _field(name: str) -> Callable[[str], Fits]:
    def test(text: str) -> Fits:
        whole = _glob(text)
        return lambda record: whole(getattr(record, name))

    return test


def _caller(text: str) -> Fits:
    named = _named_by_end(text)
    return lambda record: bool(record.caller) and named(record.caller)


_TESTS: dict[str, Callable[[str], Fits]] = {
    **{name: _field(name) for name in ("trace", "service", "operation", "account", "region")},
    "execution": _execution,
    "caller": _caller,
    "outcome": _outcome,
    "fault": _fault,
    "principal": _principal,
}


def _whole(name: str, parameters: Mapping[str, str], default: int, least: int, most: int) -> int:
    text = parameters.get(name, str(default))
    if not re.fullmatch(r"\d{1,19}", text, re.ASCII) or not least <= int(text) <= most:
        raise SettingInvalid(f"{name} is {text!r}, expected a whole number from {least} to {most}")
    return int(text)


def _instant(name: str, parameters: Mapping[str, str], default: float) -> float:
    text = parameters.get(name)
    if text is None:
        return default
    if re.fullmatch(r"\d{1,11}(\.\d+)?", text, re.ASCII):
        return float(text)
    try:
        # A plus sign in a URL's query means a space; an offset has one.
        instant = datetime.fromisoformat(text.strip().replace(" ", "+"))
        if instant.tzinfo is not None:
            return instant.timestamp()
    except (ValueError, OverflowError):
        pass
    raise SettingInvalid(
        f"{name} is {text[:80]!r}, expected epoch seconds or an instant with its offset, as 2026-11-21T15:00:00Z"
    )
