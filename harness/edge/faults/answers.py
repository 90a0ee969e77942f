"""What becomes of an answer that its client is not to get as it is.

An answer that streams is read to its end before it is lost or replaced, because the upstream may still be acting
while it sends. Event streams (subscriptions) have no end to wait for: they are closed.
"""

from collections.abc import AsyncIterator

from harness.edge.call import Answer, Fate

HELD_BYTES_MAX = 8 * 1024 * 1024
_ENDLESS = b"application/vnd.amazon.eventstream"


def reset(answer: Answer) -> Answer:
    """Return an answer that a reset connection takes away."""
    return Answer(answer.status, answer.headers, answer.body, fate=Fate("reset"))


async def drain(answer: Answer) -> None:
    """Let the upstream finish an answer that nobody will see."""
    if answer.rest is not None:
        rest, answer.rest = answer.rest, None
        if not is_endless(answer):
            async for _ in rest:
                pass
        await _close(rest)


async def gather(answer: Answer) -> None:
    """Make a streaming answer whole, as far as `HELD_BYTES_MAX`; what comes after is read and dropped."""
    if answer.rest is None:
        return
    if is_endless(answer):
        await drain(answer)
        return
    rest, answer.rest = answer.rest, None
    parts, size = [answer.body], len(answer.body)
    async for part in rest:
        size += len(part)
        if size <= HELD_BYTES_MAX:
            parts.append(part)
    answer.body = b"".join(parts)
    await _close(rest)


def is_endless(answer: Answer) -> bool:
    """Say whether an answer is a stream of events."""
    return answer.header(b"content-type").startswith(_ENDLESS)


async def _close(rest: AsyncIterator[bytes]) -> None:
    close = getattr(rest, "aclose", None)
    if close is not None:
        await close()
