"""Time to live: expired items of tables that ask for it are deleted, late, as on AWS, whatever engine is behind."""

from harness.edge.ttl.deleting import SystemDelete
from harness.edge.ttl.room import LAG_S_DEFAULT, Lifetimes
from harness.edge.ttl.settings import Settings

__all__ = ["LAG_S_DEFAULT", "Lifetimes", "Settings", "SystemDelete"]
