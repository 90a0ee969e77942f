"""A run as one value, read from its folder, and the questions that a page asks of it.

Knows nothing of HTML: what is worked out here (ways through a state machine, latency per state, payments beside the
ledger, two runs compared) is what `rehearse report --json` prints as well.
"""

from harness.report.model.comparison import Comparison, compare
from harness.report.model.finding import find_run, latest_run
from harness.report.model.latency import Spread, latency_by_state
from harness.report.model.machine import Machine, machine_of
from harness.report.model.money import MoneyRow, money_rows
from harness.report.model.reading import read_run
from harness.report.model.run import Run, Scenario
from harness.report.model.ways import Way, ways_of

__all__ = [
    "Comparison",
    "Machine",
    "MoneyRow",
    "Run",
    "Scenario",
    "Spread",
    "Way",
    "compare",
    "find_run",
    "latency_by_state",
    "latest_run",
    "machine_of",
    "money_rows",
    "read_run",
    "ways_of",
]
