"""Messages that state machines parked: a batch is worked through, and what could not be finished is delivered again.

The function's mapping has to report batch item failures; the queue delivers a message again after its visibility
timeout, and moves it to the dead-letter queue after its maximum.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from groundwork.observability import count, logger

# Finishes what a message is about, and returns how it ended; whatever it raises leaves the message in the queue.
Finish = Callable[[Mapping[str, Any]], str]


def work_through(event: Mapping[str, Any], finish: Finish) -> dict[str, Any]:
    """Return the answer to a batch; a message that fails doesn't keep the others from being finished."""
    failed = [record["messageId"] for record in event["Records"] if not _is_finished(record, finish)]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}


def _is_finished(record: Mapping[str, Any], finish: Finish) -> bool:
    try:
        ended = finish(json.loads(record["body"]))
    except Exception:  # noqa: BLE001 - logged, and delivered again
        # Whatever it is: the message stays in the queue, and its content out of the log.
        logger.exception("a parked message is not finished", extra={"messageId": record["messageId"]})
        count("ReconcileFailed")
        return False
    count("Reconciled", ended=ended)
    return True
