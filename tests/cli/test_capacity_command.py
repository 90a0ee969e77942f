"""`rehearse capacity` sets what is enforced and shows it; the options of `up` and `edge` mean the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.cli import capacity as module
from harness.clients import EdgeClient
from harness.errors import SettingInvalid
from tests.command_line import run_rehearse

Run = Callable[..., tuple[int, str, str]]
TABLE = {
    "table": "payments-Wallets",
    "enforced": False,
    "resources": [
        {"resource": "", "allowed": {"read": 5.0, "write": None}, "burst": {"read": 3.5, "write": 2}, "partitions": 2},
        {"resource": "by-owner", "allowed": {"read": 1.0, "write": 1.0}, "burst": None, "partitions": 1},
    ],
    "objection": "table payments-Wallets has no global index 'by-ower'",
}


class Edge:
    """Keeps what it was asked; answers as the edge does."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.tables: list[dict[str, Any]] = []
        self.settings: dict[str, Any] | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        document = json.loads(request.content or b"null")
        self.asked.append((request.method, document))
        if request.method != "GET":
            self.settings = document
        mode = "off" if self.settings is None else "enforce" if self.settings.get("enforce", True) else "count"
        return httpx.Response(200, json={"mode": mode, "settings": self.settings, "tables": self.tables})


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Edge:
    edge = Edge()
    client = httpx.Client(transport=httpx.MockTransport(edge.answer), base_url="http://localhost")
    monkeypatch.setattr(module, "running", lambda *_: None)
    monkeypatch.setattr(module, "edge_of", lambda _: EdgeClient(client))
    return edge


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], edge: Edge) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        return run_rehearse(("capacity", *arguments), monkeypatch, capfd)

    return run


def test_capacity_is_enforced_at_a_scale_when_it_is_set(rehearse: Run, edge: Edge) -> None:
    code, out, err = rehearse("set", "enforce", "--scale", "0.05")

    assert code == 0
    assert edge.asked == [("PUT", {"enforce": True, "scale": 0.05})]
    assert out == "capacity enforce, at 0.05 of AWS's limits\n"
    assert "no table was called yet" in err


def test_a_file_is_sent_whole_when_it_is_set(rehearse: Run, edge: Edge, tmp_path: Path) -> None:
    file = tmp_path / "capacity.yaml"
    file.write_text("scale: 0.5\ntables:\n  Wallets: {enforce: false}\n")

    assert rehearse("set", str(file), "--scale", "0.1", "--quiet")[:2] == (0, "")
    assert edge.asked == [("PUT", {"scale": 0.1, "tables": {"Wallets": {"enforce": False}}})]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("set", "enforced"), "expected off, count, enforce or a file that exists"),
        (("set", "enforce", "--scale", "0"), "scale is 0.0, expected"),
    ],
)
def test_nothing_is_set_when_the_command_makes_no_sense(
    rehearse: Run, edge: Edge, arguments: tuple[str, ...], words: str
) -> None:
    code, _, err = rehearse(*arguments)

    assert code == 2
    assert words in err
    assert edge.asked == []


def test_capacity_is_switched_off_when_it_is_told_so(rehearse: Run, edge: Edge) -> None:
    assert rehearse("off")[:2] == (0, "capacity off\n")
    assert edge.asked == [("DELETE", None)]


def test_tables_are_shown_with_what_they_allow_when_they_were_called(rehearse: Run, edge: Edge) -> None:
    edge.settings, edge.tables = {"scale": 0.5}, [TABLE]

    _, out, err = rehearse("show")

    first, second, third = [" ".join(line.split()) for line in out.splitlines()]
    assert first == "capacity enforce, at 0.5 of AWS's limits"
    left = "burst left read 3.5 write 2"
    assert second == f"payments-Wallets read 5 write unlimited, 2 partitions, {left}, only counted"
    assert third == "payments-Wallets/by-owner read 1 write 1, 1 partition, only counted"
    assert "has no global index" in err


def test_the_document_is_printed_when_json_is_asked_for(rehearse: Run, edge: Edge) -> None:
    edge.settings = {"enforce": False}

    assert json.loads(rehearse("show", "--json")[1])["mode"] == "count"


@pytest.mark.parametrize("choice", [None, "off"])
def test_a_scale_is_refused_when_capacity_is_off(choice: str | None) -> None:
    assert module.document_of(choice) is None
    with pytest.raises(SettingInvalid, match="but capacity is off"):
        module.document_of(choice, 0.5)


def test_a_mistake_is_told_when_the_option_names_a_wrong_file(tmp_path: Path) -> None:
    file = tmp_path / "capacity.yaml"
    file.write_text("scal: 1")

    with pytest.raises(SettingInvalid, match="did you mean scale"):
        module.document_of(str(file))


def test_settings_last_when_an_environment_comes_up_with_them() -> None:
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.params["lasting"]))
        return httpx.Response(200, json={})

    client = EdgeClient(httpx.Client(transport=httpx.MockTransport(answer), base_url="http://localhost"))
    module.set_for_good(client, {"enforce": True})
    module.set_for_good(client, None)

    assert asked == [("PUT", "true"), ("DELETE", "true")]


def test_names_that_no_called_table_has_are_told_when_they_were_set(rehearse: Run, edge: Edge) -> None:
    edge.settings = {"tables": {"Wallets": {}, "Walets": {}, "pay*-Wal*": {}}}
    edge.tables = [TABLE]

    code, _, err = rehearse("show")

    assert code == 0
    assert [line.strip() for line in err.splitlines() if "no table" in line and "was called" in line] == [
        "Walets: no table of this name was called yet"
    ]
