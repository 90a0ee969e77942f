"""Instants, names and reasons as people read them, for the terminal and the page alike."""

from datetime import UTC, datetime

from harness.capacity.advice.words import told_key
from harness.capacity.picture import HeatPicture, ResourceHeat, TableHeat
from harness.durations import duration_text

_DAY_S = 86_400.0


def resource_name(table: TableHeat, resource: ResourceHeat) -> str:
    """Return how a resource is called: the table's name, or `Table / Index`."""
    name = told_key(table.table, 80)
    return f"{name} / {told_key(resource.resource, 80)}" if resource.resource else name


class Instants:
    """Tells the instants of one picture: the hour for what is live, the time since the begin for what is planned."""

    def __init__(self, picture: HeatPicture) -> None:
        self._started_s = picture.started_s
        self._is_plan = picture.source == "plan"
        self._is_long = picture.at_s - picture.started_s > _DAY_S

    def told(self, at_s: float) -> str:
        """Return an instant: `14:05:30`, with its day where the picture is longer than one; `+1h30m` of a plan."""
        if self._is_plan:
            return f"+{duration_text(max(0.0, round(at_s - self._started_s)))}"
        return f"{datetime.fromtimestamp(at_s, UTC):{'%m-%d ' if self._is_long else ''}%H:%M:%S}"
