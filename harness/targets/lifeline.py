"""A pipe from parent to child that tells the child when its parent is gone, even by kill -9.

The parent holds the write end and never writes; the child has the read end as its standard input. When the parent
ends, however it ends, the read returns empty and the child stops. Works the same on Linux and macOS.
"""

import os
import sys
import threading
from collections.abc import Callable


def on_parent_gone(act: Callable[[], None]) -> None:
    """Call `act` on a daemon thread once standard input reaches its end."""

    def watch() -> None:
        descriptor = sys.stdin.fileno()
        while os.read(descriptor, 4096):
            pass
        act()

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
