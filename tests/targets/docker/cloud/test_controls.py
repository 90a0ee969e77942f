"""What the docker target tells of itself, what it lacks, and what it forgets."""

import asyncio
from typing import Any, cast

import pytest

from harness.edge.call import Call, Namespace
from harness.edge.controls import Watched
from harness.errors import TargetLacks
from harness.targets.docker.cloud import controls as of_docker
from harness.targets.docker.cloud.behind import Behind
from harness.targets.docker.cloud.controls import DockerControls
from harness.targets.docker.cloud.engines import Engines
from harness.targets.docker.cloud.settings import Settings
from tests.targets.docker.cloud.emulators import HERE, Pair
from tests.targets.docker.cloud.test_resetting import Stacks


class Parts:
    """Remembers what was reset."""

    def __init__(self) -> None:
        self.resets: list[Namespace | None] = []

    def serves(self, call: Call) -> bool:
        return False

    async def reset(self, namespace: Namespace | None) -> None:
        self.resets.append(namespace)

    def describe(self) -> dict[str, object]:
        return {"engine": "fake"}


def controls_of(pair: Pair, **settings: Any) -> tuple[DockerControls, Parts, Behind]:
    parts, behind = Parts(), Behind({})
    engines = Engines(cast("Any", Stacks("arn:a")), cast("Any", pair.local), cast("Any", None), cast("Any", parts),
                      pair.places, pair.dynamodb, None)  # fmt: skip
    return DockerControls(Settings(**settings), behind, engines), parts, behind


def test_description_tells_target_images_and_where_tables_are() -> None:
    controls, _, _ = controls_of(Pair(), images={"localstack": "localstack/localstack:4.14.0"})

    told = controls.describe()

    assert (told["target"], told["container_images"]) == ("docker", {"localstack": "localstack/localstack:4.14.0"})
    assert (told["tables_in"], told["rds_data"]) == ({"localstack": 0, "dynamodb": 0}, None)
    assert isinstance(controls, Watched)


def test_kills_are_refused_because_functions_are_out_of_reach() -> None:
    controls, _, _ = controls_of(Pair())

    assert controls.functions() == []
    with pytest.raises(TargetLacks, match="'adapter'"):
        controls.kill_function("adapter")
    with pytest.raises(TargetLacks):
        controls.kill_invocation("1")


def test_account_is_emptied_when_it_is_reset() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")
    pair.localstack.make("Wallets", account="111111111111")
    controls, parts, _ = controls_of(pair)

    async def run() -> None:
        await pair.put("Wallets", "a")
        await controls.reset(HERE)

    asyncio.run(run())

    assert list(pair.localstack.tables) == [("111111111111", "Wallets")]
    assert (pair.local.tables, parts.resets) == ({}, [HERE])


def test_localstack_is_excused_while_it_restarts_for_a_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Pair()
    pair.localstack.make("Wallets")
    controls, parts, behind = controls_of(pair)
    excused: list[set[str]] = []

    async def restart(_: str) -> None:
        excused.append(set(behind.excused))

    monkeypatch.setattr(of_docker, "restart_localstack", restart)

    async def run() -> None:
        await pair.put("Wallets", "a")
        await controls.reset()

    asyncio.run(run())

    assert (excused, behind.excused, parts.resets) == ([{"localstack"}], set(), [None])
    assert pair.local.tables == {}


def test_copies_go_too_that_were_made_until_localstack_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Pair()
    pair.localstack.make("Wallets")
    controls, _, _ = controls_of(pair)

    async def restart(_: str) -> None:
        await pair.put("Wallets", "late")
        pair.localstack.tables.clear()

    monkeypatch.setattr(of_docker, "restart_localstack", restart)

    async def run() -> int:
        await controls.reset()
        return (await pair.put("Wallets", "a")).status

    assert asyncio.run(run()) == 400
    assert pair.local.tables == {}
