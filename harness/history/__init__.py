"""What happened: the operations that clients began, how each ended, and what was found in the end.

After Jepsen's histories. An operation ends `ok` (it happened), `fail` (it surely did not) or `info` (nobody knows).
Pure values that can be written to JSON lines and read back; the `Recorder` is the one part that changes, and it gets
the time from its caller.
"""

from harness.history.booking import (
    BookingRecord,
    ClaimRecord,
    ClosureRecord,
    ConversationRecord,
    ItemRecord,
    RequestRecord,
    RuleRecord,
    SagaRecord,
    ScheduleRecord,
    UsageRecord,
)
from harness.history.finals import FinalReads
from harness.history.json_lines import HistoryUnreadable, from_json_lines, to_json_lines
from harness.history.operation import FAIL, INFO, OK, Operation
from harness.history.payments import (
    EventRecord,
    ExecutionRecord,
    LedgerEntry,
    PaymentRecord,
    WalletRecord,
    open_refunds,
)
from harness.history.recorder import Pending, Recorder
from harness.history.value import History

__all__ = [
    "FAIL",
    "INFO",
    "OK",
    "BookingRecord",
    "ClaimRecord",
    "ClosureRecord",
    "ConversationRecord",
    "EventRecord",
    "ExecutionRecord",
    "FinalReads",
    "History",
    "HistoryUnreadable",
    "ItemRecord",
    "LedgerEntry",
    "Operation",
    "PaymentRecord",
    "Pending",
    "Recorder",
    "RequestRecord",
    "RuleRecord",
    "SagaRecord",
    "ScheduleRecord",
    "UsageRecord",
    "WalletRecord",
    "from_json_lines",
    "open_refunds",
    "to_json_lines",
]
