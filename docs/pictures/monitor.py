"""Makes the pictures of the monitor: the real commands, on a real terminal, against a cloud of their own.

    python -m docs.pictures.monitor [--png]

Writes monitor-*.svg beside this file; with --png also monitor-*.png, for which it needs a Chromium and an emoji font.
"""

import io
import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI, TerminalTheme
from rich.text import Text

from docs.pictures.terminal import COLUMNS, Sheet, run

HERE = Path(__file__).parent
REHEARSE = str(Path(sys.executable).with_name("rehearse"))
INSTANCE = "pictures"
USER = "user_test_001"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
THEME: TerminalTheme = MONOKAI
FONT_FROM_THE_NET = re.compile(r"@font-face \{\{.*?\}\}", re.DOTALL)
SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def main() -> None:
    """Draw every picture."""
    with _cloud() as gateway_url:
        _shoot("success", "pay", USER, "50.00", "--order-id", "order-7", "--payment-id", "pay-success")
        _fault(gateway_url, kind="refuse", match={"operation": "charge"})
        _shoot("compensation", "pay", USER, "40.00", "--payment-id", "pay-compensated", "--order-id", "order-8")
        _heal(gateway_url)
        _fault(gateway_url, kind="slow", delay_ms=2500, phase="before", match={"operation": "charge"}, times=1)
        _shoot("running", "pay", USER, "30.00", "--payment-id", "pay-running", "--merchant", "m-1", until="1.2")
        _shoot("recent", "monitor")


@contextmanager
def _cloud() -> Iterator[str]:
    """Hold an environment with the payments system in it, and a wallet; give the gateway's address."""
    try:
        _rehearse("up", "--quiet")
        _rehearse("deploy", "payments", "--quiet")
        _rehearse("wallet", "open", USER, "1000.00", "--quiet")
        _rehearse("pay", USER, "1.00", "--json")  # the first payment waits for processes to start
        _rehearse("pay", USER, "5000.00", "--payment-id", "pay-too-much", "--expect", "FAILED", "--json")
        yield json.loads(_rehearse("env", "--json"))["GATEWAY_URL"]
    finally:
        _rehearse("down")


def _rehearse(*arguments: str) -> str:
    command = [REHEARSE, *arguments, "--instance", INSTANCE]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=120).stdout


def _fault(gateway_url: str, **rule: Any) -> None:
    request = urllib.request.Request(  # noqa: S310 - a loopback address of ours
        f"{gateway_url}/_admin/faults", data=json.dumps(rule).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass


def _heal(gateway_url: str) -> None:
    request = urllib.request.Request(f"{gateway_url}/_admin/faults", method="DELETE")  # noqa: S310
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass


def _shoot(name: str, *arguments: str, until: str = "") -> None:
    """Run a command and draw what its terminal shows: in the end, or once the text `until` is there."""
    shown = (lambda sheet: until in sheet.text()) if until else None
    sheet, _ = run([REHEARSE, *arguments], environ={"REHEARSAL_INSTANCE": INSTANCE}, until=shown)
    file = HERE / f"monitor-{name}.svg"
    file.write_text(_svg(sheet, f"rehearse {' '.join(arguments[:3])}"))
    if "--png" in sys.argv[1:]:
        _draw(file)
    sys.stdout.write(f"{file.name}\n{sheet.text()}\n\n")


def _svg(sheet: Sheet, title: str) -> str:
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    while sheet.lines and not sheet.lines[-1]:
        sheet.lines.pop()
    console.print(Text.from_ansi("\n".join(sheet.lines)))
    # The same picture on every machine and without a network: the reader's own monospace font.
    form = FONT_FROM_THE_NET.sub("", CONSOLE_SVG_FORMAT)
    return console.export_svg(title=title, theme=THEME, code_format=form, unique_id="monitor")


def _draw(file: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    size = SIZE.search(file.read_text())
    if browser is None or size is None:
        raise SystemExit(f"--png needs one of {', '.join(BROWSERS)}, and a picture that names its size")
    width, height = (round(float(side)) for side in size.groups())
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
    ]
    command += [f"--window-size={width},{height}", f"--screenshot={file.with_suffix('.png')}", file.as_uri()]
    subprocess.run(command, check=True, timeout=60, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
