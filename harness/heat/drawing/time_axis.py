"""The axis of time below all drawings of one resource."""

import math
from datetime import UTC, datetime

from markupsafe import Markup

from harness.capacity.picture import HeatPicture
from harness.durations import duration_text

TICKS_MAX = 6
# What lies closer to the right border would be written beyond it.
LAST_PERCENT = 96.0
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)


def time_axis(picture: HeatPicture, whole_s: float) -> Markup:
    """Return the axis of a drawing that begins with the picture and is `whole_s` long."""
    ticks = [
        Markup('<line class="tick" x1="{0}%" x2="{0}%" y1="0" y2="4"/><text x="{0}%" y="15">{1}</text>').format(
            round(percent, 2), told
        )
        for percent, told in _ticks(picture, whole_s)
    ]
    return Markup('<svg class="axis" width="100%" height="18" aria-hidden="true">{}</svg>').format(
        Markup("").join(ticks)
    )


def _ticks(picture: HeatPicture, whole_s: float) -> list[tuple[float, str]]:
    if whole_s <= 0:
        return []
    apart_s = next((step for step in _STEPS_S if whole_s / step <= TICKS_MAX), 86_400 * math.ceil(whole_s / 518_400))
    is_plan = picture.source == "plan"
    # A live picture's ticks are round hours and minutes, a plan's are round times since its begin.
    first_s = 0.0 if is_plan else -picture.started_s % apart_s
    ticks = []
    at_s = first_s
    while at_s <= whole_s:
        percent = 100 * at_s / whole_s
        if percent <= LAST_PERCENT:
            ticks.append((percent, _told(picture.started_s, at_s, apart_s, is_plan=is_plan)))
        at_s += apart_s
    return ticks


def _told(started_s: float, at_s: float, apart_s: float, *, is_plan: bool) -> str:
    if is_plan:
        return duration_text(at_s)
    form = "%m-%d" if apart_s >= 86_400 else "%H:%M" if apart_s >= 60 else "%H:%M:%S"
    return datetime.fromtimestamp(started_s + at_s, UTC).strftime(form)
