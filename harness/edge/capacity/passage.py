"""One call on its way past capacity: what each of its entries is expected to cost, may pay, and has cost."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from harness.capacity.charge import Charge, Place
from harness.capacity.units import item_bytes, place_of
from harness.edge.call import Answer, Call
from harness.edge.capacity import settling
from harness.edge.capacity.asks import Ask
from harness.edge.capacity.charging import NONSENSE, Expected
from harness.edge.capacity.ledger import Ledger
from harness.edge.capacity.refusing import Refused
from harness.edge.capacity.told import Told
from harness.edge.changes import Change, Changes
from harness.edge.record.answers import error_code
from harness.edge.tables import table_name

Family = Literal["one", "batch", "transaction"]
CONDITION_FAILED = frozenset({"ConditionalCheckFailedException", "DuplicateItemException"})
_CANCELLED = "TransactionCanceledException"
# A transaction that is cancelled for these was prepared; validation comes before (assumed).
_COSTLY_REASONS = frozenset({"ConditionalCheckFailed", "TransactionConflict", "DuplicateItem"})
_WRITES_ANYWAY = frozenset({"put", "update"})


class Entry:
    """One item, query or scan of a call."""

    __slots__ = ("ledger", "refused", "taken", "was")

    def __init__(self, ledger: Ledger, was: Expected) -> None:
        self.ledger = ledger
        self.was = was
        self.taken: Sequence[Charge] = ()
        self.refused: Refused | None = None

    def ask_for_room(self, now_s: float) -> bool:
        """Find out whether this entry is admitted now; take nothing."""
        told = self.ledger.refusal(self.was.charges, now_s)
        if told is not None:
            self.refused = Refused(self.ledger.shape, told)
        return told is None

    def take(self, now_s: float) -> None:
        """Take what the entry is expected to cost."""
        self.taken = self.was.charges
        self.ledger.capacity.take(self.taken, now_s)

    def tell_refusal(self, now_s: float) -> None:
        """Tell who counts refusals of this one, if it was refused."""
        if self.refused is not None:
            self.ledger.capacity.refuse(self.was.charges, self.refused.refusal, now_s)

    def settle(self, due: Sequence[Charge], now_s: float) -> None:
        """Take or give back what the entry has cost more or less than was taken."""
        if due is not self.taken:
            left = settling.differences(self.taken, due)
            if left:
                self.ledger.capacity.take(left, now_s)
            self.taken = due


def admit(entries: Sequence[Entry], family: Family, now_s: float) -> bool:
    """Take what each admitted entry is expected to cost; tell whether all were admitted.

    A transaction is admitted as a whole or not at all; entries of a batch are on their own.
    """
    if family == "transaction":
        admitted = [entry.ask_for_room(now_s) for entry in entries]  # of all of them, because the answer tells each
        for entry in entries:
            if all(admitted):
                entry.take(now_s)
            else:
                entry.tell_refusal(now_s)
        return all(admitted)
    everyone = True
    for entry in entries:
        if entry.ask_for_room(now_s):
            entry.take(now_s)
        else:
            entry.tell_refusal(now_s)
            everyone = False
    return everyone


class Settlement:
    """Reckons what a call that went upstream has cost. `heard` are the changes it made, None when nobody hears."""

    def __init__(self, call: Call, answer: Answer, told: Told, heard: Sequence[Changes] | None) -> None:
        self._call = call
        self._answer = answer
        self._told = told
        self._heard = heard

    def due(self, entries: Sequence[Entry]) -> list[Sequence[Charge]]:
        """Return what each entry has cost, in their order."""
        status = self._answer.status
        if status >= 500:
            lost = self._call.marks.get("upstream") != "unreached"
            return [entry.taken if lost else () for entry in entries]
        if status >= 400:
            return self._of_refused(entries)
        if entries[0].was.ask.is_write:
            return self._of_writes(entries)
        return self._of_reads(entries)

    def _of_refused(self, entries: Sequence[Entry]) -> list[Sequence[Charge]]:
        code = error_code(self._answer)
        if code in CONDITION_FAILED and len(entries) == 1:
            existing = (self._answer.document or {}).get("Item")
            return [settling.failed(entries[0].was, existing)]
        if code == _CANCELLED:
            reasons = (self._answer.document or {}).get("CancellationReasons") or ()
            if any(one.get("Code") in _COSTLY_REASONS for one in reasons):
                return [settling.cancelled(entry.was) for entry in entries]
        return [() for _ in entries]

    def _of_writes(self, entries: Sequence[Entry]) -> list[Sequence[Charge]]:
        if self._heard is None:
            return self._told_of(entries, [entry.was.charges for entry in entries])
        changes = _by_item(self._heard, entries)
        if len(entries) == 1 and not entries[0].was.ask.transactional:
            due = [_written(entries[0], changes[0])]
        elif self._is_replay(entries, changes):
            return [settling.replayed(entry.was) for entry in entries]
        else:
            due = [_written(entry, change) for entry, change in zip(entries, changes, strict=True)]
        return due if self._call.operation != "BatchExecuteStatement" else self._without_failures(entries, due)

    def _is_replay(self, entries: Sequence[Entry], changes: Sequence[Change | None]) -> bool:
        if self._call.marks.get("replayed"):
            return True
        if not entries[0].was.ask.transactional or any(change is not None for change in changes):
            return False
        has_token = isinstance(self._call.document, dict) and "ClientRequestToken" in self._call.document
        return has_token and any(entry.was.ask.kind in _WRITES_ANYWAY for entry in entries)

    def _without_failures(self, entries: Sequence[Entry], due: Sequence[Sequence[Charge]]) -> list[Sequence[Charge]]:
        """Return what statements have cost of which some failed by themselves."""
        responses = (self._answer.document or {}).get("Responses") or ()
        if len(responses) != len(entries):
            return list(due)
        settled: list[Sequence[Charge]] = []
        for entry, charges, response in zip(entries, due, responses, strict=True):
            code = (response.get("Error") or {}).get("Code")
            if code in ("ConditionalCheckFailed", "DuplicateItem"):
                settled.append(settling.failed(entry.was, response.get("Item")))
            else:
                settled.append(() if code else charges)
        return settled

    def _of_reads(self, entries: Sequence[Entry]) -> list[Sequence[Charge]]:
        first = entries[0]
        if len(entries) == 1:
            if first.was.exact:
                return [first.taken]
            if self._told:
                return [settling.told_of_one(first.ledger.shape, first.was, self._told[0])]
        elif first.was.exact and all(entry.was.exact for entry in entries):
            return [entry.taken for entry in entries]
        document = self._answer.document
        if not isinstance(document, dict):
            return [entry.taken for entry in entries]
        if len(entries) == 1 and self._call.operation in _ALONE:
            return [self._read_alone(first, document)]
        return self._told_of(entries, _read_together(entries, document))

    def _told_of(self, entries: Sequence[Entry], reckoned: Sequence[list[Charge]]) -> list[Sequence[Charge]]:
        """Return charges as they were told by table, shared out as they were reckoned."""
        if not self._told:
            return list(reckoned)
        if len(entries) == 1:
            return [settling.told_of_one(entries[0].ledger.shape, entries[0].was, self._told[0])]
        due: list[Sequence[Charge]] = list(reckoned)
        for told in self._told:
            name = table_name(str(told.get("TableName", "")))
            mine = [at for at, entry in enumerate(entries) if entry.ledger.shape.name == name]
            shared = settling.told_of_many([reckoned[at] for at in mine], told)
            for at, charges in zip(mine, shared, strict=True):
                due[at] = charges
        return due

    def _read_alone(self, entry: Entry, document: Mapping[str, Any]) -> list[Charge]:
        """Return what one read has cost by its answer: an item, or a page of them."""
        if entry.was.ask.kind == "get":
            item = document.get("Item")
            size = _size(item)
            if self._heard is not None and is_whole(entry.was.ask):
                entry.ledger.seen.note(entry.was.place.item, item, size)
            return settling.found(entry.was, size)
        items = document.get("Items") or ()
        return settling.page(entry.was, items, document.get("Count"), document.get("ScannedCount"))


def _written(entry: Entry, change: Change | None) -> Sequence[Charge]:
    """Return what a write has cost, and remember its item."""
    done = settling.written(entry.ledger.shape, entry.was, change)
    if change is not None:
        entry.ledger.learn(done.place, change.after, done.before_bytes, done.after_bytes or 0)
    return done.charges


_ALONE = frozenset({"GetItem", "Query", "Scan", "ExecuteStatement"})


def is_whole(ask: Ask) -> bool:
    """Tell whether the answer to a read has whole items in it."""
    return "ProjectionExpression" not in ask.said and "AttributesToGet" not in ask.said


def _by_item(heard: Sequence[Changes], entries: Sequence[Entry]) -> list[Change | None]:
    """Return the change of each entry's item, None where nothing changed."""
    if len(entries) == 1 and len(heard) == 1 and len(heard[0].changes) == 1:
        return [heard[0].changes[0]]  # most writes, by far
    told = [(changes.table, change) for changes in heard for change in changes.changes]
    if _are_of(told, entries):
        return [change for _, change in told]
    found: dict[tuple[str, str], Change] = {}
    keys = {entry.ledger.shape.name: entry.ledger.shape.key for entry in entries}
    for table, change in told:
        key = keys.get(table)
        if key is not None:
            found[table, place_of(key, change.key).item] = change
    return [found.get((entry.ledger.shape.name, entry.was.place.item)) for entry in entries]


