"""Makes the pictures of heat: the capacity model under a launch's traffic, on a terminal and as a page.

    python -m docs.pictures.heat

Nothing runs but the model: the same buckets, partitions and sketches as in the edge, fed with requests by the second.
Writes heat-terminal.svg beside this file and, where a Chromium is installed, heat-*.png.
"""

import io
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI

from docs.pictures.monitor import BROWSERS, FONT_FROM_THE_NET
from harness.capacity.charge import Charge, Place, position_of
from harness.capacity.heat import Heat, Told, picture_of
from harness.capacity.parameters import Parameters
from harness.capacity.picture import HeatPicture
from harness.capacity.shape import Key, TableShape, Throughput
from harness.capacity.table import TableCapacity
from harness.heat.page import render
from harness.heat.screen import shown

HERE = Path(__file__).parent
STARTED_S = 1_798_797_600.0  # 10:00 UTC
COLUMNS = 104
SHOTS = (("desktop", 1180, 1320, "light"), ("dark", 1180, 1320, "dark"), ("phone", 390, 1100, "light"))
WALLETS = TableShape("payments-Wallets", Key("UserID"))
ORDERS = TableShape("payments-Orders", Key("OrderID"), "PROVISIONED", provisioned=Throughput(400.0, 400.0))

# Keys and the writes a second that they ask for, at a second of the launch.
Traffic = Callable[[int], Sequence[tuple[str, float]]]


def main() -> None:
    """Draw every picture."""
    picture = launch()
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor", markup=False,
        highlight=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    console.print(shown(picture, console))
    # The same picture on every machine and without a network: the reader's own monospace font.
    form = FONT_FROM_THE_NET.sub("", CONSOLE_SVG_FORMAT)
    svg = console.export_svg(title="rehearse heat", theme=MONOKAI, code_format=form, unique_id="heat")
    (HERE / "heat-terminal.svg").write_text(svg)
    _shoot(render(picture, command="rehearse heat --output heat.html"))


def launch(seconds: int = 1500, units: float = 5.0, parameters: Parameters | None = None) -> HeatPicture:
    """Return the heat of a launch: one wallet that everybody pays into, and orders beyond what is provisioned.

    Each request asks for `units` write units.
    """
    figures = parameters or Parameters()
    users = [(f"user-{number:03}", 100.0 / (number + 4)) for number in range(400)]

    def wallets(second: int) -> list[tuple[str, float]]:
        ramp = (second - seconds / 6) / (seconds / 4)
        return [("user-launch", 1600.0 * max(0.0, min(1.0, ramp))), *users]

    def orders(second: int) -> list[tuple[str, float]]:
        rate = 250.0 if second < seconds / 4 else 900.0
        return [(f"order-{second}-{number}", rate / 60) for number in range(60)]

    drawn = random.Random(7)  # noqa: S311 - a picture's traffic
    told = [
        _simulated(shape, traffic, seconds, units, figures, drawn)
        for shape, traffic in ((WALLETS, wallets), (ORDERS, orders))
    ]
    return picture_of(told, STARTED_S + seconds - 1, started_s=STARTED_S, scale=figures.scale, top=20)


def _simulated(
    shape: TableShape, traffic: Traffic, seconds: int, units: float, figures: Parameters, drawn: random.Random
) -> Told:
    heat = Heat(shape, STARTED_S)
    capacity = TableCapacity(shape, figures, STARTED_S, heat)
    for second in range(seconds):
        for charge, at_s in _requests(shape, traffic(second), units, drawn):
            now_s = STARTED_S + second + at_s
            refusal = capacity.refusal([charge], now_s)
            if refusal is None:
                capacity.take([charge], now_s)
            else:
                capacity.refuse([charge], refusal, now_s)
        heat.sample(STARTED_S + second, capacity.snapshot(STARTED_S + second))
    return Told(heat, capacity.snapshot(STARTED_S + seconds - 1))


def _requests(
    shape: TableShape, asked: Sequence[tuple[str, float]], units: float, drawn: random.Random
) -> Iterator[tuple[Charge, float]]:
    """Give a second's requests in order of time."""
    chosen = [
        (drawn.random(), key)
        for key, rate in asked
        for _ in range(int(rate / units) + (drawn.random() < rate / units % 1))
    ]
    for at_s, key in sorted(chosen):
        text = f"{shape.key.partition}={key}"
        yield Charge("", Place(position_of(key.encode()), "", text, text), write_units=units), at_s


def _shoot(page: str) -> None:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sys.stderr.write(f"no pictures of the page: no browser on the path, looked for {', '.join(BROWSERS)}\n")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "heat.html"
        file.write_text(page, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        for name, width, height, scheme in SHOTS:
            opened = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
            )
            opened.goto(file.as_uri())
            opened.screenshot(path=HERE / f"heat-{name}.png")
        drawing = browser.new_page(viewport={"width": 1180, "height": 900})
        drawing.goto(file.as_uri())
        drawing.locator(".resource .drawings").first.screenshot(path=HERE / "heat-map.png")
        browser.close()


if __name__ == "__main__":
    main()
