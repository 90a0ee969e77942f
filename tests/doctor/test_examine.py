"""However a probe ends, there is a finding, in time, and nothing of what it made is left."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from harness.doctor import ABSENT, BROKEN, GUARANTEED, UNKNOWN, Finding, Patient, Probe, examine
from harness.doctor.examination import Examination
from harness.doctor.probe import Absent, Broken, Undecided
from harness.errors import EnvironmentNotRunning, SettingInvalid


@pytest.fixture
def patient() -> Iterator[Patient]:
    """An endpoint where somebody listens, and no more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Patient(f"http://127.0.0.1:{listener.getsockname()[1]}")


def probe(run: Callable[[Examination], str], name: str = "a.probe", *, bound_s: float = 5.0) -> Probe:
    return Probe(name, "It holds", "does it", "it holds", "https://docs.aws.amazon.com/", run, bound_s=bound_s)


def raises(problem: Exception) -> Callable[[Examination], str]:
    def run(_: Examination) -> str:
        raise problem

    return run


@pytest.mark.parametrize(
    ("run", "verdict", "seen"),
    [
        (lambda _: "10 of 10", GUARANTEED, "10 of 10"),
        (raises(Broken("9 of\n 10")), BROKEN, "9 of 10"),
        (raises(Absent("no such thing")), ABSENT, "no such thing"),
        (raises(Undecided("too slow")), UNKNOWN, "too slow"),
        (raises(ZeroDivisionError("oops")), UNKNOWN, "ZeroDivisionError: oops"),
    ],
)
def test_finding_is_what_the_probe_said(
    patient: Patient, run: Callable[[Examination], str], verdict: str, seen: str
) -> None:
    (finding,) = examine(patient, [probe(run)])

    assert (finding.verdict, finding.seen) == (verdict, seen)
    assert finding.is_trusted == (verdict == GUARANTEED)


def test_finding_is_unknown_when_a_probe_does_not_end(patient: Patient) -> None:
    over = threading.Event()
    hangs = probe(lambda _: str(over.wait(3)), "a.hangs", bound_s=0.1)
    started_s = time.monotonic()
    threading.Timer(0.3, over.set).start()

    hung, sound = examine(patient, [hangs, probe(lambda _: "yes")])

    assert (hung.verdict, hung.seen) == (UNKNOWN, "did not end within 0.1 s")
    assert sound.verdict == GUARANTEED
    assert time.monotonic() - started_s < 2


@pytest.mark.parametrize("problem", [Undecided("busy"), Broken("lost one")])
def test_probe_is_asked_once_more_alone_when_it_failed_beside_others(patient: Patient, problem: Exception) -> None:
    told: list[str] = []
    answers = iter([problem, None])

    def holds_later(_: Examination) -> str:
        if problem := next(answers):
            raise problem
        return "holds alone"

    found = examine(
        patient, [probe(holds_later, "a.late"), probe(lambda _: "")], on_finding=lambda one: told.append(one.seen)
    )

    assert [one.verdict for one in found] == [GUARANTEED, GUARANTEED]
    assert sorted(told) == ["", "holds alone"]


def test_probe_is_asked_once_when_it_was_alone(patient: Patient) -> None:
    asked: list[int] = []

    def is_broken(_: Examination) -> str:
        asked.append(1)
        raise Broken("lost one")

    examine(patient, [probe(is_broken)])

    assert asked == [1]


def test_nothing_runs_beside_a_probe_that_wants_to_be_alone(patient: Patient) -> None:
    running: list[str] = []
    beside: list[str] = []

    def runs(name: str) -> Callable[[Examination], str]:
        def run(_: Examination) -> str:
            running.append(name)
            beside.extend(running if name == "a.alone" else [])
            time.sleep(0.01)
            beside.extend(running if name == "a.alone" else [])
            running.remove(name)
            return ""

        return run

    names = ["a.first", "a.alone", "a.second"]
    examine(patient, [replace(probe(runs(name), name), alone=name == "a.alone") for name in names])

    assert beside == ["a.alone", "a.alone"]


def test_findings_come_in_the_order_of_the_probes_when_some_are_slower(patient: Patient) -> None:
    gate = threading.Event()
    told: list[str] = []

    def tell(finding: Finding) -> None:
        told.append(finding.probe)
        gate.set()

    slow = probe(lambda _: str(gate.wait(3)), "a.slow")
    found = examine(patient, [slow, probe(lambda _: "", "a.quick")], on_finding=tell)

    assert [one.probe for one in found] == ["a.slow", "a.quick"]
    assert told == ["a.quick", "a.slow"]


def test_no_more_probes_run_at_once_than_allowed(patient: Patient) -> None:
    running: list[int] = []
    most: list[int] = []

    def count(_: Examination) -> str:
        running.append(1)
        most.append(len(running))
        time.sleep(0.01)
        running.pop()
        return ""

    examine(patient, [probe(count, f"a.{number}") for number in range(8)], at_once=2)

    assert len(most) == 8
    assert max(most) <= 2


def test_what_a_probe_made_is_removed_in_reverse_when_it_is_broken(patient: Patient) -> None:
    removed: list[str] = []

    def remove(name: str) -> None:
        removed.append(name)

    def makes(examination: Examination) -> str:
        examination.after(remove, name="first")
        examination.after(remove, name="second")
        raise Broken("on purpose")

    examine(patient, [probe(makes)])

    assert removed == ["second", "first"]


def test_what_a_probe_made_is_removed_when_somebody_interrupts(patient: Patient) -> None:
    removed: list[str] = []
    made, go_on = threading.Event(), threading.Event()

    def run(examination: Examination) -> str:
        examination.after(lambda: removed.append("table"))
        made.set()
        go_on.wait(3)
        return "yes"

    def interrupt(_: Finding) -> None:
        made.wait(3)
        threading.Timer(0.05, go_on.set).start()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examine(patient, [probe(run, "a.slow"), probe(lambda _: "yes", "a.quick")], on_finding=interrupt)

    assert removed == ["table"]


def test_nothing_is_examined_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(EnvironmentNotRunning, match="nobody answers"):
        examine(Patient(f"http://127.0.0.1:{port}"), [probe(lambda _: "")])


def test_endpoint_is_refused_when_it_is_no_url() -> None:
    with pytest.raises(SettingInvalid, match="is no URL"):
        Patient("127.0.0.1:4566")
