"""The heat tab: rows and progress are right, Locust's answers carry them, and strangers are refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flask
import httpx
import pytest

from harness.capacity.picture import HeatPicture, picture_from
from harness.masking import masked_values
from loadtests import process
from loadtests.briefing import Briefing
from loadtests.measures import JUDGED, WARM_UP, Measures, Observation
from loadtests.objectives import objectives_from
from loadtests.settings import Settings
from loadtests.web.panel import ROWS_MAX, progress_of, rows_of
from loadtests.web.safety import protect
from loadtests.web.source import HeatSource
from loadtests.web.tab import HeatTab
from tests.heat.pictures import empty, hot_wallet, nasty_names, starved_index
from tests.loadtests.fake_aws import FakeAws, fake_aws, launch

RUN = Settings(warm_up_s=10.0, duration_s=60.0)


def test_rows_begin_with_the_hottest_key_when_one_is_hot() -> None:
    rows = rows_of(hot_wallet())

    assert rows[0]["share"] == max(row["share"] for row in rows)
    assert rows[0]["throttled"] > 0
    assert 1 < len(rows) <= ROWS_MAX


def test_rows_name_the_index_when_keys_are_an_indexs() -> None:
    assert any(" / " in row["table"] for row in rows_of(starved_index()))


def test_card_numbers_are_masked_when_a_client_makes_keys_of_them() -> None:
    made = hot_wallet()
    (heat,) = made.tables[0].resources
    card = replace(heat.keys[0], key="Card=4242424242424242")
    seen = replace(made, tables=(replace(made.tables[0], resources=(replace(heat, keys=(card,)),)),))

    assert rows_of(seen)[0]["key"] == "Card=[card number]"


@pytest.mark.parametrize("picture", [None, empty()])
def test_there_are_no_rows_when_nothing_is_known(picture: HeatPicture | None) -> None:
    assert rows_of(picture) == []


def measured() -> Measures:
    measures = Measures()
    reasons = {"TableWriteKeyRangeThroughputExceeded": 2}
    for _ in range(10):
        measures.observe(Observation("put", 5.0, key="a", tenant="t", write_units=1.0), WARM_UP, 0)
        measures.observe(Observation("put", 20.0, key="a", hot=True, attempts=3, throttles=reasons), JUDGED, 1)
        measures.observe(Observation("put", 10.0, key="b"), JUDGED, 1)
    return measures


def test_progress_tells_phase_throttles_and_objectives_when_a_run_is_judged() -> None:
    objectives = objectives_from({"p99": "15ms", "errors": "1%"})

    progress = progress_of(measured(), RUN, objectives, 30.0, 7, [("spent", "0.01 USD")])
    facts = dict(progress.facts)

    assert (progress.phase, progress.done) == ("judged", 0.5)
    assert facts["time"] == "30s of 1m"
    assert facts["requests"] == "30"
    assert facts["throttled attempts"] == "50.00% (hot 66.7%, others 0.0%)"
    assert facts["consumed"] == "0 read, 10 write units"
    assert facts["spent"] == "0.01 USD"
    assert progress.reasons == (("TableWriteKeyRangeThroughputExceeded", 20),)
    assert [one.outcome for one in progress.judgements] == ["INVALID", "VALID"]


@pytest.mark.parametrize(
    ("elapsed_s", "phase"), [(0.0, "warm-up"), (9.9, "warm-up"), (10.0, "judged"), (61.0, "ended")]
)
def test_phase_follows_the_time(elapsed_s: float, phase: str) -> None:
    assert progress_of(Measures(), RUN, {}, elapsed_s, 0).phase == phase


def test_edge_is_asked_once_when_many_look_at_once() -> None:
    asked = []

    def ask() -> Any:
        asked.append(1)
        return hot_wallet().as_document()

    source = HeatSource("http://127.0.0.1:1", ask=ask)
    pictures = [source.look().picture for _ in range(5)]

    assert len(asked) == 1
    assert pictures[0] == picture_from(hot_wallet().as_document())


def test_last_picture_stays_with_the_problem_when_the_edge_falls_silent(monkeypatch) -> None:
    monkeypatch.setattr("loadtests.web.source.POLL_S", 0.0)
    answers = iter([hot_wallet().as_document(), httpx.ConnectError("refused"), {"no": "picture"}])

    def ask() -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    source = HeatSource("http://127.0.0.1:1", ask=ask)
    first, silent, nonsense = (source.look() for _ in range(3))

    assert first.problem == ""
    assert silent.picture == nonsense.picture == first.picture
    assert silent.problem == "the edge did not answer: ConnectError: refused"
    assert "no heat picture" in nonsense.problem


def test_nobody_is_asked_when_load_goes_to_aws() -> None:
    assert HeatSource("").look().problem.startswith("heat is counted by the edge")


class Ui:
    """As much of Locust's web UI as the tab touches."""

    def __init__(self) -> None:
        self.app = flask.Flask(__name__)
        self.template_args: dict[str, Any] = {}
        self.auth_required_if_enabled = lambda view: view
        locust = flask.Blueprint("locust", __name__)
        locust.add_url_rule("/", "index", lambda: "<html><body>locust</body></html>")
        locust.add_url_rule("/stats/requests", "request_stats", lambda: flask.jsonify({"stats": [], "user_count": 3}))
        locust.add_url_rule("/logs", "logs", lambda: flask.jsonify({}))
        locust.add_url_rule("/swarm", "swarm", lambda: "started", methods=["POST"])
        self.app.after_request(self.allow_everybody)
        self.app.register_blueprint(locust)

    @staticmethod
    def allow_everybody(response: flask.Response) -> flask.Response:
        response.headers["Access-Control-Allow-Origin"] = flask.request.headers.get("Origin", "*")
        return response


