"""One table as TTL sees it: its setting, as last asked for, and its items' expiries, as the feed tells them."""

import asyncio
import time

from harness.edge.call import Namespace
from harness.edge.changes import Change
from harness.edge.journal.keys import identity
from harness.edge.tables import KeySchema
from harness.edge.ttl.expiries import Expiries, expiry_of
from harness.edge.upstream import Upstream, ask

# CloudFormation inside an engine changes settings past the edge; so what is known is asked for again after this long.
ASK_AGAIN_S = 30.0
PAGE_ITEMS = 500


class WatchedTable:
    """A table that was written to, or whose setting was seen."""

    def __init__(self, namespace: Namespace, name: str) -> None:
        self.namespace = namespace
        self.name = name
        self.attribute = ""  # "": TTL is off, or not known yet
        self.expiries = Expiries()
        self.needs_scan = False
        self.deleted = 0
        self.retry_at_s = 0.0  # monotonic: not before, after a failure
        self._asked_at_s = float("-inf")
        self._touched: set[str] | None = None  # keys that changed while the table is read

    @property
    def is_stale(self) -> bool:
        """Whether the setting is to be asked for."""
        return time.monotonic() - self._asked_at_s > ASK_AGAIN_S

    def learn(self, attribute: str) -> None:
        """Take a setting that was just asked for or seen; "" for off."""
        self._asked_at_s = time.monotonic()
        if attribute != self.attribute:
            self.attribute = attribute
            self.expiries.clear()
            self.needs_scan = bool(attribute)

    def heed(self, change: Change, now_s: float) -> float:
        """Keep when a changed item expires, and return it; infinite when it never does."""
        key = identity(change.key)
        expiry = expiry_of(change.after, self.attribute, change.key, now_s)
        self.expiries.note(key, expiry)
        if self._touched is not None:
            self._touched.add(key)
        return expiry.at_s if expiry is not None else float("inf")

    async def scan(self, upstream: Upstream, schema: KeySchema, now_s: float) -> None:
        """Read the whole table, in pages; what changes meanwhile is newer than what is read. Raises UpstreamRefused."""
        attribute = self.attribute
        self.needs_scan, self._touched = False, set()
        self.expiries.clear()
        # The TTL attribute may be a key attribute as well; a projection must not name one twice.
        names = {"#ttl": attribute}
        names |= {
            f"#key{n}": key for n, key in enumerate((schema.partition, schema.sort)) if key not in ("", attribute)
        }
        request = {
            "TableName": self.name,
            "ConsistentRead": True,
            "Limit": PAGE_ITEMS,
            "FilterExpression": "attribute_exists(#ttl)",
            "ProjectionExpression": ", ".join(names),
            "ExpressionAttributeNames": names,
        }
        try:
            while self.attribute == attribute:
                page = await ask(upstream, self.namespace, "Scan", request)
                for item in page.get("Items", ()):
                    key = schema.key_of(item)
                    name = identity(key)
                    if name not in self._touched:
                        self.expiries.note(name, expiry_of(item, attribute, key, now_s))
                if not page.get("LastEvaluatedKey"):
                    return
                request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
                await asyncio.sleep(0)  # clients' calls go between the pages
        except BaseException:
            self.needs_scan = True
            raise
        finally:
            self._touched = None
