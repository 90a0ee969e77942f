"""A picture in one sentence, and whether that is good news."""

from dataclasses import dataclass
from typing import Literal

from harness.capacity.advice.advising import HOT
from harness.capacity.advice.case import ACCESSES, Access, Case
from harness.capacity.advice.hot_keys import KEY_SHARE_MIN, share_of
from harness.capacity.advice.words import counted, told_key, told_share
from harness.capacity.charge import Cause
from harness.capacity.picture import HeatPicture

_WHY_BY_CAUSE = {
    Cause.PROVISIONED: "asks for more {access}s than are provisioned",
    Cause.ACCOUNT: "meets the account's quota of {access}s",
    Cause.KEY_RANGE: "is too hot in part of its keys",
    Cause.MAXIMUM: "meets its own maximum of {access}s",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence, and its mood: good, unsure (something is nearly full) or bad (requests were refused)."""

    headline: str
    mood: Literal["good", "unsure", "bad"]


def verdict_of(picture: HeatPicture) -> Verdict:
    """Return a picture's verdict in words."""
    cases = [Case(picture, table, heat) for table in picture.tables for heat in table.resources]
    worst = max(cases, key=lambda case: case.throttled, default=None)
    if worst is None:
        return Verdict("no table was asked for anything so far", "good")
    if not worst.throttled:
        return _quiet(cases)
    others = sum(1 for case in cases if case.throttled) - 1
    more = f"; so {'is' if others == 1 else 'are'} {others} more" if others else ""
    return Verdict(f"{_key_told(worst) or _cause_told(worst)}{more}", "bad")


def _quiet(cases: list[Case]) -> Verdict:
    fullest = max(cases, key=lambda case: case.nearest_part)
    part = fullest.nearest_part
    if part <= 0:
        return Verdict("nothing was refused, and no units were consumed", "good")
    told = f"nothing was refused; {fullest.name} came to {told_share(part)} of {fullest.nearest_limit}"
    return Verdict(told, "unsure" if fullest.fullest_part >= HOT else "good")


def _key_told(case: Case) -> str:
    """Return the sentence about a hot key; "" where no single key is to blame."""
    key = case.heat.throttled_keys[0] if case.heat.throttled_keys else None
    hot = sum(case.refused(access, Cause.KEY_RANGE) for access in ACCESSES)
    if key is None or hot * 2 < case.throttled or key.throttled < KEY_SHARE_MIN * case.throttled:
        return ""
    access: Access = "Write" if case.refused("Write", Cause.KEY_RANGE) * 2 >= hot else "Read"
    share = told_share(share_of(case, key, access))
    return (
        f"1 key takes {share} of the {access.lower()}s of {case.name} and {_refused(case)}: "
        f"{told_key(key.key)}, {counted(min(key.throttled, case.throttled), 'request')}"
    )


def _cause_told(case: Case) -> str:
    reason, _ = max(case.heat.throttles.items(), key=lambda pair: pair[1])
    access = "read" if "Read" in reason[:10] else "write"
    cause = next((one for one in _WHY_BY_CAUSE if reason.endswith(one)), None)
    why = _WHY_BY_CAUSE[cause].format(access=access) if cause else "has too little capacity"
    return f"{case.name} {why} and {_refused(case)}: {counted(case.throttled, 'request')}"


def _refused(case: Case) -> str:
    return "is throttled" if case.table.enforced else "would be throttled"
