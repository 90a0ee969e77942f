"""The record on disk: JSON lines in a file that grows while the edge runs, so that a killed run has them too.

Lines are gathered and written by a thread twice a second, so the event loop never waits for a disk. The file has a
limit: a full one is set aside as `calls.<n>.jsonl`, and the oldest of those goes when all together are too large. A
disk that takes no more ends the file, not the edge. What is missing is counted, and told by `describe`.
"""

import asyncio
import contextlib
import logging
import os
from collections import deque
from pathlib import Path

logger = logging.getLogger(__name__)

FLUSH_EVERY_S = 0.5
FILE_BYTES_MAX = 256 * 1024 * 1024
WAITING_BYTES_MAX = 16 * 1024 * 1024  # lines that the disk has not taken yet
PARTS = 8  # files that a full record is spread over: an eighth of it goes at once


class CallFile:
    """Writes lines to `path`, at most `bytes_max` bytes with what was set aside."""

    def __init__(self, path: Path, bytes_max: int = FILE_BYTES_MAX) -> None:
        self.path = path
        self._part_bytes_max = max(1, bytes_max // PARTS)
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._aside: deque[tuple[Path, int]] = deque()  # with how many lines
        self._part_bytes = self._part_lines = self._parts_made = 0
        self._descriptor: int | None = None
        self._dropped = {"rotated": 0, "late": 0, "unwritten": 0}
        self._problem = ""
        self._task: asyncio.Task[None] | None = None
        self._stopping: asyncio.Event | None = None

    @property
    def dropped(self) -> dict[str, int]:
        """Lines that are not on disk: "rotated" away, too "late" for a slow disk, "unwritten" by a failing one."""
        return dict(self._dropped)

    def add(self, line: bytes) -> None:
        """Take a line; it is on disk within about half a second."""
        if self._problem:
            self._dropped["unwritten"] += 1
        elif self._waiting_bytes > WAITING_BYTES_MAX:
            self._dropped["late"] += 1
        else:
            self._waiting.append(line)
            self._waiting_bytes += len(line)

    def start(self) -> None:
        """Begin to write; an event loop runs."""
        self._stopping = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._write_on(self._stopping))

    async def stop(self) -> None:
        """Write what waits, and close."""
        if self._task is not None and self._stopping is not None:
            self._stopping.set()
            await self._task
            self._task = None
        await asyncio.to_thread(self._put, self._take())
        self._close_part()

    def describe(self) -> dict[str, object]:
        """Return where the record is on disk and what it lacks."""
        told: dict[str, object] = {"path": str(self.path)}
        missing = {why: count for why, count in self._dropped.items() if count}
        if missing:
            told["dropped"] = missing
        if self._problem:
            told["problem"] = self._problem
        return told

    async def _write_on(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), FLUSH_EVERY_S)
            if self._waiting:
                await asyncio.to_thread(self._put, self._take())

    def _take(self) -> list[bytes]:
        """Return what waits. In the event loop's thread, as `add`: so that no line falls between the two."""
        lines, self._waiting, self._waiting_bytes = self._waiting, [], 0
        return lines

    def _put(self, lines: list[bytes]) -> None:
        begin = 0
        try:
            while begin < len(lines) and not self._problem:
                begin = self._put_some(lines, begin)
        except OSError as problem:
            self._give_up(problem)
        self._dropped["unwritten"] += len(lines) - begin

    def _put_some(self, lines: list[bytes], begin: int) -> int:
        """Write lines from `begin` on, as many as the current part has room for; return where to go on."""
        if self._descriptor is None:
            self._open()
        end, size = begin, 0
        while end < len(lines) and (end == begin or self._part_bytes + size < self._part_bytes_max):
            size += len(lines[end])
            end += 1
        self._write_whole(b"".join(lines[begin:end]))
        self._part_lines += end - begin
        if self._part_bytes >= self._part_bytes_max:
            self._set_aside()
        return end

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._descriptor = os.open(self.path, flags, 0o600)
        self._part_bytes = os.fstat(self._descriptor).st_size

    def _write_whole(self, data: bytes) -> None:
        """Write all of `data`, or (when the disk is full) none of it: half a line is no JSON."""
        assert self._descriptor is not None  # noqa: S101 - tells the type checker what the caller did
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._part_bytes)
            raise
        self._part_bytes += len(data)

    def _set_aside(self) -> None:
        self._close_part()
        self._parts_made += 1
        part = self.path.with_name(f"{self.path.stem}.{self._parts_made}{self.path.suffix}")
        self.path.rename(part)
        self._aside.append((part, self._part_lines))
        self._part_lines = 0
        while len(self._aside) >= PARTS:
            oldest, lines = self._aside.popleft()
            oldest.unlink(missing_ok=True)
            self._dropped["rotated"] += lines

    def _give_up(self, problem: OSError) -> None:
        self._problem = f"{type(problem).__name__}: {problem.strerror or problem}"
        logger.error("the record of calls is no longer written to %s: %s", self.path, self._problem)
        self._close_part()

    def _close_part(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):
                os.close(descriptor)
