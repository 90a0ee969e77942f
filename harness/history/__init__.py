"""What happened: the operations that clients began, how each ended, and what was found in the end.

After Jepsen's histories. An operation ends `ok` (it happened), `fail` (it surely did not) or `info` (nobody knows).
Pure values that can be written to JSON lines and read back; the `Recorder` is the one part that changes, and it gets
the time from its caller.
"""

from harness.history.finals import (
    EventRecord,
    ExecutionRecord,
    FinalReads,
    LedgerEntry,
    PaymentRecord,
    WalletRecord,
    open_refunds,
)
from harness.history.json_lines import HistoryUnreadable, from_json_lines, to_json_lines
from harness.history.operation import FAIL, INFO, OK, Operation
from harness.history.recorder import Pending, Recorder
from harness.history.value import History

__all__ = [
    "FAIL",
    "INFO",
    "OK",
    "EventRecord",
    "ExecutionRecord",
    "FinalReads",
    "History",
    "HistoryUnreadable",
    "LedgerEntry",
    "Operation",
    "PaymentRecord",
    "Pending",
    "Recorder",
    "WalletRecord",
    "from_json_lines",
    "open_refunds",
    "to_json_lines",
]
