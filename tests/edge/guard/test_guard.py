"""The guard keeps transactions alone on their tables, runs a token once, and refuses what is no JSON."""

import asyncio
import tracemalloc
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from harness.edge.call import Answer, Call, Namespace
from harness.edge.clock import EdgeClock
from harness.edge.guard import Guard, Tokens
from tests.edge.images.engine import NAMESPACE, answer_of, call_of

OTHER = Namespace("111111111111", "us-east-1")
READ = ("GetItem", {"TableName": "Wallets", "Key": {"PK": {"S": "a"}}})
WRITE = ("PutItem", {"TableName": "Wallets", "Item": {"PK": {"S": "a"}}})
TRANSACTION = ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "Wallets", "Item": {"PK": {"S": "a"}}}}]})


class Upstream:
    """Holds every call until it is let go, and answers as it is told to."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.passed: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.respond: Callable[[Call], Answer] = lambda call: answer_of({"n": len(self.passed)})

    async def __call__(self, call: Call) -> Answer:
        self.inside.append(call.operation)
        try:
            await self.gate.wait()
        finally:
            self.inside.remove(call.operation)
        self.passed.append(call.operation)
        return self.respond(call)


class Stage:
    def __init__(self, **options: Any) -> None:
        self.clock = EdgeClock()
        self.upstream = Upstream()
        self.guard = Guard(self.clock, **options)

    async def ask(self, operation: str, document: Any, namespace: Namespace = NAMESPACE) -> Answer:
        return await self.guard.handle(call_of(operation, document, namespace), self.upstream)

    def begin(self, operation: str, document: Any) -> "asyncio.Task[Answer]":
        return asyncio.create_task(self.ask(operation, document))


def with_token(token: str, key: str = "a") -> tuple[str, dict[str, Any]]:
    item = {"Put": {"TableName": "Wallets", "Item": {"PK": {"S": key}}}}
    return "TransactWriteItems", {"TransactItems": [item], "ClientRequestToken": token}


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 5))


async def breathe() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (READ, WRITE, True),
        (WRITE, WRITE, True),
        (TRANSACTION, WRITE, False),
        (WRITE, TRANSACTION, False),
        (READ, TRANSACTION, False),
        (TRANSACTION, ("Scan", {"TableName": "Wallets"}), False),
        (TRANSACTION, ("PutItem", {"TableName": "arn:aws:dynamodb:us-east-1:0:table/Wallets", "Item": {}}), False),
        (TRANSACTION, ("BatchWriteItem", {"RequestItems": {"Events": [], "Wallets": []}}), False),
        (TRANSACTION, ("ExecuteStatement", {"Statement": 'UPDATE "Wallets" SET V=1 WHERE PK=2'}), False),
        (TRANSACTION, ("BatchExecuteStatement", {"Statements": [{"Statement": "DELETE FROM Wallets"}]}), False),
        (("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "Wallets"}}]}), WRITE, False),
        (("ExecuteTransaction", {"TransactStatements": [{"Statement": "DELETE FROM Wallets"}]}), WRITE, False),
        (TRANSACTION, ("PutItem", {"TableName": "Events", "Item": {}}), True),
        (TRANSACTION, ("DescribeTable", {"TableName": "Wallets"}), True),
    ],
)
def test_calls_meet_upstream_only_when_they_may(first: Any, second: Any, together: bool) -> None:
    async def story() -> None:
        stage = Stage()
        stage.upstream.gate.clear()
        tasks = [stage.begin(*first)]
        await breathe()
        tasks.append(stage.begin(*second))
        await breathe()
        assert len(stage.upstream.inside) == (2 if together else 1)
        stage.upstream.gate.set()
        await asyncio.gather(*tasks)
        assert stage.guard.describe()["guard"]["tables_locked"] == 0  # type: ignore[index]

    run(story())


def test_tables_are_apart_when_their_namespaces_are() -> None:
    async def story() -> None:
        stage = Stage()
        stage.upstream.gate.clear()
        tasks = [stage.begin(*TRANSACTION), asyncio.create_task(stage.ask(*TRANSACTION, OTHER))]
        await breathe()
        assert len(stage.upstream.inside) == 2
        stage.upstream.gate.set()
        await asyncio.gather(*tasks)

    run(story())


def test_lock_is_free_again_when_the_one_inside_or_in_the_queue_is_cancelled() -> None:
    async def story() -> None:
        stage = Stage()
        stage.upstream.gate.clear()
        inside, queued = stage.begin(*with_token("t1")), stage.begin(*with_token("t2"))
        await breathe()
        queued.cancel()
        inside.cancel()
        await asyncio.gather(inside, queued, return_exceptions=True)
        stage.upstream.gate.set()

        assert (await stage.ask(*WRITE)).status == 200
        assert (await stage.ask(*with_token("t2"))).status == 200  # it never came to anything
        assert (await stage.ask(*with_token("t1"))).status == 500  # nobody knows what it came to

    run(story())


def test_first_answer_comes_again_without_effect_when_the_token_does() -> None:
    async def story() -> None:
        stage = Stage()
        first = await stage.ask(*with_token("t"))
        again = await stage.ask(*with_token("t"))
        elsewhere = await stage.ask(*with_token("t"), OTHER)

        assert first.body == again.body == b'{"n":1}'
        assert elsewhere.body == b'{"n":2}'
        assert len(stage.upstream.passed) == 2
        assert (again.status, again.header(b"content-type")) == (200, first.header(b"content-type"))
        again.headers.clear()
        assert (await stage.ask(*with_token("t"))).header(b"content-length") == b"7"

    run(story())


def test_token_is_refused_when_the_request_is_another() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask(*with_token("t"))
        answer = await stage.ask(*with_token("t", key="b"))

        assert (answer.status, code_of(answer)) == (400, "IdempotentParameterMismatchException")
        assert len(stage.upstream.passed) == 1

    run(story())


def test_same_request_is_known_when_its_members_come_in_another_order() -> None:
    async def story() -> None:
        stage = Stage()
        operation, document = with_token("t")
        await stage.ask(operation, document)
        await stage.ask(operation, dict(reversed(document.items())))
        assert len(stage.upstream.passed) == 1

    run(story())


def test_second_is_told_of_the_first_when_it_is_under_way() -> None:
    async def story() -> None:
        stage = Stage()
        stage.upstream.gate.clear()
        first = stage.begin(*with_token("t"))
        await breathe()
        answer = await stage.ask(*with_token("t"))
        stage.upstream.gate.set()

        assert code_of(answer) == "TransactionInProgressException"
        assert (await first).status == 200
        assert len(stage.upstream.passed) == 1

    run(story())


def test_token_is_new_again_when_ten_minutes_of_the_edges_clock_have_passed() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask(*with_token("t"))
        stage.clock.advance(599)
        await stage.ask(*with_token("t"))
        assert len(stage.upstream.passed) == 1
        stage.clock.advance(2)
        await stage.ask(*with_token("t", key="b"))
        assert len(stage.upstream.passed) == 2

    run(story())


@pytest.mark.parametrize(
    ("status", "marks", "runs", "second_status"),
    [
        (400, {}, 2, 200),  # refused: nothing happened
        (502, {"upstream": "unreached"}, 2, 200),
        (502, {"upstream": "unknown"}, 1, 500),
        (500, {}, 1, 500),
        (502, {"upstream": "unknown", "effect": True}, 1, 200),
        (500, {"effect": False}, 2, 200),
    ],
)
def test_token_counts_as_used_only_when_its_first_request_may_have_taken_effect(
    status: int, marks: dict[str, Any], runs: int, second_status: int
) -> None:
    async def story() -> None:
        stage = Stage()

        def fail(call: Call) -> Answer:
            call.marks.update(marks)
            stage.upstream.respond = lambda _: answer_of({})
            return answer_of({}, status)

        stage.upstream.respond = fail
        assert (await stage.ask(*with_token("t"))).status == status
        assert (await stage.ask(*with_token("t"))).status == second_status
        assert len(stage.upstream.passed) == runs

    run(story())


def test_memory_stays_bounded_when_many_tokens_come() -> None:
    async def story() -> None:
        stage = Stage(tokens_kept_max=5)
        for number in range(12):
            await stage.ask(*with_token(f"t{number}"))
        told = stage.guard.describe()["guard"]
        assert (told["tokens"], told["tokens_forgotten_early"]) == (5, 7)  # type: ignore[index]
        await stage.guard.forget(OTHER)
        assert (await stage.ask(*with_token("t11"))).body == b'{"n":12}'
        await stage.guard.forget(NAMESPACE)
        assert stage.guard.describe()["guard"]["tokens"] == 0  # type: ignore[index]

    run(story())


def test_few_bytes_are_kept_when_every_transaction_has_a_token() -> None:
    tokens, count = Tokens(EdgeClock()), 2_000
    tracemalloc.start()
    try:
        for number in range(count):
            token = f"{number:036d}"
            headers = [(b"content-type", b"application/x-amz-json-1.0"), (b"x-amzn-requestid", b"%040d" % number)]
            use = tokens.begin(NAMESPACE, token, b"%016d" % number)
            tokens.end(NAMESPACE, token, use, "done", Answer(200, headers, b"{%s}" % b""))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken / count < 600


def test_oldest_answers_go_when_large_ones_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.edge.guard.tokens.BODIES_KEPT_BYTES_MAX", 1000)
    tokens = Tokens(EdgeClock())
    for name in "abc":
        use = tokens.begin(NAMESPACE, name, b"")
        tokens.end(NAMESPACE, name, use, "done", Answer(200, [], b"x" * 400))

    assert [name for name in "abc" if tokens.use(NAMESPACE, name)] == ["b", "c"]
    assert tokens.forgotten_early == 1


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"", b'{"a": NaN}', b"\xff", b"[" * 5000])
def test_body_is_refused_when_it_is_no_json_object(body: bytes) -> None:
    async def story() -> None:
        stage = Stage()
        call = call_of("PutItem", {})
        call.replace_body(body)
        answer = await stage.guard.handle(call, stage.upstream)
        assert (answer.status, code_of(answer)) == (400, "SerializationException")
        assert not stage.upstream.passed

    run(story())


@pytest.mark.parametrize(
    "document",
    [{}, {"TableName": 7}, {"RequestItems": []}, {"TransactItems": {"Put": 1}}, {"TransactItems": [1, {"Put": None}]},
     {"Statement": None}, {"Statements": "x"}, {"TransactStatements": [None]}, {"ClientRequestToken": 7}],
)  # fmt: skip
@pytest.mark.parametrize(
    "operation",
    [
        "PutItem",
        "BatchWriteItem",
        "TransactWriteItems",
        "ExecuteStatement",
        "BatchExecuteStatement",
        "ExecuteTransaction",
    ],
)
def test_nonsense_is_left_to_the_engine_when_it_is_json(operation: str, document: dict[str, Any]) -> None:
    async def story() -> None:
        stage = Stage()
        assert (await stage.ask(operation, document)).status == 200
        assert stage.upstream.passed == [operation]

    run(story())


def test_nothing_passes_when_a_table_is_held_exclusively() -> None:
    async def story() -> None:
        stage = Stage()
        async with stage.guard.exclusive(NAMESPACE, ["Wallets"]):
            writing = stage.begin(*WRITE)
            await breathe()
            assert stage.upstream.passed == []
        await writing

    run(story())


def code_of(answer: Answer) -> str:
    return str(answer.document["__type"]).rpartition("#")[2]
