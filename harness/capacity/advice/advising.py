"""Looks at every resource of a picture and says what to do, the most refused first."""

from collections.abc import Iterator

from harness.capacity.advice.case import ACCESSES, Access, Advice, Case
from harness.capacity.advice.hot_keys import hot_key, shards_for, share_of
from harness.capacity.advice.throughput import account, draining, growth, maximum, starved
from harness.capacity.advice.words import counted, told_key, told_number, told_share
from harness.capacity.charge import Cause
from harness.capacity.picture import HeatPicture

# From this part of its cap on a partition is hot.
HOT = 0.8
# A tenant with so much of a resource's heat crowds others that are throttled beside it.
CROWDING_SHARE = 0.5
_WEIGHTS = ("act", "watch", "fine")


def advise(picture: HeatPicture) -> list[Advice]:
    """Return advice, what is most urgent first; a picture with nothing wrong gets one that says so."""
    cases = [Case(picture, table, heat) for table in picture.tables for heat in table.resources]
    found = [one for case in cases for one in _of(case)]
    if not found and cases:
        found.append(_fine(cases))
    return sorted(found, key=lambda one: (_WEIGHTS.index(one.weight), -one.throttled))


def _of(case: Case) -> Iterator[Advice]:
    for access in ACCESSES:
        for cause, advice in ((Cause.PROVISIONED, starved), (Cause.MAXIMUM, maximum), (Cause.ACCOUNT, account)):
            refused = case.refused(access, cause)
            if refused:
                yield advice(case, access, refused)
        refused = case.refused(access, Cause.KEY_RANGE)
        if refused:
            yield _key_range(case, access, refused)
    yield from filter(None, (_crowding(case), draining(case), _nearly(case)))


def _key_range(case: Case, access: Access, refused: int) -> Advice:
    # An on-demand table that grows too fast is told with the same reason, but then it was no partition that refused.
    of_partitions = sum(sum(one.throttled) for one in case.heat.partitions)
    of_ranges = sum(case.refused(one, Cause.KEY_RANGE) for one in ACCESSES)
    if case.table.billing == "PAY_PER_REQUEST" and 2 * of_partitions < of_ranges:
        return growth(case, access, refused)
    return hot_key(case, access, refused)


def _crowding(case: Case) -> Advice | None:
    if len(case.heat.tenants) < 2 or not case.throttled:
        return None
    first = max(case.heat.tenants, key=lambda one: one.share)
    others = [one for one in case.heat.tenants if one is not first]
    hurt = sum(one.throttled for one in others)
    if first.share < CROWDING_SHARE or not hurt:
        return None
    access: Access = "Write" if first.write_units >= first.read_units else "Read"
    share, limit = share_of(case, first, access), case.allowed(access) / len(case.heat.tenants)
    name = told_key(first.key)
    why = (
        f"{name} takes {told_share(first.share)} of the heat of {case.name}, {told_share(share)} of its "
        f"{access.lower()}s; "
        f"{counted(sum(1 for one in others if one.throttled), 'other tenant')} had {counted(hurt, 'request')} refused."
    )
    what = (
        f"Limit each tenant before the table: {told_number(case.aws(limit))} {access.lower()} units/s is an even share "
        f"among {len(case.heat.tenants)}. Give a tenant that needs more a table, or "
        f"{shards_for(case.asked_of(first, access), case.cap(access))} shards, of its own."
    )
    return case.advice("crowding tenant", f"limit {name}", why, what, about=hurt)


def _nearly(case: Case) -> Advice | None:
    """Return a warning about a partition that is nearly full; None where it is not, or requests are refused already."""
    if case.throttled or case.fullest_part < HOT:
        return None
    pairs = [(case.fullest(one, access), one.number, access) for one in case.heat.partitions for access in ACCESSES]
    part, number, access = max(pairs, key=lambda pair: pair[0])
    key = case.heat.keys[0] if case.heat.keys else None
    told = f" Its hottest key is {told_key(key.key)} with {told_share(key.share)} of all heat." if key else ""
    why = f"partition {number} of {case.name} ran at {told_share(part)} of its {access.lower()} cap.{told}"
    asked = case.cap(access) * part
    shards = shards_for(2 * asked, case.cap(access))
    what = f"Nothing is refused yet; with twice the load it is. {shards} shards would carry that."
    return case.advice("nearly full", f"a partition of {case.name} is nearly full", why, what, weight="watch")


def _fine(cases: list[Case]) -> Advice:
    tightest = max(cases, key=lambda case: case.nearest_part)
    part = tightest.nearest_part
    if part <= 0:
        return Advice("nothing wrong", "fine", "", "", "nothing to do", "no units were consumed so far.", "")
    why = (
        f"nothing was refused. {tightest.name} came closest, with {told_share(part)} of {tightest.nearest_limit}: "
        f"{1 / part:.1f} times that load would reach it."
    )
    return Advice("nothing wrong", "fine", tightest.table.table, tightest.heat.resource, "nothing to do", why, "")
