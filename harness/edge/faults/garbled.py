"""Faults of the answer's bytes: it comes whole, and its bytes are not those that were sent."""

import zlib
from dataclasses import dataclass

from harness.edge.call import Answer, Call
from harness.edge.faults.fault import Fault, Hold

_CHECKSUM = b"x-amz-crc32"
_BROKEN_CBOR = 0xFF  # "break" outside of anything that could be broken off


@dataclass(frozen=True)
class Corrupt(Fault):
    """Change bytes of the body so that no parser takes it, and leave its length and checksum as they were.

    DynamoDB sends a checksum of its body with every answer (`x-amz-crc32`; verified against botocore's retry rules,
    which compare it); where the upstream sends none, that of the true body is sent along, so that SDKs notice. Before
    the effect it is the body of a server error that is changed.
    """

    kind = "corrupt"
    needs_body = True

    async def spoil(self, hold: Hold, call: Call, answer: Answer, /) -> Answer:
        if call.service == "dynamodb" and not answer.header(_CHECKSUM):
            answer.headers = [*answer.headers, (_CHECKSUM, b"%d" % zlib.crc32(answer.body))]
        answer.body = _garbled(
            answer.body, is_binary=b"cbor" in answer.header(b"content-type"), at=hold.dice.throw("at")
        )
        return answer


def _garbled(body: bytes, *, is_binary: bool, at: float) -> bytes:
    """Return as many bytes of which the first, and one at a fraction of the length, are others."""
    if not body:
        return body
    changed = bytearray(body)
    # The first byte alone makes it no JSON, XML or CBOR any more.
    changed[0] = _BROKEN_CBOR if is_binary else ord("{" if body[:1] == b"<" else "<")
    position = int(at * len(changed))
    if position:
        changed[position] ^= 0x15
    return bytes(changed)
