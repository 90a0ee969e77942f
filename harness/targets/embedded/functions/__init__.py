"""Lambda functions as real worker processes: a pool, AWS's own Python runtime client, and the Runtime API for it."""

from harness.targets.embedded.functions.pool import FunctionPool
from harness.targets.embedded.functions.spec import FunctionSpec, LayerArchive, Outcome

__all__ = ["FunctionPool", "FunctionSpec", "LayerArchive", "Outcome"]
