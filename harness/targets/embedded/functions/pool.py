"""The pool: Lambda functions as worker processes under AWS's own runtime client, one invocation a worker at a time.

`invoke` blocks its caller's thread, which itself serves the worker (see `runtime_api`). A worker that crashed, ran out
of time or memory is never used again; one that died while idle is replaced without a word. Left out: freezing between
invocations (threads of a handler go on running), SnapStart, extensions, streamed answers, runtimes other than Python,
and an interpreter of the function's own: its `Runtime` is told to it, but what runs is this process's Python.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from harness.errors import EnvironmentNotRunning
from harness.targets.embedded.functions import memory, outcomes, runtime_directory
from harness.targets.embedded.functions.clock_file import AheadS, ClockFile
from harness.targets.embedded.functions.code_store import CodeStore, remove_tree
from harness.targets.embedded.functions.leases import Lease, Leases
from harness.targets.embedded.functions.platform_log import join_lines
from harness.targets.embedded.functions.runtime_api import Listener
from harness.targets.embedded.functions.spec import FunctionSpec, Outcome
from harness.targets.embedded.functions.variables import Surroundings, worker_environment
from harness.targets.embedded.functions.worker import Ending, Home, Invocation, Phase, Worker, WorkerGone
from harness.targets.embedded.functions.worker_process import Zygote, start_method

INIT_WITHIN_S = 10.0  # source: Lambda developer guide, "Execution environment lifecycle"; documented
IDLE_FOR_S = 300.0
SWEPT_EVERY_S = 5.0
STOP_WITHIN_S = 2.0
OWN_SDKS_MAX = 4


class FunctionPool:
    """Runs functions; all methods may be called from any thread."""

    def __init__(
        self,
        *,
        endpoint_url: str,
        work_dir: Path,
        workers_per_function_max: int = 8,
        spare_workers_min: int | None = None,
        workers_max: int = 20,
        init_within_s: float = INIT_WITHIN_S,
        idle_for_s: float = IDLE_FOR_S,
        method: str | None = None,
    ) -> None:
        self._endpoint_url = endpoint_url
        self._work_dir = work_dir
        self._init_within_s = init_within_s
        self._idle_for_s = idle_for_s
        self._leases: Leases[Worker] = Leases(
            per_function_max=workers_per_function_max,
            spare_min=spare_workers_min,
            total_max=workers_max,
            end=self._end,
        )
        self._code = CodeStore(work_dir / "code")
        self._runtime = work_dir / "runtime"
        self._clock_library = work_dir / "clock" / "library"
        self._ahead_s: AheadS = lambda: 0.0
        self._method = method or start_method()
        self._zygotes = {"": Zygote(self._runtime, work_dir, self._method)}  # by the name of a function's own SDK
        self._workers: set[Worker] = set()
        self._running = 0
        self._guard = threading.Lock()
        self._guard_change = threading.Condition(self._guard)
        self._closed = threading.Event()
        self._starting = threading.Lock()
        self._started = False

    def start(self) -> None:
        """Make ready for invocations; `invoke` does so too when needed.

        A parent of workers starts with the first function that needs it: one with the runtime's SDK or its own.
        """
        with self._starting:
            if self._started:
                return
            self._work_dir.mkdir(parents=True, exist_ok=True)
            runtime_directory.build(self._runtime)
            runtime_directory.build(self._clock_library, distributions=runtime_directory.CLOCK_DISTRIBUTIONS)
            threading.Thread(target=self._sweep, name="functions-sweeper", daemon=True).start()
            self._started = True

    def follow(self, ahead_s: AheadS) -> None:
        """Let functions' time be so many seconds ahead of the machine's as `ahead_s` tells at each event."""
        self._ahead_s = ahead_s

    def invoke(self, spec: FunctionSpec, event: bytes, *, request_id: str, trace_header: str | None = None) -> Outcome:
        """Run a function on an event (JSON) and return its outcome, never later than its timeouts allow.

        Waits for a worker up to the function's timeout, then the outcome is `throttled`. Raises
        EnvironmentNotRunning when the pool is closed, PackagingFailed when the code can't be unpacked.
        """
        self.start()
        invocation = Invocation(request_id, event, trace_header)
        until_s = time.monotonic() + spec.timeout_s
        with self._counted():
            while True:
                lease = self._leases.take(spec.family, spec.key, until_s - time.monotonic())
                if self._closed.is_set():
                    raise EnvironmentNotRunning(f"the pool of functions was closed before {spec.name} could run")
                if lease is None:
                    return outcomes.throttled(spec)
                outcome = self._invoke_with(lease, spec, invocation)
                if outcome is not None:
                    return outcome

    def kill_worker(self, request_id: str) -> bool:
        """Kill the worker that runs this request (SIGKILL); False when none does."""
        return self._kill(lambda worker: worker.request_id == request_id) > 0

    def kill_function(self, name: str) -> int:
        """Kill every busy worker of the function `name`; return how many there were."""
        return self._kill(lambda worker: worker.request_id is not None and worker.spec.name == name)

    def discard_workers(self, account_id: str | None = None) -> None:
        """Kill all workers, or those of an account, busy ones too: nothing of them is used again."""
        if account_id is None:
            self._leases.outdate()
        self._kill(lambda worker: account_id in (None, worker.spec.account_id))

    def stats(self) -> list[dict[str, object]]:
        """Return one entry a worker."""
        now_s = time.monotonic()
        with self._guard:
            workers = sorted(self._workers, key=lambda worker: (worker.spec.name, worker.pid))
        return [
            {
                "function": worker.spec.name,
                "version": worker.spec.version,
                "pid": worker.pid,
                "busy": worker.request_id is not None,
                "request_id": worker.request_id,
                "invocations": worker.invocations,
                "idle_s": 0.0 if worker.request_id else round(now_s - worker.idle_since_s, 3),
                "rss_bytes": memory.resident_bytes(worker.pid),
                "log_stream": worker.log_stream,
            }
            for worker in workers
        ]

    def close(self) -> None:
        """Kill everything and remove the work files; invocations that run end with an error. May be called twice."""
        self._closed.set()
        self._leases.shut()
        self._kill(lambda _: True)
        with self._guard:
            self._guard_change.wait_for(lambda: not self._running, STOP_WITHIN_S)
        with self._starting:
            for zygote in self._zygotes.values():
                zygote.close()
        remove_tree(self._work_dir)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._guard:
            self._running += 1
        try:
            yield
        finally:
            with self._guard:
                self._running -= 1
                self._guard_change.notify_all()

    def _kill(self, chosen: Callable[[Worker], bool]) -> int:
        with self._guard:
            victims = [worker for worker in self._workers if chosen(worker)]
        for worker in victims:
            worker.kill()
        return len(victims)

    def _invoke_with(self, lease: Lease[Worker], spec: FunctionSpec, invocation: Invocation) -> Outcome | None:
        """Use a lease up; None when its worker had died while idle and another lease is to be taken."""
        worker, init, before, reusable = lease.worker, None, "", False
        try:
            if worker is None:
                worker, init, before = self._cold_start(spec, invocation)
                if init.ending is not Ending.READY:
                    return outcomes.after_failed_init(
                        spec, invocation, init, before=before, log_stream=worker.log_stream
                    )
            run = worker.run(invocation)
            reusable = run.ending in {Ending.ANSWERED, Ending.FAILED}
            return outcomes.after_run(spec, invocation, run, init=init, before=before, log_stream=worker.log_stream)
        except WorkerGone:
            return None
        finally:
            if worker is not None and reusable:
                self._leases.give_back(lease, worker)
            else:
                self._leases.drop(lease, worker)

    def _cold_start(self, spec: FunctionSpec, invocation: Invocation) -> tuple[Worker, Phase, str]:
        """Start a worker. An init that takes too long is tried once more within the function's timeout, as on AWS."""
        worker = self._start_worker(spec, invocation)
        init = worker.initialise(self._init_within_s)
        if init.ending is not Ending.TIMED_OUT:
            return worker, init, ""
        before = join_lines(init.log, outcomes.init_line(init))
        self._end(worker)
        worker = self._start_worker(spec, invocation)
        return worker, worker.initialise(spec.timeout_s), before

    def _start_worker(self, spec: FunctionSpec, invocation: Invocation) -> Worker:
        code = self._code.directory_of(spec.code_sha256, spec.code_zip)
        layers = [self._code.directory_of(layer.sha256, layer.content) for layer in spec.layers]
        name = uuid4().hex
        scratch = self._work_dir / "scratch" / name
        scratch.mkdir(parents=True)
        log_stream = f"{datetime.now(UTC):%Y/%m/%d}/[{spec.version}]{name}"
        clock = ClockFile(self._work_dir / "clock" / name, self._ahead_s)
        listener = Listener()
        paths = _import_path(code, layers)
        own_sdk = runtime_directory.OwnSdk.find(paths) if self._method == "fork" else None
        around = Surroundings(self._endpoint_url, listener.address, code, self._runtime, scratch, log_stream)
        job = {
            "name": spec.name,
            "handler": spec.handler,
            "environment": worker_environment(spec, around),
            "directory": str(code),
            "paths": [str(path) for path in paths],
            "kept": [],
            "clock": {"file": str(clock.path), "library": str(self._clock_library)},
            "bytecode": str(self._work_dir / "bytecode"),
        }
        try:
            zygote = self._zygote_with(own_sdk)
            if own_sdk and zygote is not self._zygotes[""]:
                job["kept"] = own_sdk.modules
            process = zygote.make_worker(job)
        except BaseException:
            listener.close()
            clock.remove()
            raise
        worker = Worker(spec, process, listener, Home(scratch, log_stream, clock))
        worker.request_id = invocation.request_id
        with self._guard:
            self._workers.add(worker)
        if self._closed.is_set():
            worker.kill()
        return worker

    def _zygote_with(self, own_sdk: runtime_directory.OwnSdk | None) -> Zygote:
        """Return the parent for workers that share this SDK; beyond a few SDKs, the one that has the runtime's."""
        if own_sdk is None:
            return self._zygotes[""]
        with self._starting:
            known = self._zygotes.get(own_sdk.name)
            if known is None and len(self._zygotes) > OWN_SDKS_MAX:
                return self._zygotes[""]
            if known is None:
                directory = runtime_directory.build(self._work_dir / f"runtime-{own_sdk.name}", own_sdk)
                known = self._zygotes[own_sdk.name] = Zygote(directory, self._work_dir, self._method)
            return known

    def _end(self, worker: Worker) -> None:
        worker.close()
        with self._guard:
            self._workers.discard(worker)

    def _sweep(self) -> None:
        """End workers that nobody has used for long."""
        while not self._closed.wait(min(SWEPT_EVERY_S, self._idle_for_s)):
            self._leases.end_idle(self._idle_for_s)


def _import_path(code: Path, layers: list[Path]) -> list[Path]:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    paths = [code]
    for layer in reversed(layers):  # a later layer covers an earlier one
        paths += [layer / "python" / "lib" / version / "site-packages", layer / "python"]
    return [path for path in paths if path.is_dir()]
