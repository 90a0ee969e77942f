"""The journal: what happened to every item of every table, kept on disk, so that the past can be asked for.

It hears of changes by the feed and writes them down before their writer is answered: a process that is killed loses
nothing that was answered (a machine that loses its power may: nothing is forced to the disk).
"""

from harness.edge.journal.journal import Journal, JournalOptions
from harness.edge.journal.room import JournalRoom
from harness.edge.journal.verifying import Verdict, verify

__all__ = ["Journal", "JournalOptions", "JournalRoom", "Verdict", "verify"]
