"""Why an engine's figures differ from the model's, and who is right by AWS's documentation.

A difference that no explanation covers is shown as unexplained: somebody has to look.
"""

import re
from dataclasses import dataclass

from conformance.units.comparing import Difference


@dataclass(frozen=True, slots=True)
class Explanation:
    """Covers the differences of an engine in operations and parts (regular expressions)."""

    engine: str
    operation: str
    part: str
    says: str

    def covers(self, engine: str, difference: Difference) -> bool:
        """Tell whether it explains this difference."""
        return bool(
            self.engine in engine
            and re.fullmatch(self.operation, difference.operation)
            and re.fullmatch(self.part, difference.part)
        )


_LOCAL, _STOCK = "DynamoDB Local", "ministack"
_INDEX_READS = "(Query|Scan), (global|local) index.*"

# The first that covers a difference explains it.
EXPLANATIONS: tuple[Explanation, ...] = (
    # -- DynamoDB Local
    Explanation(
        _LOCAL,
        "(Batch)?Execute.*",
        "no ConsumedCapacity",
        "Tells nothing of PartiQL. AWS does, since 2021 (documented, API reference of ExecuteStatement): the model has"
        " no witness here.",
    ),
    Explanation(
        _LOCAL,
        "BatchGetItem|Scan, (table|page of a table)|Query, .*",
        ".*",
        "A Query or Scan that finds nothing costs nothing, and neither does a batch's missing item; GetItem's and"
        " TransactGetItems' do. AWS: a read of an item that is not there costs as much as the smallest (documented);"
        " that a page without items does, too, is assumed.",
    ),
    Explanation(
        _LOCAL,
        _INDEX_READS,
        ".*",
        "Scan of an index costs as much as the whole items, though the index projects less, and nothing when it finds"
        " nothing. AWS: the sizes of the index's entries count (documented).",
    ),
    Explanation(
        _LOCAL,
        "TransactWriteItems",
        ".*",
        "Doubles twice (4 units for a small item, 4 for an index's entry), but charges 2 for the deletion of nothing,"
        " charges a ConditionCheck by 4 KB, and counts equal figures of one table once. AWS: 2 units a KB (documented)."
        " What an index's entry costs in a transaction is not documented: the model takes 1 unit a KB, as ministack"
        " does; DynamoDB Local would have twice that.",
    ),
    Explanation(
        _LOCAL,
        "TransactWriteItems, same token again",
        ".*",
        "Counts equal figures of one table once: two items that cost 2 read units each cost 2. AWS: each item is read"
        " (documented).",
    ),
    Explanation(
        _LOCAL,
        "BatchWriteItem",
        "table's part",
        "A batch's deletion of nothing costs 2 units, DeleteItem's costs 1. AWS: 1 (documented).",
    ),
    Explanation(
        _LOCAL,
        "(Put|Update|Delete|BatchWrite)Item",
        "local index's part",
        "An entry of a local index counts 100 bytes more than its attributes, so some cost a unit more; those of global"
        " indexes don't. AWS: the entry's size counts; 100 bytes an entry are named for storage alone (documented).",
    ),
    Explanation(
        _LOCAL,
        "(Put|Update|Delete|BatchWrite)Item",
        "global index's part",
        "An item that swaps one of an index's two key attributes for the other costs the index units, though it is in"
        " the index neither before nor after. AWS: only items with all key attributes have an entry (documented).",
    ),
    Explanation(_LOCAL, "(Put|Update|Delete|BatchWrite)Item", "total", "The sum of the parts above."),
    # -- the engine as it comes
    Explanation(
        _STOCK,
        "GetItem|Query.*|Scan.*",
        ".*",
        "Reads cost 0.5 or 1 unit whatever their size, and what a local index fetches from its table is free. AWS: by"
        " 4 KB (documented).",
    ),
    Explanation(_STOCK, "BatchGetItem", ".*", "Tells nothing. AWS does (documented)."),
    Explanation(
        _STOCK,
        "TransactGetItems",
        ".*",
        "Costs 2 units an item whatever its size, and charges the table's global indexes as much, which can't be read"
        " in transactions. AWS: 2 units per 4 KB of the table (documented).",
    ),
    Explanation(
        _STOCK,
        "TransactWriteItems",
        ".*",
        "Tells no part of the table, and its indexes are missing in WriteCapacityUnits. AWS: INDEXES tells the table's"
        " part, and the sum is of all (documented, API reference of ConsumedCapacity).",
    ),
    Explanation(
        _STOCK,
        "TransactWriteItems, same token again",
        ".*",
        "Reads what was there before or after, the larger of the two; tells no part of the table. AWS: the items are"
        " read (documented).",
    ),
    Explanation(
        _STOCK,
        "(Batch)?Execute.*",
        ".*",
        "PartiQL costs by rows, not sizes; writes cost 1 unit and indexes nothing; reads in transactions are told as"
        " writes; no parts are told. AWS: statements do what the operations do (documented).",
    ),
    Explanation(
        _STOCK,
        "(Put|Update|Delete|BatchWrite)Item",
        ".*",
        "A negative number of 38 digits counts 22 bytes, DynamoDB Local counts 21: at most so many (not documented)."
        " A number that PartiQL wrote as 01 stays so until the next write, and then counts as a change of its index.",
    ),
)


def explained(engine: str, difference: Difference) -> str:
    """Return why a figure differs, "" when nobody has explained it."""
    # The embedded engine is the stock one, mended: nothing excuses it.
    known = () if "embedded" in engine else EXPLANATIONS
    return next((one.says for one in known if one.covers(engine, difference)), "")
