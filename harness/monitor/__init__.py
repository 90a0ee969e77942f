"""The live monitor: an execution of the payments system, told while it happens, and what came of it.

`following` reads an execution as it goes on, `telling` puts each transition into a line, `account` gathers what is
known in the end, and `screen` shows it: with a spinner and colours on a terminal, as plain lines everywhere else.
It only reads: AWS's own calls, the payments API, the gateway's calls. What it leaves out is starting anything.
"""

from harness.monitor.account import Account
from harness.monitor.closing import closing
from harness.monitor.finding import Machines
from harness.monitor.following import Following
from harness.monitor.glyphs import Glyphs
from harness.monitor.listing import Row, table
from harness.monitor.screen import Screen, open_screen
from harness.monitor.subject import Subject
from harness.monitor.telling import Line, Telling, opening
from harness.monitor.trouble import CloudUnreachable, ExecutionMissing, PermissionMissing
from harness.monitor.watching import account_of, watch
from harness.monitor.witnesses import Asks, Witnesses

__all__ = [
    "Account",
    "Asks",
    "CloudUnreachable",
    "ExecutionMissing",
    "Following",
    "Glyphs",
    "Line",
    "Machines",
    "PermissionMissing",
    "Row",
    "Screen",
    "Subject",
    "Telling",
    "Witnesses",
    "account_of",
    "closing",
    "open_screen",
    "opening",
    "table",
    "watch",
]
