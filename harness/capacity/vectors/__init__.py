"""The capacity model over whole traffic: the rules of `table`, a slice of time at once, with numpy.

numpy comes with the extra `rehearsal[plan]`: nothing else of the model needs it.
"""

from harness.capacity.vectors.outcome import Change, FirstThrottle, KindOutcome, Outcome
from harness.capacity.vectors.simulation import Options, simulate
from harness.capacity.vectors.trace import Group, KeySpace, Kind, KindCharge, Slice, key_space

__all__ = [
    "Change",
    "FirstThrottle",
    "Group",
    "KeySpace",
    "Kind",
    "KindCharge",
    "KindOutcome",
    "Options",
    "Outcome",
    "Slice",
    "key_space",
    "simulate",
]
