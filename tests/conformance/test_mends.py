"""The mends know the engine that they were written against, and refuse any other before they touch it."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from harness.errors import EngineMismatch
from harness.targets.embedded import mends
from harness.targets.embedded.mends import batches, expressions, retries, start_delay, task_timeouts
from harness.targets.embedded.mends.symbols import STEP_FUNCTIONS, Symbol

CHANGED = replace(start_delay.RUN, fingerprint="0123456789abcdef")
GONE = Symbol(STEP_FUNCTIONS, "_no_such_function", "0123456789abcdef")


def test_installed_engine_is_accepted_when_it_is_the_pinned_one() -> None:
    mends.verify()


def test_engine_is_refused_when_its_version_differs() -> None:
    with pytest.raises(EngineMismatch, match=r"ministack is 1\.5\.33, expected 1\.5\.99"):
        mends.verify(engine_version="1.5.99")


@pytest.mark.parametrize(
    ("symbol", "seen"), [(CHANGED, start_delay.RUN.fingerprint), (GONE, "missing")], ids=["changed", "gone"]
)
def test_engine_is_refused_when_a_function_is_not_the_one_expected(symbol: Symbol, seen: str) -> None:
    mend = replace(start_delay.MEND, touches=(symbol,))

    with pytest.raises(EngineMismatch) as caught:
        mends.verify((mend,))

    assert caught.value.evidence == {
        f"start_delay: {STEP_FUNCTIONS}.{symbol.name}": f"{seen}, expected 0123456789abcdef"
    }
    assert "tests/conformance" in caught.value.remedy


def test_each_function_has_one_fingerprint_when_several_mends_name_it() -> None:
    known = {(symbol.module_name, symbol.name, symbol.fingerprint) for mend in mends.MENDS for symbol in mend.symbols()}

    assert len(known) == len({(module, name) for module, name, _ in known})


@pytest.mark.parametrize(("retries_before", "expected_s"), [(0, 3.0), (1, 6.0), (2, 12.0), (3, 20.0), (9, 20.0)])
def test_pause_grows_to_the_maximum_when_retries_go_on(retries_before: int, expected_s: float) -> None:
    retrier = {"IntervalSeconds": 3, "BackoffRate": 2, "MaxDelaySeconds": 20}

    assert retries.pause_s(retrier, retries_before, retries._random) == expected_s


def test_pause_lies_anywhere_below_when_jitter_is_full() -> None:
    pauses_s = [retries.pause_s({"JitterStrategy": "FULL"}, 3, retries._random) for _ in range(200)]

    assert 0 <= min(pauses_s) < 2
    assert 6 < max(pauses_s) <= 8


def test_text_of_an_expression_is_read_once_and_each_reader_has_tokens_of_its_own() -> None:
    read: list[str] = []

    def tokenize(text: str) -> list[str]:
        read.append(text)
        return text.split()

    mended = expressions._once_in_copies(tokenize)
    first, second = mended("a = :b"), mended("a = :b")
    first.clear()

    assert (second, mended("c"), read) == (["a", "=", ":b"], ["c"], ["a = :b", "c"])


def test_item_of_a_batch_is_looked_at_once_and_again_in_the_next_batch() -> None:
    looked_at: list[tuple[Any, ...]] = []

    def validate(item: Any, *about: Any) -> None:
        looked_at.append((item, *about))

    mended = batches._once_in_a_batch(validate)
    item: dict[str, Any] = {"PK": {"S": "a"}}

    def write(_data: Any) -> None:
        for _ in range(2):
            mended(item, "PK", "SK")
            mended(item, "PK", None)

    for _ in range(2):
        batches._in_a_batch(write)({})
    for _ in range(2):
        mended(item, "PK", "SK")

    assert looked_at == [(item, "PK", "SK"), (item, "PK", None)] * 2 + [(item, "PK", "SK")] * 2


def test_item_of_a_batch_is_refused_each_time_when_it_is_not_valid() -> None:
    mended = batches._once_in_a_batch(lambda *_: "refused")
    item = {"PK": {"S": ""}}

    answers = batches._in_a_batch(lambda _: [mended(item, "PK", None) for _ in range(2)])({})

    assert answers == ["refused"] * 2
    assert mended(item, "PK", None) == "refused"


@pytest.mark.parametrize(
    ("asked", "reckoned"), [({}, 0), ({"ReturnConsumedCapacity": "NONE"}, 0), ({"ReturnConsumedCapacity": "TOTAL"}, 1)]
)
def test_capacity_of_a_batch_is_reckoned_when_somebody_asks(asked: dict[str, str], reckoned: int) -> None:
    sums: list[object] = []
    mended = batches._for_those_who_ask(lambda *about: sums.append(about))

    batches._in_a_batch(lambda _: mended({}, {}, None, {}))(asked)

    assert len(sums) == reckoned
    mended({}, {}, None, {})
    assert len(sums) == reckoned + 1


@pytest.mark.parametrize("symbol", [batches.NUMBER, batches.NUMBER_ERROR], ids=["canonical", "error"])
def test_numbers_are_what_they_are_without_the_mend(symbol: Symbol) -> None:
    texts = [
        "1",
        "01.50",
        "-0",
        "1E125",
        "9" * 39,
        "1e-131",
        " 5",
        "1_000",
        "nan",
        "",
        "x" * 99,
        "1" + "0" * 99,
        None,
        5,
        ["1"],
    ]
    original = symbol.function()
    mended = batches._once(original)

    assert [[mended(text) for text in texts] for _ in range(2)] == [[original(text) for text in texts]] * 2


def test_tasks_share_threads_when_they_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = task_timeouts.RUN.module()
    monkeypatch.setattr(engine, task_timeouts.RUN.name, lambda _resource, _input: threading.current_thread().name)
    original = task_timeouts.RUN_LIMITED.function()
    mended = task_timeouts._on_kept_threads(original)

    names = {mended("arn:aws:states:::dynamodb:getItem", {}, 5) for _ in range(20)}

    assert len(names) <= 3  # a thread counts as idle a moment after its result is there
