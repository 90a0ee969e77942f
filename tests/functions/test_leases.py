"""Who gets a worker: reuse, bounds, order of arrival, and no deadlock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.targets.embedded.functions.leases import Lease, Leases
from harness.waiting import wait_until


class Hand:
    """Stands for a worker."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.idle_since_s = 0.0


class Desk:
    """Leases, with what left them."""

    def __init__(
        self,
        per_function_max: int = 2,
        total_max: int = 3,
        spare_after_s: float = 0.0,
        spare_min: int | None = None,
    ) -> None:
        self.ended: list[str] = []
        self.leases: Leases[Hand] = Leases(
            per_function_max=per_function_max,
            total_max=total_max,
            spare_min=spare_min,
            spare_after_s=spare_after_s,
            end=lambda hand: self.ended.append(hand.name),
        )

    def take(self, family: str, key: str = "v1", within_s: float = 0) -> Lease[Hand]:
        lease = self.leases.take(family, (family, key), within_s)
        assert lease is not None
        return lease

    def is_refused(self, family: str) -> bool:
        return self.leases.take(family, (family, "v1"), 0) is None

    def idle(self, family: str, *names: str) -> None:
        for lease, name in [(self.take(family), name) for name in names]:
            self.leases.give_back(lease, Hand(name))

    def await_queue(self, length: int) -> None:
        wait_until("callers queue", lambda: len(self.leases._waiting) == length, within_s=2)


def test_worker_used_last_is_reused_first_when_several_are_idle() -> None:
    desk = Desk()
    desk.idle("a", "first", "second")

    assert [desk.take("a").worker.name for _ in range(2)] == ["second", "first"]  # type: ignore[union-attr]


def test_lease_is_refused_when_the_function_is_at_its_bound() -> None:
    desk = Desk(per_function_max=2, total_max=9)
    desk.take("a")
    desk.take("a")

    assert desk.is_refused("a")


def test_longest_idle_of_another_function_ends_when_the_total_is_reached() -> None:
    desk = Desk(per_function_max=2, total_max=3)
    desk.idle("a", "old", "new")
    desk.idle("b", "newest")

    lease = desk.take("c")

    assert lease.worker is None
    assert desk.ended == ["old"]


def test_second_worker_is_refused_but_not_the_first_when_all_are_busy() -> None:
    desk = Desk(per_function_max=3, total_max=3)
    for _ in range(3):
        desk.take("a")

    desk.take("b")

    assert desk.is_refused("b")


def test_leases_are_granted_in_order_of_arrival_when_callers_wait(background: ThreadPoolExecutor) -> None:
    desk, order = Desk(per_function_max=1, total_max=9), []
    held = desk.take("a")

    def use(number: int) -> None:
        lease = desk.take("a", within_s=5)
        order.append(number)
        desk.leases.drop(lease, None)

    waiting = []
    for number in range(4):
        waiting.append(background.submit(use, number))
        desk.await_queue(number + 1)
    desk.leases.drop(held, None)
    for one in waiting:
        one.result(20)

    assert order == [0, 1, 2, 3]


def test_waiting_function_gets_the_slot_of_another_when_that_becomes_idle(background: ThreadPoolExecutor) -> None:
    desk = Desk(per_function_max=3, total_max=2)
    first, _ = desk.take("a"), desk.take("b")
    waiting = background.submit(desk.take, "b", within_s=5)
    desk.await_queue(1)

    desk.leases.give_back(first, Hand("idle now"))

    assert waiting.result(20).worker is None
    assert desk.ended == ["idle now"]


def test_function_with_workers_waits_for_its_own_when_those_of_others_rest_only_a_moment() -> None:
    desk = Desk(per_function_max=3, total_max=2, spare_after_s=60)
    desk.idle("a", "resting")
    desk.take("b")

    assert desk.is_refused("b")
    assert desk.ended == []
    assert desk.take("c").worker is None
    assert desk.ended == ["resting"]


def test_first_workers_are_kept_when_a_burst_uses_the_spare_ones_up() -> None:
    desk = Desk(per_function_max=9, total_max=9, spare_min=6)
    desk.idle("a", "a's only one")
    desk.idle("b", "b's only one")

    granted = [desk.take("c").worker for _ in range(7)]

    assert granted == [None] * 7
    assert desk.is_refused("c")
    assert desk.ended == []


def test_spare_worker_of_another_function_ends_when_all_are_used_up() -> None:
    desk = Desk(per_function_max=9, total_max=9, spare_min=2)
    desk.idle("a", *"123")
    desk.take("b")

    assert [desk.take("b").worker for _ in range(4)] == [None] * 4
    assert desk.ended == list("12")
    assert desk.is_refused("b")


@pytest.mark.parametrize(("functions", "spare"), [(1, 3), (2, 4), (4, 8)])
def test_spare_workers_are_more_when_more_functions_are_at_work(functions: int, spare: int) -> None:
    desk = Desk(per_function_max=99, total_max=99, spare_min=3)
    for number in range(functions):
        desk.take(f"f{number}")

    for _ in range(spare):
        desk.take("f0")

    assert desk.is_refused("f0")


def test_first_workers_make_room_when_the_total_is_reached() -> None:
    desk = Desk(per_function_max=9, total_max=2, spare_min=1)
    desk.idle("a", "old")
    desk.idle("b", "new")

    desk.take("c")

    assert desk.ended == ["old"]


def test_old_workers_drain_when_a_function_changes() -> None:
    desk = Desk(per_function_max=3)
    desk.idle("a", "old and idle")
    busy = desk.take("a")
    assert busy.worker is not None
    desk.idle("a", "idle")

    desk.take("a", "v2")
    assert desk.ended == ["idle"]
    desk.leases.give_back(busy, busy.worker)

    assert desk.ended == ["idle", "old and idle"]


@pytest.mark.parametrize("empty", [lambda leases: leases.outdate(), lambda leases: leases.end_idle(0)])
def test_bound_is_free_again_when_idle_workers_end(empty: Callable[[Leases[Hand]], None]) -> None:
    desk = Desk(per_function_max=2, total_max=2)
    desk.idle("a", "1", "2")

    empty(desk.leases)

    assert sorted(desk.ended) == ["1", "2"]
    assert [desk.take("a").worker for _ in range(2)] == [None, None]


def test_waiting_callers_leave_at_once_when_the_leases_shut(background: ThreadPoolExecutor) -> None:
    desk = Desk(per_function_max=1)
    desk.take("a")
    waiting = background.submit(desk.leases.take, "a", ("a", "v1"), 30)
    desk.await_queue(1)

    desk.leases.shut()

    assert waiting.result(20) is None
    assert desk.is_refused("a")
