"""Listens to Locust and measures: every request into `Measures`, the process's own CPU and how late its loop is.

Runs in every load process. A worker hands what it measured to the master with each of Locust's own reports; the master,
or the only process, writes the whole at the end, and how it goes meanwhile.
"""

import json
import os
import time
from typing import Any

from loadtests.briefing import WORKER_VARIABLE, Briefing
from loadtests.measures import JUDGED, PROCESS, WARM_UP, Measures, Observation

MEASURES_FILE, PROGRESS_FILE = "measures.json", "progress.json"
SAMPLE_EVERY_S, PROGRESS_EVERY_S = 0.25, 1.0
REPORT_KEY = "rehearsal"


class Recording:
    """One process's recorder; `process` names it among the others."""

    def __init__(self, briefing: Briefing, measures: Measures, process: str) -> None:
        self.briefing = briefing
        self.measures = measures
        self.process = process
        self._started_s = time.time()
        self._cpu_s = time.process_time()

    def listen(self, environment: Any, *, is_worker: bool, is_master: bool) -> None:
        """Attach to Locust's events."""
        import gevent  # here: the program reads this module's names and must stay without it

        gevent.spawn(watch_parent, environment)
        environment.events.test_start.add_listener(self.starts)
        environment.events.request.add_listener(self.request)
        environment.events.user_error.add_listener(self.user_failed)
        if is_worker:
            environment.events.report_to_master.add_listener(self.report)
            gevent.spawn(self.sample)
            return
        if is_master:
            environment.events.worker_report.add_listener(self.reported)
        else:
            gevent.spawn(self.sample)
        environment.events.quitting.add_listener(self.quitting)
        gevent.spawn(self.tell_progress, environment)

    def starts(self, **_: Any) -> None:
        """The first user comes now."""
        self._started_s = time.time()

    def request(
        self, *, name: str, response_time: float, exception: Exception | None, context: dict[str, Any], **_: Any
    ) -> None:
        """Count a request; it belongs to the phase that it began in."""
        began_s = time.time() - response_time / 1000 - self._started_s
        seen = Observation(
            name,
            response_time,
            error=_words(exception) if exception else "",
            key=context.get("key", ""),
            tenant=context.get("tenant", ""),
            hot=context.get("hot", False),
            attempts=context.get("attempts", 1),
            waited_s=context.get("waited_s", 0.0),
            throttles=context.get("throttles") or {},
            read_units=context.get("read_units", 0.0),
            write_units=context.get("write_units", 0.0),
            aside=context.get("aside", False),
        )
        settings = self.briefing.settings
        phase = WARM_UP if began_s < settings.warm_up_s else JUDGED
        self.measures.observe(seen, phase, int(max(0.0, began_s) // settings.step_s))

    def user_failed(self, exception: Exception, **_: Any) -> None:
        """A user broke on its own: nothing of the run can be trusted."""
        text = f"a user failed: {type(exception).__name__}: {exception}"
        if text not in self.measures.stop_reasons:
            self.measures.stop_reasons.append(text)

    def report(self, data: dict[str, Any], **_: Any) -> None:
        """Hand the master what came since the last report."""
        self._count_cpu()
        data[REPORT_KEY] = self.measures.drain()

    def reported(self, data: dict[str, Any], **_: Any) -> None:
        """Take what a worker measured."""
        if REPORT_KEY in data:
            self.measures.add_document(data[REPORT_KEY])

    def quitting(self, environment: Any, **_: Any) -> None:
        """Write the measures. Whether the run was good is for the program to say, not for Locust's exit code."""
        self._count_cpu()
        self._write(MEASURES_FILE, self.measures.as_document())
        environment.process_exit_code = 0

    def sample(self) -> None:
        """Look how late this process's loop is: a late loop measures itself, not the system."""
        import gevent

        while True:
            before_s = time.perf_counter()
            gevent.sleep(SAMPLE_EVERY_S)
            self.measures.observe_lateness(self.process, (time.perf_counter() - before_s - SAMPLE_EVERY_S) * 1000)

    def tell_progress(self, environment: Any) -> None:
        """Write every second how it goes."""
        import gevent

        while True:
            gevent.sleep(PROGRESS_EVERY_S)
            views = [self.measures.view(phase) for phase in (WARM_UP, JUDGED)]
            runner = environment.runner
            progress = {
                "users": runner.user_count if runner else 0,
                "elapsed_s": time.time() - self._started_s,
                "requests": sum(view.requests for view in views),
                "errors": sum(int(view["errors"]) for view in views),
                "throttled_attempts": sum(int(view["throttled_attempts"]) for view in views),
            }
            self._write(PROGRESS_FILE, progress)

    def _count_cpu(self) -> None:
        spent_s = time.process_time()
        self.measures.add_figure(PROCESS, self.process, "cpu_s", spent_s - self._cpu_s)
        self._cpu_s = spent_s

    def _write(self, name: str, document: dict[str, Any]) -> None:
        path = self.briefing.folder / name
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(document))
        partial.replace(path)


def watch_parent(environment: Any) -> None:
    """End the load when the program that started it is gone: nobody would stop it, or hear of it."""
    import gevent

    parent = os.getppid()
    while os.getppid() == parent:
        gevent.sleep(PROGRESS_EVERY_S)
    environment.runner.quit()


def process_name() -> str:
    """Return this process's name among those of the run."""
    return os.environ.get(WORKER_VARIABLE, "") or f"pid {os.getpid()}"


def _words(exception: Exception) -> str:
    """Return an error's code: ours as it is, others by their type, because their texts hold addresses and ids."""
    text = str(exception)
    return text if text and len(text) <= 60 and "\n" not in text and " " not in text else type(exception).__name__
