"""Mend: a task with TimeoutSeconds runs on a kept thread instead of a thread pool of its own.

Wrong: the engine makes a ThreadPoolExecutor and a thread for every such task (measured: 0.45 ms of processor time, a
tenth of a payment's, and as much again in latency when eight executions run).
AWS: nothing to imitate; TimeoutSeconds ends in States.Timeout as before, and the late result is ignored.
Mended: one executor, which starts a thread only when none is idle. Its bound is beyond reach on purpose: a task may
wait for another one (a nested execution), so a bound within reach could lock them all up.
"""

import contextvars
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from harness.targets.embedded.mends.symbols import STEP_FUNCTIONS, Function, Mend, Symbol

RUN_LIMITED = Symbol(STEP_FUNCTIONS, "_invoke_resource_with_timeout", "faeed0bf70d53efc")
RUN = Symbol(STEP_FUNCTIONS, "_invoke_resource", "a85d2be9a8584ce0")
THREADS_MAX = 10_000


def _on_kept_threads(_original: Function) -> Function:
    engine = RUN_LIMITED.module()
    threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="task")

    def invoke_resource_with_timeout(resource: str, input_data: Any, timeout: float) -> Any:
        in_this_account = contextvars.copy_context()
        running = threads.submit(in_this_account.run, engine._invoke_resource, resource, input_data)
        try:
            return running.result(timeout=timeout)
        except FutureTimeout:
            raise engine._ExecutionError("States.Timeout", f"Task timed out after {timeout} seconds") from None

    return invoke_resource_with_timeout


MEND = Mend(
    name="task_timeouts",
    touches=(RUN_LIMITED,),
    relies_on=(RUN,),
    apply=lambda: RUN_LIMITED.wrap(_on_kept_threads),
)
