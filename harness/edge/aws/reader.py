"""What a call is about: its operation where the protocol hides it, and its targets (resource and key)."""

from harness.edge.call import Call
from harness.edge.tables import Tables


class Reader:
    """Reads operation and targets from a call's path, query and document."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def read(self, call: Call) -> None:
        """Fill in `call.operation` where it is not known, and `call.targets`."""
