"""The same story on a terminal, in a pipe, without colour, and in ASCII."""

import io
import os
from collections.abc import Mapping

import pytest
from rich.table import Table

from docs.pictures.terminal import Sheet
from harness.clock import ManualClock
from harness.monitor import Account, Following, Line, Screen, Telling, open_screen, table, watch
from harness.monitor.listing import Row
from harness.monitor.screen import Terminal
from tests.monitor.recordings import FakeStepFunctions, Recording

NAMES = ("paid", "declined", "gateway_down", "insufficient_funds", "refunded")


class Output(io.TextIOWrapper):
    """A stream of bytes in some encoding, which says whether it is a terminal and how often it was flushed."""

    def __init__(self, *, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self.terminal = terminal
        self.flushes = 0

    def isatty(self) -> bool:
        return self.terminal

    def flush(self) -> None:
        self.flushes += 1
        super().flush()

    def text(self) -> str:
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined, no-any-return]


def show(account: Account, screen: Screen) -> None:
    with screen:
        for line in Telling().take(account.flow.transitions):
            screen.say(line)
            screen.now(line.text)
        screen.sum_up(account)


def opened(output: Output, **environ: str) -> Screen:
    settings: Mapping[str, str] = {"TERM": "xterm-256color", **environ}
    return open_screen(stream=output, environ=settings)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("terminal", "environ"), [(False, {}), (True, {"NO_COLOR": "1"}), (True, {"TERM": "dumb"}), (True, {"TERM": ""})]
)
def test_no_escape_code_is_written_when_it_is_no_capable_terminal(
    name: str, terminal: bool, environ: dict[str, str]
) -> None:
    output = Output(terminal=terminal)

    show(Recording(name).account(), opened(output, **environ))

    assert "\x1b" not in output.text()
    assert "\r" not in output.text()


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_ascii_when_the_output_carries_nothing_else(name: str) -> None:
    output = Output(terminal=False, encoding="ascii")

    show(Recording(name).account({"status": "FAILED", "failure": {"code": "é"}}), opened(output))

    assert output.text().isascii()
    assert ".. [RUNNING]" in output.text()
    assert "OK [SUCCESS]" in output.text()


def test_icons_are_shown_when_the_output_is_piped() -> None:
    output = Output(terminal=False)

    show(Recording("gateway_down").account(), opened(output))

    for icon in ("⏳ [RUNNING]", "✅ [SUCCESS]", "❌ [FAILED]", "⚠️ [WARNING]", "🔄 [RETRY]", "💰 final", "📋 total"):
        assert icon in output.text()


def test_no_line_is_broken_when_the_output_is_piped() -> None:
    output = Output(terminal=False)

    opened(output).say(Line("details", "word " * 100))

    assert len(output.text().splitlines()) == 1


def test_each_line_is_there_at_once_when_the_output_is_piped() -> None:
    output = Output(terminal=False)
    screen = opened(output)

    for count in (1, 2, 3):
        screen.say(Line("details", "one"))
        assert output.flushes >= count
        assert len(output.text().splitlines()) == count


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("name", NAMES)
def test_terminal_keeps_lines_and_summary_and_no_spinner(name: str, encoding: str) -> None:
    output = Output(terminal=True, encoding=encoding)

    show(Recording(name).account(), opened(output))

    sheet = Sheet()
    sheet.feed(output.text())
    assert "\x1b[" in output.text()
    assert "[RUNNING]" in sheet.text()
    assert "states executed" in sheet.text()
    assert ("╭" in sheet.text()) is (encoding == "utf-8")
    # The cursor comes back.
    assert output.text().rfind("\x1b[?25h") > output.text().rfind("\x1b[?25l")


def test_terminal_shows_what_runs_and_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, output = ManualClock(), Output(terminal=True)
    screen = opened(output)
    assert isinstance(screen, Terminal)
    timed = Terminal(screen.console, clock)

    timed.now("ProcessPayment, attempt 2")
    clock.advance(1.25)

    with timed.console.capture() as shown:
        timed.console.print(timed._running())
    assert "ProcessPayment, attempt 2  1.25 s" in sheet_text(shown.get())


def sheet_text(text: str) -> str:
    sheet = Sheet()
    sheet.feed(text)
    return sheet.text()


def test_nothing_is_shown_when_it_is_silent() -> None:
    output = Output(terminal=True)

    show(Recording("paid").account(), open_screen(silent=True, stream=output, environ={"TERM": "xterm"}))

    assert output.text() == ""


def test_following_on_screen_tells_the_whole_story() -> None:
    recording, output = Recording("gateway_down"), Output(terminal=False)
    client = FakeStepFunctions(recording, events_per_read=1)

    flow = watch(Following(client, recording.arn, within_s=600, clock=ManualClock()), opened(output))

    assert flow.outcome == "FAILED"
    assert output.text().count("[RUNNING]") == 7
    assert output.text().count("[WARNING]") >= 2


def listed(screen: Screen) -> Table:
    rows = [Row(one.subject, one.flow) for one in map(Recording, NAMES)]
    return table(rows, screen.glyphs, width=screen.console.width)


def test_ids_stay_whole_when_the_terminal_is_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    output = Output(terminal=True)
    screen = open_screen(still=True, stream=output, environ={"TERM": "xterm-256color"})

    screen.console.print(listed(screen))

    assert sheet_text(output.text()).splitlines()[0].split() == ["id", "status", "took", "now,", "or", "error"]
    assert all(name in output.text() for name in ("insuff-1", "down-1", "FAILED", "SUCCEEDED"))
    assert max(map(len, sheet_text(output.text()).splitlines())) <= 50


@pytest.mark.parametrize(("terminal", "encoding"), [(False, "utf-8"), (True, "utf-8"), (False, "ascii")])
def test_recent_ones_are_a_table_with_a_row_each(
    terminal: bool, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    output = Output(terminal=terminal, encoding=encoding)
    screen = open_screen(still=True, stream=output, environ={"TERM": "xterm-256color"})

    screen.console.print(listed(screen))

    sheet = Sheet()
    sheet.feed(output.text())
    rows = [line.split() for line in sheet.text().splitlines()]
    assert rows[0][:3] == ["id", "flow", "status"]
    assert [row[0] for row in rows[1:]] == ["ok-1", "dec-1", "down-1", "insuff-1", "ref-1"]
    assert rows[2][-3:] == ["6", "ProcessPayment:", "PaymentDeclined"]


def test_row_says_where_it_is_when_it_still_runs() -> None:
    recording = Recording("gateway_down")
    recording.happened = 22
    client = FakeStepFunctions(recording)
    following = Following(client, recording.arn, within_s=0)
    following.look()

    row = Row(recording.subject, following.flow)

    assert (row.where, row.flow.outcome) == ("in ProcessPayment, attempt 2", "RUNNING")
    assert row.to_json()["status"] == "RUNNING"


def test_environment_decides_when_nothing_else_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "TERM", "xterm-256color")
    monkeypatch.setitem(os.environ, "NO_COLOR", "1")

    assert not isinstance(open_screen(stream=Output(terminal=True)), Terminal)
    monkeypatch.delitem(os.environ, "NO_COLOR")
    assert isinstance(open_screen(stream=Output(terminal=True)), Terminal)
