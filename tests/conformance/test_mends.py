"""The mends know the engine that they were written against, and refuse any other before they touch it."""

import threading
from dataclasses import replace

import pytest

from harness.errors import EngineMismatch
from harness.targets.embedded import mends
from harness.targets.embedded.mends import expressions, retries, start_delay, task_timeouts
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


def test_tasks_share_threads_when_they_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = task_timeouts.RUN.module()
    monkeypatch.setattr(engine, task_timeouts.RUN.name, lambda _resource, _input: threading.current_thread().name)
    original = task_timeouts.RUN_LIMITED.function()
    mended = task_timeouts._on_kept_threads(original)

    names = {mended("arn:aws:states:::dynamodb:getItem", {}, 5) for _ in range(20)}

    assert len(names) <= 3  # a thread counts as idle a moment after its result is there
