"""Expired items stay for the lag and then go, whoever wrote them and however TTL was switched on."""

import asyncio
import time

import pytest

from harness.edge.changes import TableEvent
from harness.edge.ttl import expiries, watched
from tests.edge.ttl.engine import DAY_S, HERE, THERE, World, run, session

NOW_S = time.time()


def test_expired_item_is_still_there_when_the_lag_has_not_passed() -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.engine.put(session("old", NOW_S - 1))

        assert await world.expired() == 0
        world.clock.advance(1.9 * DAY_S)
        assert await world.expired() == 0
        world.clock.advance(0.2 * DAY_S)
        assert await world.expired() == 1
        assert world.engine.names() == []

    run(story)


def test_item_is_deleted_when_it_was_there_before_ttl_was_switched_on() -> None:
    async def story(world: World) -> None:
        world.engine.put(session("old", NOW_S - 1), told=False)
        await world.enable()

        assert await world.expired() == 1

    run(story, lag_s=0.0)


def test_item_is_deleted_when_ttl_was_switched_on_past_the_edge() -> None:
    async def story(world: World) -> None:
        world.engine.enable()
        world.engine.put(session("old", NOW_S - 1))

        assert await world.expired() == 1

    run(story, lag_s=0.0)


def test_all_pages_are_read_when_the_table_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "PAGE_ITEMS", 7)

    async def story(world: World) -> None:
        for number in range(100):
            world.engine.put(session(f"s-{number:03}", NOW_S - 1 if number % 2 else NOW_S + DAY_S), told=False)
        await world.enable()

        assert await world.expired() == 50
        assert len(world.engine.names()) == 50

    run(story, lag_s=0.0)