@pytest.fixture
def ui(monkeypatch) -> Ui:
    made = Ui()
    runner, stats = SimpleNamespace(state="running", user_count=3), SimpleNamespace(start_time=0.0)
    environment = SimpleNamespace(web_ui=made, runner=runner, stats=stats)
    briefing = Briefing(RUN, Path(), endpoint_url="http://127.0.0.1:1", objectives={"p99": 15.0})
    protect(made.app)
    tab = HeatTab(environment, briefing, measured())
    tab._source = HeatSource("http://127.0.0.1:1", ask=lambda: nasty_names().as_document())
    tab.attach()
    return made


def test_locusts_answers_carry_rows_and_script_when_the_tab_is_attached(ui: Ui) -> None:
    client = ui.app.test_client()

    told = client.get("/stats/requests").get_json()

    assert told["user_count"] == 3
    assert told["extended_stats"] == [{"key": "heat", "data": rows_of(nasty_names())}]
    assert '<script src="./heat.js" defer></script></body>' in client.get("/").text
    assert client.get("/logs").get_json() == {}
    assert [tab["key"] for tab in ui.template_args["extended_tabs"]] == ["heat"]
    columns = {column["key"] for column in ui.template_args["extended_tables"][0]["structure"]}
    assert columns == set(rows_of(nasty_names())[0])


def test_page_shows_progress_and_heat_when_it_is_asked_for(ui: Ui) -> None:
    page = ui.app.test_client().get("/heat").text

    assert "TableWriteKeyRangeThroughputExceeded" in page
    assert "p99: 20 ms, expected at most 15 ms (missed by 5 ms)" in page
    assert "heat-verdict" in page
    assert "<script>alert" not in page


def test_picture_can_be_kept_when_it_is_asked_for(ui: Ui) -> None:
    kept = picture_from(json.loads(ui.app.test_client().get("/heat.json").text))

    assert kept == picture_from(masked_values(nasty_names().as_document()))
    assert kept != nasty_names()  # there is a card number among its keys


@pytest.mark.parametrize(
    ("method", "path", "headers", "words"),
    [
        ("GET", "/", {"Host": "attacker.test"}, "the host is"),
        ("GET", "/heat", {"Host": "127.0.0.1.attacker.test:8089"}, "the host is"),
        ("POST", "/swarm", {"Origin": "http://attacker.test"}, "the request comes from http://attacker.test"),
        ("POST", "/swarm", {"Origin": "http://localhost:9"}, "the request comes from"),
        ("POST", "/swarm", {"Origin": "null"}, "the request comes from null"),
    ],
)
def test_request_is_refused_when_a_stranger_makes_it(
    ui: Ui, method: str, path: str, headers: dict[str, str], words: str
) -> None:
    answer = ui.app.test_client().open(path, method=method, headers=headers)

    assert answer.status_code == 403
    assert words in answer.text


def test_swarm_starts_from_its_own_page_but_not_with_another_host(ui: Ui) -> None:
    client = ui.app.test_client()
    own = {"Host": "127.0.0.1:8089", "Origin": "http://127.0.0.1:8089"}

    assert client.post("/swarm", headers=own, data={"user_count": "1"}).text == "started"
    assert client.post("/swarm", headers=own, data={"host": "https://elsewhere.test"}).status_code == 403


def test_other_origins_read_nothing_when_they_ask(ui: Ui) -> None:
    client = ui.app.test_client()

    answer = client.get("/stats/requests", headers={"Origin": "http://attacker.test"})

    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.fixture
def fake() -> Iterator[FakeAws]:
    with fake_aws() as served:
        served.heat = hot_wallet().as_document()
        yield served


@pytest.mark.slow
def test_tab_shows_the_hot_key_when_a_run_is_under_way(fake: FakeAws, tmp_path: Path, browser) -> None:
    settings = Settings(
        story="wallets", users=3, rate_per_s=20.0, duration_s=300.0, web_port=free_port(), capacity="off"
    )
    seen: dict[str, str] = {}
    hottest = rows_of(hot_wallet())[0]["key"]

    def look() -> None:
        if len(fake.calls) < 20:
            return
        page = browser.new_page()
        try:
            page.goto(f"http://127.0.0.1:{settings.web_port}/?tab=heat")
            page.get_by_text(hottest).first.wait_for(timeout=20_000)  # rows come with Locust's next look
            seen["table"] = page.locator("tbody tr").first.inner_text()
            frame = page.frame_locator("iframe[title='Heat of tables and keys']")
            seen["frame"] = frame.locator(".heat-verdict").first.inner_text(timeout=20_000)
            page.get_by_role("tab", name="Statistics").click()
            page.locator("iframe").wait_for(state="detached", timeout=10_000)
        finally:
            page.close()
        raise KeyboardInterrupt

    made = launch(fake, tmp_path, settings)
    ended = process.run(process.Launch(settings, made.briefing_path, tmp_path, made.cloud_environ, look))

    assert ended.interrupted
    assert hottest in seen["table"]
    assert "key takes" in seen["frame"]


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
