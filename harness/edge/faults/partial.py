"""The fault of batches: the answer is a 200 that says of some entries that they were not done."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import orjson

from harness.edge.aws.batches import BATCHES
from harness.edge.call import Answer, Call, Proceed
from harness.edge.documents import RuleInvalid
from harness.edge.faults.answers import drain
from harness.edge.faults.fault import Fault, Hold, argument
from harness.edge.faults.match import Match

_JSON = b"application/x-amz-json-1."
_NOT_TAKEN_APART = "the request is no batch in a JSON protocol"


@dataclass(frozen=True)
class Unprocessed(Fault):
    """Leave entries of a batch unprocessed, and say so as the operation does (UnprocessedItems, Failed …).

    Of the entries that the rule matches (all, when it names no resource or key) the first `keep` are processed. After
    the effect, all were processed and the answer says otherwise; reads have no effect to come after.
    """

    kind = "unprocessed"
    keep: int = argument(0, says="how many of the matching entries are processed, the first ones", at_least=0)

    def check(self, meant: Match, /) -> None:
        """Raise RuleInvalid when no call that a match means is a batch."""
        known = [batch for batch in BATCHES if meant.fits_operation(*batch)]
        named = meant.literal("operation")
        batches = {operation for _, operation in known}
        if not known or any(operation not in batches for operation in named):
            listed = ", ".join(operation for _, operation in BATCHES)
            raise RuleInvalid(f"an unprocessed rule is for batches, expected match.operation to be of {listed}")

    def misses(self, call: Call, /) -> str:
        batch = BATCHES.get((call.service, call.operation))
        if batch is None or not call.header(b"content-type").startswith(_JSON):
            return _NOT_TAKEN_APART
        try:
            batch.count(call.document)
        except (KeyError, TypeError, AttributeError):
            return _NOT_TAKEN_APART
        return ""

    async def before(self, hold: Hold, call: Call, proceed: Proceed, /) -> Answer:
        batch, asked = BATCHES[call.service, call.operation], call.document
        count, left = batch.count(asked), self._left(hold, call)
        if not left:
            hold.miss("the batch has no entry that is to be left")
            return await proceed(call)
        if len(left) == count:
            hold.fire(effect=False)
            return _answer(batch.answer(asked, left, {}), call.header(b"content-type"))
        call.replace_body(orjson.dumps(batch.without(asked, left)))
        answer = await proceed(call)
        if answer.status >= 400:
            hold.miss("the upstream refused the rest of the batch")
            return answer
        hold.fire(effect=False)
        return _replaced(answer, batch.answer(asked, left, answer.document or {}))

    async def after(self, hold: Hold, call: Call, answer: Answer, /) -> Answer:
        batch, asked = BATCHES[call.service, call.operation], call.document
        left = self._left(hold, call) if batch.has_effects else set()
        told = answer.document
        if not left or answer.status >= 400 or not isinstance(told, dict):
            hold.miss("there is no entry whose effect could be denied")
            return answer
        hold.fire(effect=True)
        return _replaced(answer, batch.answer(asked, left, told))

    async def spoil(self, _hold: Hold, _call: Call, answer: Answer, /) -> Answer:
        await drain(answer)
        return answer

    def _left(self, hold: Hold, call: Call) -> Set[int]:
        count = BATCHES[call.service, call.operation].count(call.document)
        if len(call.targets) == count:
            matching = [at for at, target in enumerate(call.targets) if hold.means(target)]
        else:
            matching = list(range(count))
        return frozenset(matching[self.keep :])


def _answer(document: dict[str, Any], content_type: bytes) -> Answer:
    body = orjson.dumps(document)
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    return Answer(200, headers, body)


def _replaced(answer: Answer, document: dict[str, Any]) -> Answer:
    answer.replace_body(orjson.dumps(document))
    return answer