def test_nothing_is_left_when_more_items_expire_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiries.Expiries.__init__, "__defaults__", (10,))

    async def story(world: World) -> None:
        for number in range(100):
            world.engine.put(session(f"s-{number:03}", NOW_S - 1 - number // 20), told=False)
        await world.enable()

        assert await world.expired() == 100
        assert world.engine.names() == []

    run(story, lag_s=0.0)


@pytest.mark.parametrize(
    "value",
    [
        {"S": "1000000000"},
        {"N": str(NOW_S - 6 * 365.25 * DAY_S)},
        {"N": str(NOW_S * 1000)},
        {"NULL": True},
        {"L": [{"N": "1"}]},
    ],
    ids=["text", "over five years ago", "milliseconds", "null", "list"],
)
def test_item_stays_when_its_attribute_is_no_expiry(value: object) -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.engine.put({"SessionID": {"S": "s"}, "ExpiresAt": value})
        world.engine.put(session("none", None))

        assert await world.expired() == 0
        assert world.engine.names() == ["none", "s"]

    run(story, lag_s=0.0)


def test_item_goes_when_the_clock_jumps_far_beyond_its_expiry() -> None:
    async def story(world: World) -> None:
        await world.enable()
        await world.expired()
        world.engine.put(session("soon", NOW_S + DAY_S))
        world.clock.advance(7 * 366 * DAY_S)

        assert await world.expired() == 1

    run(story)


def test_renewal_wins_when_it_comes_at_the_same_time() -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.engine.put(session("s", NOW_S - 1))
        await world.room.settle()
        world.engine.put(session("t", NOW_S - 1))
        world.engine.before_delete = lambda: world.engine.put(session("t", NOW_S + DAY_S))

        assert await world.expired() == 0
        assert world.engine.names() == ["t"]
        world.engine.before_delete = lambda: None
        world.clock.advance(2 * DAY_S)
        assert await world.expired() == 1

    run(story, lag_s=0.0)


def test_renewal_is_learned_when_it_was_made_past_the_edge() -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.engine.put(session("s", NOW_S - 1))
        world.engine.put(session("s", NOW_S + DAY_S), told=False)

        assert await world.expired() == 0
        world.clock.advance(2 * DAY_S)
        assert await world.expired() == 1

    run(story, lag_s=0.0)


def test_nothing_happens_when_the_engine_deleted_the_item_by_itself() -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.engine.put(session("s", NOW_S - 1))
        world.engine.items[HERE, "sessions"].clear()

        assert await world.expired() == 0
        (table,) = world.room._sweeper.tables.values()
        assert (len(table.expiries), table.retry_at_s) == (0, 0.0)

    run(story, lag_s=0.0)


def test_renewal_counts_when_it_comes_while_the_table_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "PAGE_ITEMS", 1)

    async def story(world: World) -> None:
        for name in ("a", "b", "c"):
            world.engine.put(session(name, NOW_S - 1), told=False)
        await world.enable()
        sweep = asyncio.create_task(world.room.settle())
        while world.engine.asked.count("Scan") < 2:
            await asyncio.sleep(0)
        world.engine.put(session("a", NOW_S + DAY_S))
        world.engine.put(session("c", NOW_S + DAY_S))

        assert (await sweep)["expired"] == 1
        assert world.engine.names() == ["a", "c"]
        world.clock.advance(2 * DAY_S)
        assert await world.expired() == 2

    run(story, lag_s=0.0)


def test_delete_is_the_systems_when_an_item_expired() -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.engine.put(session("s", NOW_S - 1))
        await world.expired()

        (call,) = world.engine.seen_by_delete
        assert call.marks["system"] is True
        assert [changes.cause.system for changes in world.told] == [False, True]

    run(story, lag_s=0.0)


def test_delete_is_tried_again_when_the_engine_failed() -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.engine.put(session("s", NOW_S - 1))
        world.engine.put(session("t", NOW_S - 1))
        world.engine.fails_with = "InternalServerError"
        assert await world.expired() == 0

        world.engine.fails_with = ""
        (table,) = world.room._sweeper.tables.values()
        assert table.retry_at_s > time.monotonic()
        table.retry_at_s = 0.0
        assert await world.expired() == 2

    run(story, lag_s=0.0)


def test_table_is_forgotten_when_it_is_gone() -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.engine.put(session("s", NOW_S - 1))
        del world.engine.items[HERE, "sessions"]

        assert await world.expired() == 0
        assert world.room._sweeper.tables == {}

    run(story, lag_s=0.0)


def test_items_are_not_carried_over_when_a_table_is_made_anew() -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.engine.put(session("s", NOW_S + DAY_S))
        await world.ask("DeleteTable", {})
        world.engine.make()
        world.engine.put(session("s", NOW_S + DAY_S))
        world.clock.advance(2 * DAY_S)

        assert await world.expired() == 0
        assert world.engine.names() == ["s"]

    run(story, lag_s=0.0)


def test_table_is_forgotten_when_the_engine_tells_that_it_is_gone() -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.feed.publish_table(TableEvent(HERE, "sessions", NOW_S, "deleted"))

        assert world.room._sweeper.tables == {}

    run(story)


def test_key_is_asked_for_again_when_a_table_is_made_anew_past_the_edge() -> None:
    async def story(world: World) -> None:
        await world.enable()
        await world.expired()
        assert world.schemas.known(HERE, "sessions") is not None
        world.feed.publish_table(TableEvent(HERE, "sessions", NOW_S, "deleted"))

        assert world.schemas.known(HERE, "sessions") is None

    run(story)


def test_item_stays_when_ttl_was_switched_off() -> None:
    async def story(world: World) -> None:
        await world.enable()
        world.engine.put(session("s", NOW_S - 1))
        await world.enable(enabled=False)

        assert await world.expired() == 0
        assert world.engine.names() == ["s"]

    run(story, lag_s=0.0)


@pytest.mark.parametrize(
    ("was_enabled", "enabled", "attribute", "words"),
    [
        (True, True, "ExpiresAt", "TimeToLive is already enabled"),
        (False, False, "ExpiresAt", "TimeToLive is already disabled"),
        (
            True,
            True,
            "Other",
            "TimeToLive is active on a different AttributeName: current AttributeName is ExpiresAt",
        ),
        (
            True,
            False,
            "Other",
            "TimeToLive is active on a different AttributeName: current AttributeName is ExpiresAt",
        ),
    ],
)
def test_setting_is_refused_when_it_is_so_already(was_enabled: bool, enabled: bool, attribute: str, words: str) -> None:
    async def story(world: World) -> None:
        if was_enabled:
            await world.enable()
        answer = await world.enable(attribute, enabled=enabled)

        assert answer.status == 400
        assert "ValidationException" in answer.document["__type"]
        assert answer.document["message"] == words

    run(story)


def test_upstream_says_what_is_wrong_when_there_is_no_such_table() -> None:
    async def story(world: World) -> None:
        specification = {"Enabled": True, "AttributeName": "ExpiresAt"}
        answer = await world.ask("UpdateTimeToLive", {"TableName": "nothing", "TimeToLiveSpecification": specification})

        assert answer.document["__type"].endswith("ResourceNotFoundException")

    run(story)


def test_description_has_no_attribute_when_ttl_was_switched_off() -> None:
    async def story(world: World) -> None:
        await world.enable()
        on = await world.ask("DescribeTimeToLive", {})
        await world.enable(enabled=False)
        off = await world.ask("DescribeTimeToLive", {})

        assert on.document["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ExpiresAt"}
        assert off.document["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}

    run(story)


def test_namespaces_have_settings_of_their_own_when_tables_have_the_same_name() -> None:
    async def story(world: World) -> None:
        world.engine.make(namespace=THERE)
        await world.enable()
        for namespace in (HERE, THERE):
            world.engine.put(session("s", NOW_S - 1), namespace=namespace)

        assert await world.expired() == 1
        assert (world.engine.names(), world.engine.names(namespace=THERE)) == ([], ["s"])

    run(story, lag_s=0.0)


def test_other_namespaces_keep_theirs_when_one_is_forgotten() -> None:
    async def story(world: World) -> None:
        world.engine.make(namespace=THERE)
        for namespace in (HERE, THERE):
            world.engine.enable(namespace=namespace)
            world.engine.put(session("s", NOW_S + DAY_S), namespace=namespace)
        await world.expired()
        await world.room.forget(HERE)
        world.clock.advance(2 * DAY_S)

        assert await world.expired() == 1
        assert (world.engine.names(), world.engine.names(namespace=THERE)) == (["s"], [])

    run(story, lag_s=0.0)


def test_items_are_deleted_without_being_asked_when_the_room_runs() -> None:
    async def story(world: World) -> None:
        await world.room.start()
        await world.enable()
        world.engine.put(session("s", time.time() + 0.2))
        async with asyncio.timeout(5):
            while world.engine.names():
                await asyncio.sleep(0.01)
        await world.room.stop()

        assert time.time() >= float(world.told[0].changes[0].after["ExpiresAt"]["N"])  # type: ignore[index]

    run(story, lag_s=0.0)


def test_sweeps_go_on_when_one_failed(caplog: pytest.LogCaptureFixture) -> None:
    async def story(world: World) -> None:
        async def broken(_: object) -> None:
            raise ConnectionError("gone")

        world.room.stand_before(broken)  # type: ignore[arg-type]
        await world.room.start()
        world.engine.enable()
        world.engine.put(session("s", NOW_S - 1))
        async with asyncio.timeout(5):
            while not caplog.records:
                await asyncio.sleep(0.01)
        world.room.stand_before(world.engine)
        world.clock.advance(1)
        async with asyncio.timeout(5):
            while world.engine.names():
                await asyncio.sleep(0.01)
        await world.room.stop()

    run(story, lag_s=0.0)


def test_nothing_is_asked_of_the_engine_when_changes_pass_tables_without_ttl() -> None:
    async def story(world: World) -> None:
        world.engine.put(session("s", NOW_S - 1))
        await world.expired()
        asked = len(world.engine.asked)
        for _ in range(100):
            world.engine.put(session("s", NOW_S - 1))
            await world.expired()

        assert len(world.engine.asked) == asked

    run(story, lag_s=0.0)
