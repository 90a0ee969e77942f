"""The heat tab in Locust's own web UI: progress, throttles by reason, the hottest keys, and the edge's heat map.

Imported in the load process alone, because Locust is. `/heat` is the same as a page of its own.
"""

from typing import Any

from loadtests.briefing import Briefing
from loadtests.measures import Measures


def extend(environment: Any, briefing: Briefing, measures: Measures) -> None:
    """Add the tab to Locust's web UI, and keep the UI to this machine."""
    from loadtests.web.safety import protect
    from loadtests.web.tab import HeatTab

    protect(environment.web_ui.app)
    HeatTab(environment, briefing, measures).attach()
