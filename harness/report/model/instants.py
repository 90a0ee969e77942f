"""Instants as texts, and the time between them."""

from datetime import UTC, datetime


def parsed(text: str) -> datetime | None:
    """Return an ISO 8601 instant, aware UTC; None when it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def between_ms(start: str, end: str) -> float | None:
    """Return the milliseconds from `start` to `end`, at least 0; None when one of them is no instant."""
    start_at, end_at = parsed(start), parsed(end)
    if start_at is None or end_at is None:
        return None
    return max((end_at - start_at).total_seconds() * 1000, 0.0)
