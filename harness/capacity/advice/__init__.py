"""What to do about a table's heat: from a picture to advice with its reasons, numbers and a command.

Leaves out what no picture tells: how often a client repeated a refused request (every attempt counts).
"""

from harness.capacity.advice.advising import advise
from harness.capacity.advice.case import Advice

__all__ = ["Advice", "advise"]
