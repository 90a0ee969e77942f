"""The record: every call that passed, in bounded memory."""

from harness.edge.record.log import CallLog, CallRecord
from harness.edge.record.room import Recorder

__all__ = ["CallLog", "CallRecord", "Recorder"]
