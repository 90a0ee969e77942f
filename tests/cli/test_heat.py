"""`rehearse heat` asks the edge or reads a file, and shows, writes or prints what it got."""

import json
import webbrowser
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from harness.capacity.picture import HeatPicture, picture_from
from harness.cli import heat as module
from harness.clients import EdgeClient
from harness.heat import following
from tests.command_line import run_rehearse
from tests.heat.pictures import empty, everything, hot_wallet, nasty_names

STEPLESS = json.dumps(replace(hot_wallet(), step_s=0).as_document())
Run = Callable[..., tuple[int, str, str]]


class Edge:
    """The edge, as far as heat goes."""

    def __init__(self) -> None:
        self.picture: HeatPicture = hot_wallet()
        self.mode = "enforce"
        self.asked: list[str] = []

    def client(self, _: object) -> EdgeClient:
        return EdgeClient(httpx.Client(transport=httpx.MockTransport(self._answer), base_url="http://localhost"))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url.raw_path, "ascii"))
        if request.url.path == module.CAPACITY:
            return httpx.Response(200, json={"mode": self.mode})
        return httpx.Response(200, json=self.picture.as_document())


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Edge:
    edge = Edge()
    monkeypatch.setattr(module, "running", lambda *_: None)
    monkeypatch.setattr(module, "edge_of", edge.client)
    return edge


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], edge: Edge) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        return run_rehearse(("heat", *arguments), monkeypatch, capfd)

    return run


def test_heat_of_an_environment_is_shown(rehearse: Run, edge: Edge) -> None:
    code, out, _ = rehearse("--top", "2")

    assert code == 0
    assert edge.asked == ["/_rehearsal/heat?top=2"]
    assert out.startswith("1 key takes 77 % of the writes of payments-Wallets and is throttled")
    assert "shard UserID=user-hot over 2 keys" in out
    assert "user-002" not in out


@pytest.mark.parametrize("name", ["payments-Wallets", "Wallets", "pay*"])
def test_table_is_chosen_by_its_name_its_end_or_a_pattern(name: str, rehearse: Run, edge: Edge) -> None:
    edge.picture = everything()

    code, out, _ = rehearse(name, "--json")

    assert code == 0
    assert [table["table"] for table in json.loads(out)["tables"]] == ["payments-Wallets"]


def test_known_tables_are_told_when_none_is_meant(rehearse: Run, edge: Edge) -> None:
    edge.picture = everything()

    code, _, told = rehearse("Walets")

    assert code == 2
    assert "no table 'Walets' has any heat" in told
    assert "Orders, Payments, Sessions, payments-Wallets" in told


def test_way_to_switch_capacity_on_is_told_when_it_is_off(rehearse: Run, edge: Edge) -> None:
    edge.picture, edge.mode = empty(), "off"

    code, _, told = rehearse()

    assert code == 2
    assert "rehearse capacity set enforce" in told


def test_no_call_so_far_is_no_error_when_capacity_is_counted(rehearse: Run, edge: Edge) -> None:
    edge.picture, edge.mode = empty(), "count"

    code, out, _ = rehearse()

    assert (code, out.splitlines()[0]) == (0, "no table was asked for anything so far")


def test_json_is_the_picture_with_what_is_said_of_it_and_is_read_again(
    rehearse: Run, edge: Edge, tmp_path: Path
) -> None:
    _, out, _ = rehearse("--json")
    document = json.loads(out)
    kept = tmp_path / "heat.json"
    kept.write_text(out)

    assert document["mood"] == "bad"
    assert document["advice"][0]["kind"] == "hot item"
    assert picture_from(document) == hot_wallet()
    edge.asked.clear()
    code, again, _ = rehearse("--from", str(kept))
    assert (code, edge.asked) == (0, [])
    assert again.startswith("1 key takes 77 %")


def test_json_holds_no_card_number(rehearse: Run, edge: Edge) -> None:
    edge.picture = nasty_names()

    assert "4242424242424242" not in rehearse("--json")[1]


def test_page_is_written_and_opened(rehearse: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    page = tmp_path / "heat.html"

    code, out, notes = rehearse("--output", str(page), "--open")

    assert (code, out.strip()) == (0, str(page))
    assert "1 key takes 77 %" in notes
    assert f"rehearse heat --output {page}" in page.read_text()
    assert opened == [page.as_uri()]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is no JSON"),
        ('{"tables": 3}', "is no heat picture"),
        ("[]", "is no heat picture"),
        (STEPLESS, "steps last 0"),
        (None, "can't be read"),
    ],
)
def test_file_that_holds_no_picture_is_refused(content: str | None, words: str, rehearse: Run, tmp_path: Path) -> None:
    file = tmp_path / "heat.json"
    if content is not None:
        file.write_text(content)

    code, _, told = rehearse("--from", str(file))

    assert code == 2
    assert words in told


@pytest.mark.parametrize("option", [("--json",), ("--output", "x.html"), ("--open",), ("--from", "x.json")])
def test_following_goes_alone(option: tuple[str, ...], rehearse: Run, edge: Edge) -> None:
    code, _, told = rehearse("--follow", *option)

    assert code == 2
    assert "--follow goes with none of" in told
    assert edge.asked == []


def test_following_ends_cleanly_on_control_c(rehearse: Run, edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    class Impatient:
        def sleep(self, _: float) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(following.follow, "__kwdefaults__", {**following.follow.__kwdefaults__, "clock": Impatient()})

    code, out, notes = rehearse("--follow")

    assert code == 130
    assert "1 key takes 77 %" in out
    assert notes == ""
