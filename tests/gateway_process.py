"""The mock gateway as a process of its own, for tests that know it by HTTP alone."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running_gateway() -> Iterator[str]:
    """Give the address of a gateway that runs for the length of a block."""
    command = [sys.executable, "-m", "mock_gateway", "--port", "0", "--seed", "7", "--stop-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield _address(process.stdout)
        finally:
            process.stdin.close()
            process.wait(10)


def _address(output: Iterator[bytes]) -> str:
    seen = []
    for line in output:
        seen.append(line.decode())
        if found := re.search(r"http://[\d.]+:\d+", seen[-1]):
            return found.group()
    raise AssertionError(f"the gateway ended: {''.join(seen)}")
