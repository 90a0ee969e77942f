"""Settings kept from an engine that would delete by itself: it never learns of them, and clients see no difference."""

import time
from pathlib import Path
from typing import Any

import pytest

from harness.edge.ttl import Settings
from harness.errors import SettingInvalid
from tests.edge.ttl.engine import HERE, THERE, World, run, session

NOW_S = time.time()
ON = {"TimeToLiveStatus": "ENABLED", "AttributeName": "ExpiresAt"}
OFF = {"TimeToLiveStatus": "DISABLED"}


async def described(world: World) -> Any:
    return (await world.ask("DescribeTimeToLive", {})).document["TimeToLiveDescription"]


def test_engine_is_told_nothing_and_the_client_sees_ttl_when_settings_are_held() -> None:
    async def story(world: World) -> None:
        answer = await world.enable()

        assert answer.document == {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ExpiresAt"}}
        assert world.engine.ttl == {}
        assert await described(world) == ON
        world.engine.put(session("s", NOW_S - 1))
        assert await world.expired() == 1

    run(story, lag_s=0.0, held=Settings(held=True))


def test_ttl_is_off_for_all_when_it_was_switched_off_again() -> None:
    async def story(world: World) -> None:
        await world.enable()
        await world.enable(enabled=False)
        world.engine.put(session("s", NOW_S - 1))

        assert await described(world) == OFF
        assert await world.expired() == 0
        assert (await world.enable(enabled=False)).document["message"] == "TimeToLive is already disabled"

    run(story, lag_s=0.0, held=Settings(held=True))


def test_engine_is_told_when_ttl_that_was_set_past_the_edge_is_switched_off() -> None:
    async def story(world: World) -> None:
        world.engine.enable()
        assert await described(world) == ON
        await world.enable(enabled=False)

        assert world.engine.ttl[HERE, "sessions"]["TimeToLiveStatus"] == "DISABLED"
        assert await described(world) == OFF

    run(story, held=Settings(held=True))


def test_upstream_refuses_when_there_is_no_such_table() -> None:
    async def story(world: World) -> None:
        asked = {"TableName": "none", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "x"}}

        answer = await world.ask("UpdateTimeToLive", asked)
        assert answer.document["__type"].endswith("ResourceNotFoundException")

    run(story, held=Settings(held=True))


@pytest.mark.parametrize("operation", ["DeleteTable", "CreateTable"])
def test_table_begins_without_ttl_when_it_is_made_anew(operation: str) -> None:
    async def story(world: World) -> None:
        await world.enable()
        await world.ask(operation, {})
        world.engine.make()

        assert await described(world) == OFF

    run(story, held=Settings(held=True))


def test_settings_last_when_the_edge_is_reset() -> None:
    async def story(world: World) -> None:
        await world.enable()
        await world.room.forget(None)

        assert await described(world) == ON

    run(story, held=Settings(held=True))


def test_settings_last_when_the_edge_is_started_again(tmp_path: Path) -> None:
    file = tmp_path / "edge" / "ttl.json"
    first = Settings(held=True, file=file)
    first.hold(HERE, "sessions", "ExpiresAt")
    first.hold(THERE, "sessions", "")
    first.drop(THERE, "sessions")

    second = Settings(held=True, file=file)

    assert (second.held_of(HERE, "sessions"), second.held_of(THERE, "sessions")) == ("ExpiresAt", None)


def test_start_is_refused_when_the_file_is_broken(tmp_path: Path) -> None:
    file = tmp_path / "ttl.json"
    file.write_text("{")

    with pytest.raises(SettingInvalid, match=r"ttl\.json"):
        Settings(held=True, file=file)
