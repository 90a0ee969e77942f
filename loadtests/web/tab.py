"""Locust's side of the heat tab: its table's rows, the page `/heat`, and the page's frame below the table.

Locust's UI is a React application that knows tabs with tables (`extended_tabs`, `extended_tables`, and rows that come
with `/stats/requests`; documented in Locust's guide, "extending the web UI"). Drawings it does not know: a script of
ours, added to its page, shows `/heat` in a frame below the table while the tab is open.
"""

import json
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request

from harness.heat.page import fragment
from harness.masking import masked_values
from harness.pages import Pages
from loadtests.briefing import Briefing
from loadtests.measures import Measures
from loadtests.objectives import objectives_from
from loadtests.web.panel import COLUMNS, Progress, progress_of, rows_of
from loadtests.web.source import HeatSource

HERE = Path(__file__).parent
KEY, TITLE = "heat", "Heat"
HEAT_MAP_KEYS = 10
# Rendering takes time from the users of a load process, so a page is as old as this at most.
PAGE_KEPT_S = 2.0
_SCRIPT = '<script src="./heat.js" defer></script>'


class HeatTab:
    """What one run's web UI shows of heat."""

    def __init__(self, environment: Any, briefing: Briefing, measures: Measures) -> None:
        self._environment = environment
        self._briefing = briefing
        self._measures = measures
        self._source = HeatSource(briefing.endpoint_url)
        self._pages = Pages(HERE / "templates")
        self._objectives = objectives_from(briefing.objectives)
        self._page, self._rendered_s = "", float("-inf")

    def attach(self) -> None:
        """Add tab, table and routes."""
        web_ui = self._environment.web_ui
        structure = [{"key": key, "title": title} for key, title in COLUMNS]
        web_ui.template_args["extended_tabs"] = [{"title": TITLE, "key": KEY}]
        web_ui.template_args["extended_tables"] = [{"key": KEY, "structure": structure}]
        web_ui.template_args["extended_csv_files"] = [{"href": "./heat.json", "title": "Download heat (JSON)"}]
        blueprint = Blueprint("rehearsal_heat", __name__)
        for path, view in (("/heat", self.page), ("/heat.js", self.script), ("/heat.json", self.document)):
            blueprint.add_url_rule(path, view.__name__, web_ui.auth_required_if_enabled(view))
        web_ui.app.register_blueprint(blueprint)
        web_ui.app.after_request(self.add)

    def page(self) -> Response:
        """Answer the page: the frame's, and one of its own."""
        if time.monotonic() - self._rendered_s >= PAGE_KEPT_S:
            self._page = self._render()
            self._rendered_s = time.monotonic()
        return Response(self._page, mimetype="text/html")

    def script(self) -> Response:
        """Answer the script that shows the page in Locust's tab."""
        return Response((HERE / "static" / "heat.js").read_text(encoding="utf-8"), mimetype="text/javascript")

    def document(self) -> Response:
        """Answer the edge's picture, masked, for whoever wants to keep it: `rehearse heat --from` reads it."""
        seen = self._source.look()
        if seen.picture is None:
            return Response(json.dumps({"problem": seen.problem}), status=503, mimetype="application/json")
        return Response(json.dumps(masked_values(seen.picture.as_document())), mimetype="application/json")

    def add(self, response: Response) -> Response:
        """Add our rows to what Locust's page asks every two seconds, and our script to the page itself."""
        if request.endpoint == "locust.request_stats" and response.is_json:
            rows = rows_of(self._source.look().picture)
            response.set_data(json.dumps({**response.get_json(), "extended_stats": [{"key": KEY, "data": rows}]}))
        elif request.endpoint == "locust.index" and response.status_code == 200:
            response.set_data(response.get_data(as_text=True).replace("</body>", f"{_SCRIPT}</body>"))
        return response

    def _render(self) -> str:
        seen = self._source.look()
        # The heat map is masked and made by its own template; nothing of it is ours to escape.
        drawn = fragment(seen.picture, top=HEAT_MAP_KEYS) if seen.picture else ""
        return self._pages.render(
            "load.html.jinja",
            story=self._briefing.settings.story,
            state=self._environment.runner.state,
            progress=self._progress(),
            problem=seen.problem,
            heat=drawn,
        )

    def _progress(self) -> Progress:
        runner = self._environment.runner
        # Locust keeps these for its own tables; the state tells whether the end was reached.
        began_s = self._environment.stats.start_time
        ended = runner.state in ("stopped", "stopping", "ready")
        last_s = self._environment.stats.last_request_timestamp if ended else time.time()
        elapsed_s = max(0.0, (last_s or began_s) - began_s)
        extra = self._environment.rehearsal_facts() if hasattr(self._environment, "rehearsal_facts") else ()
        settings = self._briefing.settings
        return progress_of(self._measures, settings, self._objectives, elapsed_s, runner.user_count, extra)
