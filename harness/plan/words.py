"""Words that several parts of planning say alike: what was probably meant, amounts, shares, times of day."""

import difflib
from collections.abc import Iterable

DAY_S = 86_400


def did_you_mean(name: str, expected: Iterable[str]) -> str:
    """Return ` (did you mean …?)` for a likely typo, "" when nothing is near."""
    by_lower = {one.lower(): one for one in expected}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f" (did you mean {by_lower[near[0]]}?)" if near else ""


def told_count(value: float) -> str:
    """Return an amount as people read it: 0.4, 12, 1,240, 3.6 million."""
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:.2f}".rstrip("0").rstrip(".") + f" {name}"
    if 0 < value < 0.01:
        return "< 0.01"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def told_usd(value: float) -> str:
    """Return USD as people read them: $0.42, $1,240."""
    return f"${value:,.0f}" if value >= 100 else f"${value:,.2f}"


def told_share(value: float) -> str:
    """Return a share of 1 as percent, without making something of nothing or nothing of something."""
    percent = 100 * value
    if 0 < percent < 0.01:
        return "< 0.01 %"
    return f"{percent:.2f} %" if percent < 10 else f"{percent:.1f} %"


def told_refused(count: float) -> str:
    """Return how many requests were refused."""
    return f"{told_count(count)} refused" if count else "nothing refused"


def told_time(seconds: float) -> str:
    """Return a time since the beginning: 0:00:12, 1:30:00."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
