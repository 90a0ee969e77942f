"""Mend: a table's stream feeds a function as its mapping says: partial failures, halves, retries, an end of trying.

Wrong: `ReportBatchItemFailures`, `BisectBatchOnFunctionError` and `MaximumRetryAttempts` are ignored, so a poison
record holds its stream up for ever and is never told to the OnFailure destination; and one thread feeds all mappings in
turn, so that a slow function delays every other table's.
AWS (documented, Lambda developer guide, "Using AWS Lambda with Amazon DynamoDB", "Configuring partial batch response"
and "Controlling how Lambda retries"): what a function reports as failed is tried again from the lowest sequence number
on; with bisecting, a batch that fails is halved, which costs none of its retries; after `MaximumRetryAttempts` retries,
or once its records are older than `MaximumRecordAgeInSeconds`, a batch is given up, told to the destination, and the
next one comes. Without either a batch is tried until the stream forgets it (24 hours).
Mended: each mapping has a thread while there is something to deliver. Retries come after 0.1 s, doubling to 2 s (AWS's
pauses are not documented). `repeat` delivers records once more: AWS delivers at least once.
Left out: shards and ParallelizationFactor (one batch a mapping at a time), the batching window, tumbling windows.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from harness.targets.embedded.mends.symbols import DYNAMODB, LAMBDA, Function, Mend, Symbol

POLL = Symbol(LAMBDA, "_poll_dynamodb_streams", "2b2460e933a9f3c3")
FILTER = Symbol(LAMBDA, "_apply_filter_criteria", "d8d7d5c8f77ea1ac")
GIVE_UP = Symbol(LAMBDA, "_send_ddb_stream_failure_record", "0efd5f5ffe2d6df5")
EXECUTE = Symbol(LAMBDA, "_execute_function", "3ceb16d6480a2161")
FIND = Symbol(LAMBDA, "_get_func_record_for_qualifier", "a86e90478088123d")
LOOP = Symbol(LAMBDA, "_poll_loop", "6a443090919adccf")
MAPPINGS = Symbol(LAMBDA, "_iter_all_esms", "7db06c0627a59696")
START = Symbol(DYNAMODB, "stream_start_position", "3b822e76fbb147fa")
END = Symbol(DYNAMODB, "stream_end_position", "d0483912696df38d")
SINCE = Symbol(DYNAMODB, "stream_records_since", "aed31a353fda9770")

PAUSE_S, PAUSE_S_MAX = 0.1, 2.0
BATCH_SIZE = 100  # AWS's default for streams
EXHAUSTED, TOO_OLD = "RetryAttemptsExhausted", "MaxRecordAgeExceeded"

Record = dict[str, Any]
_busy: set[str] = set()  # the mappings that have a thread
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Stream:
    """One mapping on one table's stream, in its account and region."""

    mapping: dict[str, Any]
    account: str
    region: str
    table: str

    @property
    def id(self) -> str:
        return str(self.mapping["UUID"])

    @property
    def is_on(self) -> bool:
        """Whether it still exists and is enabled, and the table's stream is still the one that it reads."""
        engine, tables = LAMBDA_ENGINE(), TABLES_ENGINE()
        described = tables._tables.get(self.table)
        return (
            engine._esms.get(self.id) is self.mapping
            and bool(self.mapping.get("Enabled", True))
            and bool(described)
            and described.get("LatestStreamArn") == self.mapping["EventSourceArn"]
        )

    def function(self) -> Any:
        """Return the function's record, None when there is none."""
        record, _ = FIND.function()(self.mapping["FunctionName"], self.mapping.get("Qualifier"))
        return record


LAMBDA_ENGINE: Callable[[], Any] = POLL.module
TABLES_ENGINE: Callable[[], Any] = START.module


def _feeding(_: Function) -> Function:
    def poll_dynamodb_streams() -> bool:
        """Start a thread for each mapping that has something to deliver and no thread yet."""
        for stream in _streams():
            with _in(stream):
                if stream.is_on and _position(stream) < END.function()(stream.table):
                    _start(stream)
        return False  # the threads wake the loop; there is nothing to hurry for

    return poll_dynamodb_streams


class Wanted(Protocol):
    """Which records of which tables are to come again: of those that are meant, the newest `last`."""

    last: int

    def means_table(self, account: str, region: str, table: str) -> bool: ...
    def means(self, record: Record) -> bool: ...


def repeat(wanted: Wanted) -> list[tuple[str, int]]:
    """Deliver records to the functions of a table's stream once more; return the functions and how many each got.

    Each enabled mapping gets those that it has had already and its filter lets through, in their order and in batches
    of its size, and this returns when its function has answered. What fails is not tried again.
    """
    return [
        (str(stream.mapping["FunctionName"]), count)
        for stream in _streams()
        if wanted.means_table(stream.account, stream.region, stream.table)
        and (count := _repeat_to(stream, wanted)) is not None
    ]


def _repeat_to(stream: Stream, wanted: Wanted) -> int | None:
    with _in(stream):
        function = stream.function() if stream.is_on else None
        if function is None:
            return None
        begin = START.function()(stream.table)
        had = SINCE.function()(stream.table, begin, max(0, _position(stream) - begin))
        again = [one for one in FILTER.function()(had, stream.mapping) if wanted.means(one)][-wanted.last :]
        size = _batch_size(stream.mapping)
        for first in range(0, len(again), size):
            EXECUTE.function()(function, {"Records": again[first : first + size]})
        return len(again)


