"""What bytes cost: read units by 4 KB, write units by 1 KB, and the factors of consistency and transactions.

Documented (DynamoDB developer guide, "DynamoDB read and write operations" and "Managing complex workflows with
DynamoDB transactions"). They define the unit, so they are no parameters of the model.
"""

READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024
EVENTUAL_READ_FACTOR = 0.5
TRANSACTION_FACTOR = 2.0  # prepared, then committed: two reads or writes of every item


def read_units(size_bytes: int, *, consistent: bool, transactional: bool = False) -> float:
    """Return the read units of what is rounded once: one item, or all that a Query or Scan evaluated.

    What is not there (0 bytes) costs as much as the smallest item. A transactional read is consistent.
    """
    steps = -(-size_bytes // READ_UNIT_BYTES) or 1
    if transactional:
        return TRANSACTION_FACTOR * steps
    return float(steps) if consistent else EVENTUAL_READ_FACTOR * steps


def write_units(size_bytes: int, *, transactional: bool = False) -> float:
    """Return the write units of one item or index entry; at least one unit's."""
    steps = -(-size_bytes // WRITE_UNIT_BYTES) or 1
    return TRANSACTION_FACTOR * steps if transactional else float(steps)
