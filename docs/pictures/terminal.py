"""Runs a command on a real pseudo-terminal and keeps what its screen shows, scrolled-off lines included.

Knows the control codes that rich's live display sends and no others: an unknown one raises, so that no picture shows
something that a terminal would not.
"""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

COLUMNS, LINES = 104, 60
CONTROL = re.compile(r"\x1b\[(?P<arguments>[?0-9;]*)(?P<code>[A-Za-z])|(?P<letter>[\r\n])")
COLOURS, UP, ERASE_LINE, CURSOR = "m", "A", "K", ("h", "l")


class Sheet:
    """Lines with their colour codes, as a terminal that never scrolls would show them."""

    def __init__(self) -> None:
        self.lines = [""]
        self._row = 0
        self._unfinished = ""

    def feed(self, text: str) -> None:
        """Take what a program wrote."""
        text = self._unfinished + text
        start = text.rfind("\x1b")
        # A control code may arrive in two parts.
        whole = len(text) if start < 0 or CONTROL.match(text, start) else start
        text, self._unfinished = text[:whole], text[whole:]
        position = 0
        for control in CONTROL.finditer(text):
            self._write(text[position : control.start()])
            self._obey(control)
            position = control.end()
        self._write(text[position:])

    def text(self) -> str:
        """Return what is shown, without colours."""
        return "\n".join(CONTROL.sub("", line).rstrip() for line in self.lines).rstrip("\n")

    def _write(self, text: str) -> None:
        if "\x1b" in text:
            raise ValueError(f"a control code that this terminal does not know: {text!r}")
        self.lines[self._row] += text

    def _obey(self, control: re.Match[str]) -> None:
        match control["letter"] or control["code"]:
            case "\n":
                self._row += 1
                self.lines += [""] * (self._row + 1 - len(self.lines))
            case "\r":  # rich erases a line before it writes it anew
                return
            case "A":
                self._row = max(0, self._row - int(control["arguments"] or 1))
            case "K":
                self.lines[self._row] = ""
            case "m":
                self.lines[self._row] += control[0]
            case code if code not in CURSOR:
                raise ValueError(f"a control code that this terminal does not know: {control[0]!r}")


def run(
    command: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    within_s: float = 60.0,
    until: Callable[[Sheet], bool] | None = None,
    interrupt: bool = False,
) -> tuple[Sheet, int]:
    """Run a command on a terminal until it ends; return the sheet, and its exit code. Raises TimeoutError.

    With `until` it returns as soon as that holds, after ending the command, with Ctrl-C if `interrupt` says so.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    settings = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environ or {})}
    settings.pop("NO_COLOR", None)
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=settings, start_new_session=True
    )
    os.close(theirs)
    sheet = Sheet()
    try:
        is_reached = _read(ours, sheet, within_s, until)
        if is_reached and interrupt:
            process.send_signal(signal.SIGINT)
            _read(ours, sheet, within_s, None)
        elif is_reached:
            process.kill()
        return sheet, process.wait(timeout=within_s)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _read(terminal: int, sheet: Sheet, within_s: float, until: Callable[[Sheet], bool] | None) -> bool:
    """Feed the sheet until the command ends (False) or `until` holds (True)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    give_up_at_s = time.monotonic() + within_s
    while time.monotonic() < give_up_at_s:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:  # Linux's way to say that nobody holds the other end any more
            return False
        if not data:
            return False
        sheet.feed(decoder.decode(data))
        if until is not None and until(sheet):
            return True
    raise TimeoutError(f"the command showed for {within_s:.0f} s and did not end:\n{sheet.text()}")
