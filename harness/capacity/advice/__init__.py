"""What to do about a table's heat: from a picture to advice with its reasons, numbers and a command.

Leaves out what no picture tells: the sizes of refused requests (each counts as one unit) and how often a client
repeated them (every attempt counts).
"""

from harness.capacity.advice.advising import advise
from harness.capacity.advice.case import Advice

__all__ = ["Advice", "advise"]
