"""The recorder keeps what many threads do, and an operation without an end stays info."""

from itertools import count

import pytest

from harness.clients import concurrently
from harness.history import OK, Recorder


def ticking() -> Recorder:
    ticks = count()
    return Recorder(lambda: float(next(ticks)))


def test_operation_has_its_end_when_it_ended() -> None:
    recorder = ticking()

    with recorder.operation("pay", "pay-1", {"amount": "1.00"}) as pending:
        pending.ends(OK, status_code=200, result={"status": "COMPLETED"})

    (operation,) = recorder.operations()
    assert (operation.invoked_at_s, operation.completed_at_s) == (0.0, 1.0)
    assert (operation.outcome, operation.status_code, operation.result) == ("ok", 200, {"status": "COMPLETED"})


def test_operation_is_info_when_it_raises() -> None:
    recorder = ticking()

    with pytest.raises(TimeoutError), recorder.operation("pay", "pay-1"):
        raise TimeoutError("too slow")

    (operation,) = recorder.operations()
    assert (operation.outcome, operation.error) == ("info", "TimeoutError: too slow")


def test_operation_is_info_when_it_has_not_ended() -> None:
    recorder = ticking()

    with recorder.operation("pay", "pay-1"):
        (operation,) = recorder.operations()

    assert (operation.outcome, operation.completed_at_s) == ("info", None)


def test_subject_is_the_answer_s_when_only_the_answer_knows_it() -> None:
    recorder = ticking()

    with recorder.operation("pay", "") as pending:
        pending.ends(OK, subject="pay-7")

    assert recorder.operations()[0].subject == "pay-7"


def test_every_operation_is_kept_when_threads_record_at_once() -> None:
    recorder = ticking()

    def work() -> None:
        for _ in range(50):
            with recorder.operation("pay", "pay-1") as pending:
                pending.ends(OK)

    concurrently(*[work] * 8)

    operations = recorder.operations()
    assert [operation.index for operation in operations] == list(range(400))
    assert all(operation.outcome == "ok" for operation in operations)
    assert len({operation.process for operation in operations}) == 8


def test_order_is_real_time_when_two_operations_do_not_overlap() -> None:
    recorder = ticking()
    for _ in range(2):
        with recorder.operation("pay", "pay-1") as pending:
            pending.ends(OK)

    first, second = recorder.operations()

    assert first.precedes(second)
    assert not second.precedes(first)
