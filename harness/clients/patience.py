"""How patient a process is: bounds of waits are written for the embedded target and stretched for slower ones.

Containers start functions in seconds, and real AWS has cold starts; a bound that fails a healthy system proves nothing.
One factor for all waits of clients, set when a process comes to know its target. Leaves out waits of the system under
test itself: its timeouts are part of what is tested.
"""

import os
from collections.abc import Mapping

from harness.errors import SettingInvalid

VARIABLE = "REHEARSAL_PATIENCE"
BY_TARGET: Mapping[str, float] = {"embedded": 1.0, "docker": 5.0, "staging": 10.0}
FACTOR_MAX = 100.0

_factor = 1.0


def patience_of(target: str, environ: Mapping[str, str] = os.environ) -> float:
    """Return the factor for a target: that of REHEARSAL_PATIENCE, else the target's own. Raises SettingInvalid."""
    text = environ.get(VARIABLE, "")
    if not text:
        return BY_TARGET.get(target, 1.0)
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor <= FACTOR_MAX:
        raise SettingInvalid(f"{VARIABLE} is {text!r}, expected a factor above 0, at most {FACTOR_MAX:.0f}")
    return factor


def be_patient(factor: float) -> None:
    """Stretch every wait of this process's clients by a factor from now on."""
    global _factor  # noqa: PLW0603 - bounds stand in a hundred stories, which must not carry a factor each
    _factor = factor


def patient_s(seconds: float) -> float:
    """Return a bound that was written for the embedded target as it holds for this process's target."""
    return seconds * _factor
