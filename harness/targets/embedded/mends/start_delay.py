"""Mend: an execution starts at once.

Wrong: every execution first sleeps 0.15 s (`time.sleep(0.15)` at the head of `_run_execution`): with five quick tasks,
nine tenths of the time of a payment, and the ceiling of what one machine can do.
AWS: no such delay; a STANDARD execution's first transition follows within some 20 ms (assumed, from experience).
Mended: the constant 0.15 in that function's code becomes 0. Nothing else can be meant by it: the fingerprint fixes the
text and exactly one such constant is required. A stand-in for `time` in the module would reach Wait states and
retries too, and would have to look at its caller to tell them apart.
"""

from types import FunctionType

from harness.errors import EngineMismatch
from harness.targets.embedded.mends.symbols import STEP_FUNCTIONS, Mend, Symbol

RUN = Symbol(STEP_FUNCTIONS, "_run_execution", "996dff84e0e0605a")
DELAY_S = 0.15


def _without_delay() -> None:
    function = RUN.function()
    if not isinstance(function, FunctionType):
        raise EngineMismatch(f"{RUN.name} is a {type(function).__name__}, expected a plain function")
    constants = function.__code__.co_consts
    if constants.count(DELAY_S) != 1:
        raise EngineMismatch(
            f"{RUN.name} holds the constant {DELAY_S} {constants.count(DELAY_S)} times, expected once",
            remedy="read the function again and write this mend anew",
        )
    function.__code__ = function.__code__.replace(
        co_consts=tuple(0 if constant == DELAY_S else constant for constant in constants)
    )


MEND = Mend(name="start_delay", touches=(RUN,), relies_on=(), apply=_without_delay)
