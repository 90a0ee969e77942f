"""The time machine: continuous and on-demand backups of tables, answered from the journal for every engine."""

from harness.edge.backups.means import BackupsOptions
from harness.edge.backups.room import Backups

__all__ = ["Backups", "BackupsOptions"]
