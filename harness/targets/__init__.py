"""Targets: where a cloud runs. Each brings up its processes and says where things are.

`open_environment` is the way for programs and tests; the command line uses the lifecycle functions directly.
"""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from harness.errors import SettingInvalid
from harness.targets.embedded import lifecycle
from harness.targets.environment import Environment
from harness.targets.ports import KNOWN, free_ports

__all__ = ["TARGETS", "Environment", "check_target", "open_environment"]

TARGETS = ("embedded",)
REAP_WITHIN_S = 5.0


def check_target(target: str) -> str:
    """Return `target`; raises SettingInvalid for one that is not known."""
    if target not in TARGETS:
        raise SettingInvalid(f"target {target!r} is not known, expected one of {', '.join(TARGETS)}")
    return target


@contextmanager
def open_environment(
    target: str = "embedded",
    *,
    instance: str,
    ports: Literal["known", "free"] = "free",
    calls_file: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Environment]:
    """Give an environment of one's own for the length of a `with` block.

    It ends with the block, and with this process even if that is killed. Its record of calls goes to `calls_file`, else
    among its logs. Raises SettingInvalid when `instance` runs
    already, and what `lifecycle.up` raises.
    """
    check_target(target)
    chosen = KNOWN if ports == "known" else free_ports()
    environment, process = lifecycle.up(instance, ports=chosen, owned=True, calls_file=calls_file, progress=progress)
    if process is None:
        raise SettingInvalid(f"environment {instance!r} is already running, expected a name of its own")
    try:
        yield environment
    finally:
        lifecycle.down(instance)
        with suppress(subprocess.TimeoutExpired):
            process.wait(REAP_WITHIN_S)
        if process.stdin is not None:
            process.stdin.close()
