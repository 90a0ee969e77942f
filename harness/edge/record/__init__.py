"""The record: every call that passed, in bounded memory, in a file, as metrics and as spans."""

from harness.edge.record.call_record import CallRecord
from harness.edge.record.log import CallLog
from harness.edge.record.options import Recording, RecordOptions
from harness.edge.record.query import CallQuery
from harness.edge.record.room import Recorder

__all__ = ["CallLog", "CallQuery", "CallRecord", "RecordOptions", "Recorder", "Recording"]
