"""Mend: Retry's MaxDelaySeconds and JitterStrategy are kept, and wildcards leave out what they must not catch.

Wrong: MaxDelaySeconds and JitterStrategy are ignored and every pause is cut at 60 s; `States.ALL` and
`States.TaskFailed` match `States.Runtime` and `States.DataLimitExceeded`.
AWS (documented, "Handling errors in Step Functions workflows"): MaxDelaySeconds caps the growing interval;
JitterStrategy FULL draws a pause between 0 and that interval; a retry or catch on States.ALL won't catch States.Runtime
errors, which always end the execution, nor States.DataLimitExceeded. Assumed: States.TaskFailed leaves both out too.
MaxAttempts 0, its default 3 and States.Timeout under States.TaskFailed are right in the engine.
Mended: the retrier handed back to the engine holds the pause of this attempt, with a BackoffRate of 1.
Left out: TestState's retryBackoffIntervalSeconds, which TestState computes from the first attempt's pause.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from harness.targets.embedded.mends.symbols import STEP_FUNCTIONS, Function, Mend, Symbol

MATCHES = Symbol(STEP_FUNCTIONS, "_error_matches", "519b9dc729c56a3c")
FIND = Symbol(STEP_FUNCTIONS, "_find_matching_retrier", "cb494ae8503cce39")
RUN_TASK = Symbol(STEP_FUNCTIONS, "_execute_task", "53c818d247dba62c")
RUN_BRANCHED = Symbol(STEP_FUNCTIONS, "_with_retry_and_catch", "b351699db7b381ef")
PAUSE = Symbol(STEP_FUNCTIONS, "_scaled_sleep", "5ed19df2efa98412")

ENGINE_PAUSE_MAX_S = 60  # the callers of FIND cut the pause here
_random = random.Random()  # noqa: S311 - jitter is no secret


def _narrowed(original: Function) -> Function:
    def error_matches(error_equals: Sequence[str], error: str) -> bool:
        if error == "States.Runtime":
            return False
        if error == "States.DataLimitExceeded":
            return error in error_equals
        return bool(original(error_equals, error))

    return error_matches


def _with_this_attempts_pause(original: Function) -> Function:
    engine = FIND.module()

    def find_matching_retrier(
        retriers: Sequence[Mapping[str, Any]], error: str, retry_counts: Mapping[int, int]
    ) -> tuple[dict[str, Any] | None, int]:
        retrier, index = original(retriers, error, retry_counts)
        if retrier is None:
            return None, index
        pause = pause_s(retrier, retry_counts.get(index, 0), _random)
        engine._scaled_sleep(max(0.0, pause - ENGINE_PAUSE_MAX_S))  # the caller sleeps the rest
        return {**retrier, "IntervalSeconds": min(pause, ENGINE_PAUSE_MAX_S), "BackoffRate": 1}, index

    return find_matching_retrier


def pause_s(retrier: Mapping[str, Any], retries: int, source: random.Random) -> float:
    """Return the seconds to wait before the retry that follows `retries` others."""
    interval_s = float(retrier.get("IntervalSeconds", 1)) * float(retrier.get("BackoffRate", 2.0)) ** retries
    pause = min(interval_s, float(retrier.get("MaxDelaySeconds", interval_s)))
    return source.uniform(0, pause) if retrier.get("JitterStrategy") == "FULL" else pause


def _apply() -> None:
    MATCHES.wrap(_narrowed)
    FIND.wrap(_with_this_attempts_pause)


MEND = Mend(name="retries", touches=(MATCHES, FIND), relies_on=(RUN_TASK, RUN_BRANCHED, PAUSE), apply=_apply)
