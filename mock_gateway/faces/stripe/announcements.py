"""Records an event for every change, under the request that made it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_gateway.calls import Call
from mock_gateway.faces.stripe.events import Events


@dataclass(frozen=True)
class Announcements:
    """Tells of changes in the transaction in which they are made."""

    events: Events

    def tell(
        self,
        connection: sqlite3.Connection,
        call: Call,
        kind: str,
        document: Mapping[str, Any],
        *,
        previous: Mapping[str, Any] | None = None,
    ) -> None:
        """Record an event of type `kind` about a document; `previous` has what an update changed, as it was."""
        self.events.record(
            connection,
            merchant=call.merchant,
            type=kind,
            object=dict(document),
            request_id=call.request_id,
            idempotency_key=call.idempotency_key,
            previous=dict(previous) if previous else None,
        )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that an update changed, as they were."""
    return {name: before.get(name) for name, value in after.items() if before.get(name) != value}
