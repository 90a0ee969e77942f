"""`rehearse clock` moves both clocks, or one, and says what it did."""

import json
from collections.abc import Callable

import httpx
import pytest

from harness.cli import clock as module
from tests.command_line import run_rehearse

Run = Callable[..., tuple[int, str, str]]


class Parts:
    """The edge and the gateway, as far as their clocks go."""

    def __init__(self) -> None:
        self.ahead_s = {"edge": 0.0, "gateway": 0.0}
        self.refuses = ""

    def clocks(self, _: object) -> tuple[module._Clock, module._Clock]:
        def client(whose: str) -> httpx.Client:
            transport = httpx.MockTransport(lambda request: self._answer(whose, request))
            return httpx.Client(transport=transport, base_url="http://localhost")

        return (
            module._Clock("edge", client("edge"), "/_rehearsal/clock"),
            module._Clock("gateway", client("gateway"), "/_admin/clock"),
        )

    def _answer(self, whose: str, request: httpx.Request) -> httpx.Response:
        if self.refuses == whose:
            return httpx.Response(400, json={"error": {"message": "more than 100 years ahead"}})
        body = json.loads(request.content or b"{}")
        self.ahead_s[whose] += body.get("by", 0) + body.get("advance_s", 0)
        if request.url.path.endswith("/reset"):
            self.ahead_s[whose] = 0.0
        moment = {"now": "2026-01-31T12:00:00.000+00:00", "ahead_s": self.ahead_s[whose]}
        return httpx.Response(200, json=moment | ({"expired": 3} if body else {}))


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    parts = Parts()
    monkeypatch.setattr(module, "_clocks", parts.clocks)
    monkeypatch.setattr(module, "running", lambda *_: None)
    return parts


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], parts: Parts) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        return run_rehearse(("clock", *arguments), monkeypatch, capfd)

    return run


def test_both_clocks_are_shown_when_nothing_is_asked(rehearse: Run) -> None:
    code, out, _ = rehearse()

    assert code == 0
    assert out.splitlines() == [
        "edge     2026-01-31 12:00:00 UTC, this machine's time",
        "gateway  2026-01-31 12:00:00 UTC, this machine's time",
    ]


def test_both_clocks_move_when_time_passes(rehearse: Run, parts: Parts) -> None:
    code, out, _ = rehearse("advance", "1h30m")

    assert (code, parts.ahead_s) == (0, {"edge": 5400, "gateway": 5400})
    assert out.count("1h30m ahead, 3 expired") == 2


@pytest.mark.parametrize(("only", "other"), [("edge", "gateway"), ("gateway", "edge")])
def test_other_clock_stands_when_one_alone_is_moved(only: str, other: str, rehearse: Run, parts: Parts) -> None:
    code, out, _ = rehearse("advance", "PT2H", "--only", only, "--json")

    assert code == 0
    assert parts.ahead_s == {only: 7200, other: 0}
    assert list(json.loads(out)) == [only]


def test_gateway_stays_ahead_and_that_is_told_when_the_clock_is_reset(rehearse: Run, parts: Parts) -> None:
    rehearse("advance", "2h")
    code, _, notes = rehearse("reset")

    assert (code, parts.ahead_s) == (0, {"edge": 0, "gateway": 7200})
    assert "the gateway's clock stays ahead" in notes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("advance", "2y"), "months and years"),
        (("advance", "soon"), "expected e.g. 90s"),
        (("advance", "1h", "--only", "wall"), "expected edge or gateway"),
        (("--json", "advance", "1h"), "options come after the command"),
    ],
)
def test_no_clock_moves_when_the_command_is_wrong(
    arguments: tuple[str, ...], words: str, rehearse: Run, parts: Parts
) -> None:
    code, _, told = rehearse(*arguments)

    assert code == 2
    assert words in told
    assert parts.ahead_s == {"edge": 0, "gateway": 0}


def test_refusal_is_told_in_its_own_words(rehearse: Run, parts: Parts) -> None:
    parts.refuses = "gateway"

    code, _, told = rehearse("advance", "1h")

    assert code == 2
    assert "the gateway refused" in told
    assert "100 years" in told
