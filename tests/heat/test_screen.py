"""The terminal shows the same in colour, without colour, in ASCII and on narrow screens."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from harness.heat.following import follow
from harness.heat.ramp import Ramp
from harness.heat.screen import console_of, shown
from tests.heat.pictures import NASTY, PICTURES, hot_wallet, nasty_names, quiet, starved_index


class Output(io.TextIOWrapper):
    """A stream in some encoding that says whether it is a terminal."""

    def __init__(self, *, terminal: bool = False, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def text(self) -> str:
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined, no-any-return]


class Clock:
    """Time that passes by sleeping, and at some time somebody presses Ctrl-C."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def sleep(self, _: float) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def printed(name: str, width: int = 100, **options: object) -> str:
    output = io.StringIO()
    console = Console(file=output, width=width, color_system=None, markup=False, emoji=False, highlight=False)
    console.print(shown(PICTURES[name](), console, **options))  # type: ignore[arg-type]
    return output.getvalue()


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("width", [44, 80, 200])
def test_every_line_fits_the_width(name: str, width: int) -> None:
    assert max(cell_len(line.rstrip()) for line in printed(name, width).splitlines()) <= width


def test_hot_wallet_is_told_with_its_reasons_and_numbers() -> None:
    told = printed("hot_wallet")

    for words in (
        "1 key takes 77 % of the writes of payments-Wallets and is throttled: UserID=user-hot, 6,666 requests",
        "peak 1,423 of 4,000 allowed",
        "6,675 TableWriteKeyRangeThroughputExceeded",
        "07:44:00 partition 5 became 6 and 7: single item",
        "shard UserID=user-hot over 2 keys",
    ):
        assert words in told, words
    strip = next(line for line in told.splitlines() if line.startswith("  partition 6*"))
    assert re.search(r"░+▒+▓+█+×+$", strip)


def test_burst_that_is_gone_is_told() -> None:
    assert "peak 20 of 20 allowed, 0 % of the burst left" in printed("starved_index")


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(
    ("terminal", "environ"),
    [(False, {"TERM": "xterm"}), (True, {"TERM": "xterm", "NO_COLOR": "1"}), (True, {"TERM": "dumb"})],
)
def test_no_escape_code_is_written_when_it_is_no_capable_terminal(
    name: str, terminal: bool, environ: dict[str, str]
) -> None:
    output = Output(terminal=terminal)
    console = console_of(output, environ)

    console.print(shown(PICTURES[name](), console))

    assert "\x1b" not in output.text()


def test_cells_are_coloured_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    output = Output(terminal=True)
    console = console_of(output)

    console.print(shown(hot_wallet(), console))

    assert "\x1b[1;" in output.text()
    assert len(set(re.findall(r";48;([25];[\d;]+)m", output.text()))) >= 4


def test_blocks_tell_when_a_terminal_has_sixteen_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    output = Output(terminal=True)
    console = console_of(output)

    console.print(shown(hot_wallet(), console))

    assert "▓▓▓██×" in output.text()
    assert "\x1b[1;31m1 key takes" in output.text()


@pytest.mark.parametrize("name", PICTURES)
def test_only_ascii_is_written_when_the_output_knows_no_more(name: str) -> None:
    output = Output(encoding="ascii")
    console = console_of(output, {})

    console.print(shown(PICTURES[name](), console))

    assert output.text().isascii()


def test_names_are_neither_markup_nor_control_codes_nor_card_numbers() -> None:
    told = printed("nasty_names", 200)

    assert "\x1b" not in told
    assert "\x07" not in told
    assert "<script>alert('x')</script>" in told
    assert "4242424242424242" not in told
    assert NASTY[1] not in told


def test_levels_rise_and_throttles_show_without_colour() -> None:
    ramp = Ramp(colour=False)

    shown_levels = [ramp.cell(part / 10, 0)[0] for part in range(11)]
    assert shown_levels[0] == " "
    assert shown_levels[-1] == "█"
    assert ["·░▒▓█".index(one) for one in shown_levels[1:]] == sorted("·░▒▓█".index(one) for one in shown_levels[1:])
    assert ramp.cell(0.0, 3)[0] == "×"


def test_top_bounds_the_lists_of_keys() -> None:
    assert "user-001" in printed("hot_wallet", top=2)
    assert "user-002" not in printed("hot_wallet", top=2)


def test_watched_picture_begins_with_what_matters() -> None:
    lines = printed("everything", watched=True).splitlines()

    assert lines[2].strip().startswith("raise the writes of Orders")
    assert next(line for line in lines if line and not line.startswith(" ") and "provisioned" in line).startswith(
        "Orders"
    )


def test_last_picture_stays_on_the_screen_when_watching_ends() -> None:
    output = Output(terminal=True)
    console = console_of(output, {"TERM": "xterm-256color"})
    pictures = iter([quiet(), hot_wallet(), starved_index()])

    with pytest.raises(KeyboardInterrupt):
        follow(lambda: next(pictures), console, clock=Clock(3))  # type: ignore[arg-type]

    text = output.text()
    assert text.count("\x1b[?1049h") == text.count("\x1b[?1049l") == 1
    assert "IndexWriteProvisionedThroughputExceeded" in text.rpartition("\x1b[?1049l")[2]


def test_only_news_are_told_when_watching_is_piped() -> None:
    output = Output()
    pictures = iter([quiet(), quiet(), nasty_names(), nasty_names()])

    with pytest.raises(KeyboardInterrupt):
        follow(lambda: next(pictures), console_of(output, {}), clock=Clock(4))  # type: ignore[arg-type]

    assert len(output.text().splitlines()) == 2
