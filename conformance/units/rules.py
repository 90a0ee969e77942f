"""The rules by which the model reckons, as the document shows them: what, how much, and how sure that is."""

DOCUMENTED, ASSUMED = "documented", "assumed"

# (what, how much, how sure)
RULES: tuple[tuple[str, str, str], ...] = (
    ("a text, an attribute's name", "its bytes in UTF-8", DOCUMENTED),
    (
        "a number",
        "1 byte, 1 for two significant digits, 1 for a minus sign, at most 21",
        "documented as “approximately”, without sign and maximum; verified against DynamoDB Local",
    ),
    ("binary", "its raw bytes", DOCUMENTED),
    ("null, boolean", "1 byte", DOCUMENTED),
    ("a list or map", "3 bytes, 1 for each element, and the elements", DOCUMENTED),
    ("a set", "its members", "not documented; verified against DynamoDB Local"),
    ("PutItem, UpdateItem", "1 write unit a KB of the larger of before and after", DOCUMENTED),
    ("DeleteItem", "by the deleted item; 1 when there was none", DOCUMENTED),
    ("BatchWriteItem", "each item by itself", DOCUMENTED),
    ("a failed condition", "by the existing item, at least 1; indexes nothing", DOCUMENTED),
    ("an index's entry comes or goes", "1 write unit a KB of the entry", DOCUMENTED),
    ("an entry moves, as its key changes", "both its places", DOCUMENTED),
    ("an entry changes in place", "the larger of before and after", "documented as one write; its size is assumed"),
    (
        "an entry stays as it is",
        "nothing, also when equal values are written otherwise",
        "documented; the latter is assumed",
    ),
    ("a local index's entry", "the same, paid by the table", DOCUMENTED),
    ("GetItem, BatchGetItem", "1 read unit per 4 KB of each item, half if eventually consistent", DOCUMENTED),
    ("an item that is not there", "as much as the smallest", DOCUMENTED),
    ("Query, Scan", "per 4 KB of the sum of what was evaluated, filtered or not", DOCUMENTED),
    ("a page without items", "as much as the smallest", ASSUMED),
    ("a page of an index", "by the entries; a global index's reads are eventually consistent", DOCUMENTED),
    ("what a local index does not project", "each whole item, fetched from the table", DOCUMENTED),
    ("TransactWriteItems", "2 write units a KB of each item", DOCUMENTED),
    (
        "indexes in a transaction",
        "1 write unit a KB of the entry",
        "not documented: as the engine has it; DynamoDB Local has twice that",
    ),
    (
        "ConditionCheck",
        "2 write units a KB of the item",
        "not documented: 2 units measured on AWS and published, by size assumed",
    ),
    (
        "the same token again",
        "2 read units per 4 KB of what is there now",
        "documented as reads of the items; 2 units measured on AWS and published",
    ),
    ("a cancelled transaction", "as if it had been committed, without indexes", ASSUMED),
    ("TransactGetItems", "2 read units per 4 KB of each item", DOCUMENTED),
    (
        "PartiQL",
        "what the operation costs that does the same",
        "that it does the same is documented, that it costs the same is assumed",
    ),
    ("a deletion by TTL", "nothing", "documented for the table, assumed for its indexes"),
)


def rules() -> list[str]:
    """Return the rules as lines of Markdown."""
    return [
        "## What is reckoned",
        "",
        "By the DynamoDB developer guide: “DynamoDB item sizes and formats”, “DynamoDB read and write operations”, on"
        " secondary indexes, and “Managing complex workflows with DynamoDB transactions”.",
        "",
        "| what | costs | how sure |",
        "| --- | --- | --- |",
        *(f"| {what} | {costs} | {sure} |" for what, costs, sure in RULES),
        "",
    ]
