"""Ids of balance transactions: one for every movement of money, made of the id of its ledger entry."""

import re

from mock_gateway.money.ledger import PREFIX_BY_KIND, SIGN_BY_KIND, Entry

_PREFIXES = sorted({PREFIX_BY_KIND[kind] for kind in SIGN_BY_KIND}, key=len, reverse=True)
_ID = re.compile(rf"txn_({'|'.join(_PREFIXES)})([0-9a-f]{{24}})")


def transaction_id(entry: Entry) -> str:
    """Return the id of the balance transaction of a ledger entry."""
    return "txn_" + entry.id.replace("_", "")


def entry_id(transaction: str) -> str:
    """Return the id of the ledger entry of a balance transaction, "" when the id is none."""
    found = _ID.fullmatch(transaction)
    return f"{found[1]}_{found[2]}" if found else ""
