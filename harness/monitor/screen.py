"""Where the monitor's lines go: a terminal with a spinner, plain lines, or nowhere."""

import os
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from harness.clock import SYSTEM_CLOCK, Clock
from harness.monitor.account import Account
from harness.monitor.closing import closing, verdict
from harness.monitor.glyphs import Glyphs
from harness.monitor.panel import WIDTH_MAX, summary
from harness.monitor.telling import Line, duration

REFRESHES_PER_S = 12
# Wider than any line; what is piped is for programs, which have no right margin.
PLAIN_WIDTH = 1000


class Screen:
    """Shows lines in order, each at once. This one prints plain text: no colour, no cursor, no escape codes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.glyphs = Glyphs(console.encoding)

    def __enter__(self) -> "Screen":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def say(self, line: Line) -> None:
        """Show a line."""
        icon, text = self._parts(line)
        self.console.print(Text.assemble(icon, " ", text), soft_wrap=True)

    def now(self, what: str) -> None:
        """Say what is happening at the moment, for as long as it is; "" for nothing."""

    def sum_up(self, account: Account) -> None:
        """Show an execution's summary."""
        for line in closing(account):
            self.say(line)

    def _parts(self, line: Line) -> tuple[str, Text]:
        aside = f"  {self.glyphs.text(line.aside)}" if line.aside else ""
        text = Text.assemble((self.glyphs.text(line.text), line.style), (aside, "dim"))
        return self.glyphs.icon(line.icon), text


class Terminal(Screen):
    """Shows lines in colour, below them a spinner with what runs now and for how long, and sums up in a frame."""

    def __init__(self, console: Console, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__(console)
        self._clock = clock
        self._what, self._since_s = "", 0.0
        self._spinner = Spinner("line" if self.glyphs.is_plain else "dots", style="cyan")
        self._live = Live(
            get_renderable=self._running, console=console, refresh_per_second=REFRESHES_PER_S, transient=True
        )

    def __enter__(self) -> "Terminal":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, line: Line) -> None:
        # In two columns, so that what is too long for one line goes on below the text, not below the icon.
        icon, text = self._parts(line)
        grid = Table.grid(padding=(0, 1))
        grid.add_row(icon, text)
        self.console.print(grid)

    def now(self, what: str) -> None:
        if what != self._what:
            self._what, self._since_s = what, self._clock.monotonic_s()

    def sum_up(self, account: Account) -> None:
        self.now("")
        self.console.print(summary(account, self.glyphs), width=min(self.console.width, WIDTH_MAX))
        for line in verdict(account):
            self.say(line)

    def _running(self) -> Spinner | Text:
        if not self._what:
            return Text()
        took = duration((self._clock.monotonic_s() - self._since_s) * 1000)
        self._spinner.update(text=Text.assemble((self.glyphs.text(self._what), "cyan"), (f"  {took}", "dim")))
        return self._spinner


def open_screen(
    *, silent: bool = False, still: bool = False, stream: TextIO | None = None, environ: Mapping[str, str] | None = None
) -> Screen:
    """Return the screen that fits: plain lines for a pipe, a file, NO_COLOR or TERM=dumb; nothing when `silent`.

    A `still` one has no spinner, but its colours.
    """
    output = sys.stdout if stream is None else stream
    if silent:
        return Screen(Console(file=output, quiet=True))
    settings = os.environ if environ is None else environ
    if output.isatty() and not settings.get("NO_COLOR") and (settings.get("TERM") or "dumb") not in ("dumb", "unknown"):
        console = Console(file=output, highlight=False, markup=False, emoji=False)
        return Screen(console) if still else Terminal(console)
    return Screen(plain_console(output))


def plain_console(stream: TextIO) -> Console:
    """Return a console that writes text alone, and never breaks a line."""
    return Console(
        file=stream,
        force_terminal=False,
        color_system=None,
        highlight=False,
        markup=False,
        emoji=False,
        width=PLAIN_WIDTH,
    )