def _are_of(told: Sequence[tuple[str, Change]], entries: Sequence[Entry]) -> bool:
    """Tell whether changes by table are the entries', one each and in their order."""
    return len(told) == len(entries) and all(
        table == entry.ledger.shape.name
        and all(entry.was.ask.about.get(name) == change.key[name] for name in change.key)
        for (table, change), entry in zip(told, entries, strict=True)
    )


def _read_together(entries: Sequence[Entry], document: Mapping[str, Any]) -> list[list[Charge]]:
    """Return what several reads have cost by the items in their answer: in order, or by table."""
    responses = document.get("Responses") or {}
    if isinstance(responses, list):
        if len(responses) != len(entries):
            return [entry.was.charges for entry in entries]
        return [
            settling.found(entry.was, _size(one.get("Item"))) for entry, one in zip(entries, responses, strict=True)
        ]
    items = {place: item for entry in entries for place, item in _placed_items(entry.ledger, responses)}
    return [
        settling.found(entry.was, _size(items.get((entry.ledger.shape.name, entry.was.place)))) for entry in entries
    ]


def _size(item: Mapping[str, Any] | None) -> int:
    return item_bytes(item) if item else 0


def _placed_items(
    ledger: Ledger, responses: Mapping[str, Any]
) -> Iterable[tuple[tuple[str, Place], Mapping[str, Any]]]:
    for reference, items in responses.items():
        if table_name(reference) == ledger.shape.name:
            for item in items:
                try:
                    yield (ledger.shape.name, place_of(ledger.shape.key, item)), item
                except NONSENSE:  # its key was not asked for
                    continue
