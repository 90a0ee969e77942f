"""Targets: where a cloud runs. Each brings up its processes and says where things are.

`open_environment` is the way for programs and tests; the command line uses the lifecycle functions directly.
"""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from harness.errors import SettingInvalid
from harness.targets import lifecycle
from harness.targets.environment import Environment
from harness.targets.lifecycle import TARGETS, check_target
from harness.targets.ports import KNOWN, free_ports

__all__ = ["TARGETS", "Environment", "check_target", "open_environment"]

REAP_WITHIN_S = 5.0


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
    chosen = KNOWN if ports == "known" else free_ports()
    environment, process = lifecycle.up(
        target, instance, ports=chosen, owned=True, calls_file=calls_file, progress=progress
    )
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
