"""Words that several parts of planning say alike: amounts, shares, times since the beginning."""

DAY_S = 86_400


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


def told_resource(table: str, resource: str) -> str:
    """Return what a table ("") or one of its indexes is called: Payments, Payments.ByUser."""
    return f"{table}.{resource}" if resource else table


def told_refused(count: float) -> str:
    """Return how many requests were refused."""
    return f"{told_count(count)} refused" if count else "nothing refused"


def told_time(seconds: float) -> str:
    """Return a time since the beginning: 0:00:12, 1:30:00."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
