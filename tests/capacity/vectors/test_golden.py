"""The golden cases, by whole slices: what is documented holds in plans as it holds live."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest

from harness.capacity.charge import position_of
from harness.capacity.vectors import Group, KeySpace, Kind, KindCharge, Options, Outcome, Slice, simulate
from tests.capacity.golden.case import Ask, Expect, Flow, GoldenCase
from tests.capacity.golden.cases import CASES

ITEMS = "items"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_statement_holds_when_requests_come_in_slices(case: GoldenCase) -> None:
    asks = list(case.asks())
    items = [item_of(ask) for ask in asks]
    space, ids = space_of(set(items))
    outcome = simulate(
        {case.shape.name: case.shape},
        {ITEMS: space},
        slices_of(asks, [ids[item] for item in items], {flow.name: kind_of(case, flow) for flow in case.flows}),
        case.parameters,
        scaling={(case.shape.name, *of): rule for of, rule in case.scaling.items()},
        options=Options(step_s=1.0),
    )

    for expect in case.expects:
        share, slack = share_of(outcome, expect)
        assert expect.least - slack <= share <= expect.most + slack, expect
    expected = {expect.reason for expect in case.expects if expect.reason}
    throttles = {reason for table in outcome.picture.tables for one in table.resources for reason in one.throttles}
    assert expected <= throttles


def kind_of(case: GoldenCase, flow: Flow) -> Kind:
    table = case.shape.name
    asked = KindCharge(table, "", ITEMS, flow.read_units, flow.write_units, flow.consistent)
    index = (KindCharge(table, flow.index, ITEMS, flow.read_units, flow.write_units, flow.consistent),)
    return Kind(flow.name, (asked, *(index if flow.index else ())))


def item_of(ask: Ask) -> tuple[str, str]:
    place = ask.flow.charges(ask.number)[0].place
    return place.partition_key.removeprefix("pk="), place.sort


def space_of(found: set[tuple[str, str]]) -> tuple[KeySpace, dict[tuple[str, str], int]]:
    """Return the space of all items, ranked by sort key, and each item's id in it."""
    items = sorted(found, key=lambda item: (item[1], item[0]))
    sorts = sorted({sort for _, sort in items})
    rank = {sort: number / len(sorts) for number, sort in enumerate(sorts)}
    positions = np.array([position_of(key.encode()) for key, _ in items], np.uint64)
    ranks = np.array([rank[sort] for _, sort in items]) if len(sorts) > 1 else None
    return KeySpace(ITEMS, positions, lambda at: items[at][0], ranks), {item: at for at, item in enumerate(items)}


def slices_of(asks: list[Ask], ids: list[int], kinds: dict[str, Kind]) -> Iterator[Slice]:
    by_second: defaultdict[int, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for ask, one in zip(asks, ids, strict=True):
        by_second[int(ask.at_s)][ask.flow.name].append(one)
    for second in range(max(by_second) + 1):
        groups = [Group(kinds[name], {ITEMS: np.array(keys)}) for name, keys in by_second[second].items()]
        yield Slice(float(second), tuple(groups))


def share_of(outcome: Outcome, expect: Expect) -> tuple[float, float]:
    """Return the share of a flow's requests that was throttled in a stretch, and what two requests are of it.

    Seconds that the stretch only touches are left out, as is the second in which something changes.
    """
    kind = next(kind for kind in outcome.kinds if kind.name == expect.flow)
    seconds = slice(int(expect.from_s), int(expect.until_s))
    offered = sum(kind.offered_by_step[seconds])
    assert offered, expect
    return sum(kind.throttled_by_step[seconds]) / offered, 2 / offered