def _streams() -> Iterator[Stream]:
    engine = LAMBDA_ENGINE()
    for account, region, mapping in MAPPINGS.function()():
        parts = str(mapping.get("EventSourceArn", "")).split(":", 5)
        if len(parts) == 6 and parts[2] == "dynamodb" and (parts[4], parts[3]) == (account, region):
            found = engine._dynamodb_stream_table_from_arn_spec(engine.parse_arn(mapping["EventSourceArn"]))
            if found is not None:
                yield Stream(mapping, account, region, found[0])


@contextmanager
def _in(stream: Stream) -> Iterator[None]:
    """Act in the account and region of a mapping."""
    engine = LAMBDA_ENGINE()
    account, region = engine._request_account_id.set(stream.account), engine._request_region.set(stream.region)
    try:
        yield
    finally:
        engine._request_account_id.reset(account)
        engine._request_region.reset(region)


def _start(stream: Stream) -> None:
    with _guard:
        if stream.id in _busy:
            return
        _busy.add(stream.id)
    threading.Thread(target=_feed, args=(stream,), name="stream-mapping", daemon=True).start()


def _feed(stream: Stream) -> None:
    try:
        with _in(stream):
            while stream.is_on and _deliver_next(stream):
                pass
    finally:
        with _guard:
            _busy.discard(stream.id)
        LAMBDA_ENGINE()._esm_wake.set()  # what came while this ended


def _deliver_next(stream: Stream) -> bool:
    """Deliver the next batch to its end; False when there is none."""
    begin = _position(stream)
    read = SINCE.function()(stream.table, begin, _batch_size(stream.mapping))
    if not read:
        return False
    batch = FILTER.function()(read, stream.mapping)
    if batch and not _deliver(stream, batch):
        return False
    _move_on(stream, begin + len(read))
    return True


def _deliver(stream: Stream, batch: Sequence[Record]) -> bool:
    """Deliver records until they are done or given up; False when the mapping went away meanwhile."""
    waiting = [list(batch)]
    retries = 0
    while waiting:
        part, function = waiting[-1], stream.function()
        if not stream.is_on or function is None:
            return False
        result = EXECUTE.function()(function, {"Records": part})
        failed = _failed(stream.mapping, part, result)
        if not failed:
            stream.mapping["LastProcessingResult"] = f"OK - {len(part)} records"
            waiting.pop()
            retries = 0
            continue
        stream.mapping["LastProcessingResult"] = "FAILED"
        waiting[-1] = failed
        if len(failed) < len(part):  # what is before is done, so this is a batch of its own
            retries = 0
        if len(failed) > 1 and _is_halved(stream.mapping, result):
            middle = len(failed) // 2
            waiting[-1:] = [failed[middle:], failed[:middle]]
        elif why := _given_up(stream.mapping, failed, retries):
            GIVE_UP.function()(stream.mapping, function, failed, stream.mapping["EventSourceArn"], result, why)
            waiting.pop()
            retries = 0
        else:
            time.sleep(min(PAUSE_S * 2**retries, PAUSE_S_MAX))
            retries += 1
    return True


def _failed(mapping: Mapping[str, Any], batch: list[Record], result: Mapping[str, Any]) -> list[Record]:
    """Return the records that are to be tried again: all after an error, else those from the first reported one on."""
    if result.get("error"):
        return batch
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or ()):
        return []
    told = result.get("body")
    reported = told.get("batchItemFailures") if isinstance(told, dict) else None
    if not reported:
        return []
    numbers = [str(one.get("itemIdentifier") or "") if isinstance(one, dict) else "" for one in reported]
    places = {one["dynamodb"]["SequenceNumber"]: place for place, one in enumerate(batch)}
    # An identifier that is none of the batch's makes the whole batch a failure.
    return batch[min(places.get(number, 0) for number in numbers) :]


def _given_up(mapping: Mapping[str, Any], failed: Sequence[Record], retries: int) -> str:
    """Return why records are not tried again, "" when they are."""
    attempts, age_s = int(mapping.get("MaximumRetryAttempts", -1)), int(mapping.get("MaximumRecordAgeInSeconds", -1))
    oldest_s = min(float(one["dynamodb"]["ApproximateCreationDateTime"]) for one in failed)
    if 0 < age_s < time.time() - oldest_s:
        return TOO_OLD
    return EXHAUSTED if 0 <= attempts <= retries else ""


def _is_halved(mapping: Mapping[str, Any], result: Mapping[str, Any]) -> bool:
    """Say whether a batch is tried in halves: after an error of the function, not for want of a worker."""
    bisects = str(mapping.get("BisectBatchOnFunctionError", "")).lower() == "true"
    return bisects and bool(result.get("error")) and not result.get("throttle")


def _batch_size(mapping: Mapping[str, Any]) -> int:
    return max(1, int(mapping.get("BatchSize") or BATCH_SIZE))


def _position(stream: Stream) -> int:
    """Return the absolute position of the next record, the oldest that is left when it is gone."""
    engine = LAMBDA_ENGINE()
    horizon: int = START.function()(stream.table)
    with engine._dynamodb_stream_positions_lock:
        position = engine._dynamodb_stream_positions.get(stream.id)
        if position is None:
            latest = stream.mapping.get("StartingPosition", "LATEST") != "TRIM_HORIZON"
            position = END.function()(stream.table) if latest else horizon
        position = max(int(position), horizon)
        engine._dynamodb_stream_positions[stream.id] = position
        return position


def _move_on(stream: Stream, position: int) -> None:
    engine = LAMBDA_ENGINE()
    with engine._dynamodb_stream_positions_lock:
        engine._dynamodb_stream_positions[stream.id] = position


MEND = Mend(
    "stream_mappings",
    (POLL,),
    (FILTER, GIVE_UP, EXECUTE, FIND, LOOP, MAPPINGS, START, END, SINCE),
    lambda: POLL.wrap(_feeding),
)
