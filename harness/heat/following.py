"""Heat as it changes: a screen that is drawn anew each second, or a line for each new verdict where it is piped."""

from collections.abc import Callable

from rich.console import Console
from rich.live import Live

from harness.capacity.picture import HeatPicture
from harness.clock import SYSTEM_CLOCK, Clock
from harness.heat.screen import TOP_DEFAULT, shown
from harness.heat.verdict import verdict_of
from harness.heat.words import Instants

EVERY_S = 1.0


def follow(
    look: Callable[[], HeatPicture],
    console: Console,
    *,
    top: int = TOP_DEFAULT,
    every_s: float = EVERY_S,
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Show what `look` gives, again and again, until Ctrl-C; the last picture stays on the screen then."""
    if console.is_terminal:
        _watch(look, console, top, every_s, clock)
    else:
        _tell(look, console, every_s, clock)


def _watch(look: Callable[[], HeatPicture], console: Console, top: int, every_s: float, clock: Clock) -> None:
    picture = look()
    try:
        # A screen of its own: what is taller than the terminal is cut off instead of scrolling by.
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(shown(picture, console, top=top, watched=True), refresh=True)
                clock.sleep(every_s)
                picture = look()
    finally:
        console.print(shown(picture, console, top=top))


def _tell(look: Callable[[], HeatPicture], console: Console, every_s: float, clock: Clock) -> None:
    said = ""
    while True:
        picture = look()
        headline = verdict_of(picture).headline
        if headline != said:
            console.print(f"{Instants(picture).told(picture.at_s)} {headline}", soft_wrap=True)
            said = headline
        clock.sleep(every_s)
