"""The end of a log file, and what is written to it from then on."""

import time
from collections.abc import Iterator
from pathlib import Path

FOLLOWED_EVERY_S = 0.3


def lines_of(file: Path, last: int, *, follow: bool = False) -> Iterator[str]:
    """Yield the `last` lines of a file, and with `follow` those that come, without end; none while it is not there."""
    offset = 0
    if file.exists():
        content = file.read_bytes()
        offset = content.rfind(b"\n") + 1
        yield from content[:offset].decode(errors="replace").splitlines()[-last:]
        if not follow and content[offset:]:
            yield content[offset:].decode(errors="replace")
    while follow:
        time.sleep(FOLLOWED_EVERY_S)
        if not file.exists():
            continue
        with file.open("rb") as stream:
            stream.seek(offset)
            fresh = stream.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        offset += len(whole)
        yield from whole.decode(errors="replace").splitlines()
