"""What a write did is found out when its answer does not tell."""

import pytest

from harness.edge.images import doubts
from tests.edge.images.engine import call_of
from tests.edge.images.stage import Stage, put, run, until, update


@pytest.mark.parametrize(("ailment", "told"), [("lost after", "2"), ("lost before", "1"), ("broken", "1")])
def test_item_is_told_as_it_is_when_the_answer_is_lost(ailment: str, told: str) -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        stage.told.clear()
        stage.engine.ailing = [ailment]

        answer = await stage.ask("PutItem", put("alice", "2"))

        assert answer.status >= 500
        assert stage.images() == [("alice", None, told)]
        await stage.room.stop()

    run(story())


def test_nothing_is_told_when_the_upstream_was_never_reached() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        stage.told.clear()
        stage.engine.ailing = ["unreached"]

        await stage.ask("PutItem", put("alice", "2"))

        assert stage.images() == []
        assert not stage.intents.open

    run(story())


@pytest.mark.parametrize(
    ("ailment", "effect", "images"),
    [("lost after", True, [("alice", "1", "2")]), ("lost before", None, []), ("broken", False, [])],
)
def test_effect_of_a_transaction_is_noted_when_its_answer_does_not_tell(
    ailment: str, effect: bool | None, images: list[tuple[str, str, str]]
) -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        stage.told.clear()
        stage.engine.ailing = [ailment]
        call = call_of("TransactWriteItems", {"TransactItems": [{"Update": update("alice", "2")}]})

        await stage.room.handle(call, stage.engine)

        assert call.marks.get("effect") is effect
        assert stage.images() == images
        await stage.room.stop()

    run(story())


def test_late_effect_is_told_when_it_comes_after_the_first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubts, "LOOK_EVERY_S", 0.01)

    async def story() -> None:
        stage = Stage()
        stage.engine.ailing = ["lost before"]
        await stage.ask("PutItem", put("alice", "1"))
        assert stage.intents.open
        stage.engine.tables["Wallets"]["alice"] = put("alice", "1")["Item"]  # the engine gets to it now

        await until(lambda: not stage.intents.open)

        assert stage.images() == [("alice", None, None), ("alice", None, "1")]

    run(story())


def test_item_stays_in_doubt_when_it_can_not_be_read_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubts, "LOOK_EVERY_S", 0.01)

    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        stage.told.clear()
        stage.engine.ailing_operations |= {"GetItem"}
        stage.engine.ailing = ["lost after", "broken", "broken", "broken"]

        await stage.ask("PutItem", put("alice", "2"))

        assert stage.images() == []
        assert stage.room.describe() == {"images": {"in_doubt": 1, "given_up": 0}}
        await until(lambda: not stage.intents.open)
        assert stage.images() == [("alice", None, "2")]

    run(story())


def test_doubt_is_settled_first_when_the_item_is_written_again() -> None:
    async def story() -> None:
        stage = Stage()
        stage.engine.ailing_operations |= {"GetItem"}
        stage.engine.ailing = ["lost after", "broken"]
        await stage.ask("PutItem", put("alice", "1"))

        await stage.ask("PutItem", put("alice", "2"))

        assert stage.images() == [("alice", None, "1"), ("alice", "1", "2")]
        assert not stage.intents.open
        await stage.room.stop()

    run(story())
