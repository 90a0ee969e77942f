"""Run probes side by side, each bounded in time, and make a finding of however each ends."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import Empty, SimpleQueue

from harness.doctor.examination import Examination
from harness.doctor.patient import Patient, lack_told_by
from harness.doctor.probe import ABSENT, BROKEN, GUARANTEED, UNKNOWN, Absent, Broken, Finding, Probe, Undecided

AT_ONCE_DEFAULT = 6
# After the last finding: threads still remove what their probes made.
CLEANED_WITHIN_S = 10.0


def examine(
    patient: Patient,
    probes: Iterable[Probe],
    *,
    at_once: int = AT_ONCE_DEFAULT,
    on_finding: Callable[[Finding], None] = lambda _: None,
) -> list[Finding]:
    """Put `probes` to an endpoint and return their findings in the same order; `on_finding` hears of each as it comes.

    Never hangs: a probe that does not end within its bound is `unknown`. What was broken or undecided beside other
    probes is asked once more, alone, and that counts: an engine that breaks one guarantee may spoil what others look
    at. Raises EnvironmentNotRunning when nobody listens at the endpoint.
    """
    patient.must_answer()
    wanted = list(probes)
    ward, found = _Ward(patient), dict[str, Finding]()

    def keep(one: Probe, finding: Finding) -> None:
        found[one.id] = finding
        on_finding(finding)

    try:
        for one, finding in ward.examined([one for one in wanted if one.alone], 1):
            keep(one, finding)
        again = []
        side_by_side = sorted((one for one in wanted if not one.alone), key=lambda one: one.quick)
        for one, finding in ward.examined(side_by_side, at_once):
            if len(side_by_side) > 1 and finding.verdict in (BROKEN, UNKNOWN) and finding.took_s < one.bound_s:
                again.append(one)
            else:
                keep(one, finding)
        for one, finding in ward.examined(again, 1):
            keep(one, finding)
    finally:  # also when somebody interrupts: probes that run end and remove what they made
        ward.close()
        patient.discharge()
    return [found[one.id] for one in wanted]


class _Ward:
    """The threads in which probes run. They are daemons: none keeps the program alive."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        self._threads: list[threading.Thread] = []

    def examined(self, probes: Sequence[Probe], at_once: int) -> Iterator[tuple[Probe, Finding]]:
        """Give each probe's finding as it comes."""
        waiting, running = deque(probes), dict[str, tuple[Probe, float]]()
        findings: SimpleQueue[Finding] = SimpleQueue()
        while waiting or running:
            while waiting and len(running) < at_once:
                one = waiting.popleft()
                running[one.id] = one, time.monotonic() + one.bound_s
                self._start(one, findings)
            ends_s = min(end_s for _, end_s in running.values())
            try:
                finding = findings.get(timeout=max(0.0, ends_s - time.monotonic()))
            except Empty:
                for one in [one for one, end_s in running.values() if end_s <= time.monotonic()]:
                    del running[one.id]
                    yield one, Finding(one.id, UNKNOWN, f"did not end within {one.bound_s:g} s", one.bound_s)
                continue
            if finding.probe in running:  # else it was given up already
                yield running.pop(finding.probe)[0], finding

    def close(self) -> None:
        """Wait until what the probes made is removed, within a bound."""
        end_s = time.monotonic() + CLEANED_WITHIN_S
        for thread in self._threads:
            thread.join(max(0.0, end_s - time.monotonic()))

    def _start(self, one: Probe, findings: "SimpleQueue[Finding]") -> None:
        def run() -> None:
            with Examination(self._patient) as examination:
                findings.put(_finding(one, examination))

        thread = threading.Thread(target=run, name=f"probe {one.id}", daemon=True)
        self._threads.append(thread)
        thread.start()


def _finding(one: Probe, examination: Examination) -> Finding:
    started_s = time.monotonic()
    verdict, seen = _verdict(one, examination)
    return Finding(one.id, verdict, " ".join(seen.split()), round(time.monotonic() - started_s, 3))


def _verdict(one: Probe, examination: Examination) -> tuple[str, str]:
    try:
        return GUARANTEED, one.run(examination)
    except Broken as seen:
        return BROKEN, str(seen)
    except Absent as lack:
        return ABSENT, str(lack)
    except Undecided as why:
        return UNKNOWN, str(why)
    except Exception as problem:  # noqa: BLE001 - a probe that fails itself must not look like a verdict
        told = lack_told_by(problem)
        return (ABSENT, told) if told else (UNKNOWN, f"{type(problem).__name__}: {problem}")
