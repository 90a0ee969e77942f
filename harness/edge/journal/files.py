"""The journal's folder: segments of lines, the newest of them open at its end, and at most one snapshot before them.

    segment-00000007.jsonl      records in their order
    snapshot-00000006.jsonl     what all tables held after segment 6: an index, then one line an item
    spare                       bytes to give up when the disk is full, so that the loss itself can be written down

Leaves out power loss: lines go to the operating system, never further by force.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from harness.edge.journal.folder import Folder
from harness.edge.journal.lines import LineDamaged, documents

SPARE_BYTES = 64 * 1024
_SEGMENT, _SNAPSHOT = "segment-{:08d}.jsonl", "snapshot-{:08d}.jsonl"


@dataclass(frozen=True, slots=True)
class Piece:
    """An open file of the journal, and how much of it there was when it was opened for reading."""

    file: BinaryIO
    size: int


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that recovery found not to be whole lines; they lie in `kept` now."""

    path: Path
    offset: int
    lost_bytes: int
    kept: Path


class Files:
    """Opens, grows and counts the files of one journal; without a directory in a temporary one that goes with it."""

    def __init__(self, directory: Path | None) -> None:
        self._folder = Folder(directory, "journal")
        self.segments: list[int] = []
        self.snapshot = 0
        self._sizes: dict[int, int] = {}
        self._descriptor = -1
        if self._folder.exists:
            self.segments = self._numbers("segment-*.jsonl")
            self.snapshot = max(self._numbers("snapshot-*.jsonl"), default=0)
            self._sizes = {number: self.segment(number).stat().st_size for number in self.segments}

    @property
    def directory(self) -> Path:
        """The folder; a temporary one is made when it is first asked for."""
        return self._folder.path

    @property
    def is_open(self) -> bool:
        """Whether lines can be written."""
        return self._descriptor >= 0

    @property
    def size(self) -> int:
        """Bytes in all segments."""
        return sum(self._sizes.values())

    @property
    def open_size(self) -> int:
        """Bytes in the segment that is written to."""
        return self._sizes[self.segments[-1]] if self.segments else 0

    def segment(self, number: int) -> Path:
        """Return the path of a segment."""
        return self.directory / _SEGMENT.format(number)

    def snapshot_path(self, number: int) -> Path:
        """Return the path of the snapshot of everything until a segment's end."""
        return self.directory / _SNAPSHOT.format(number)

    def open(self) -> None:
        """Begin to write at the end of the newest segment."""
        if not self.segments:
            self._begin(self.snapshot + 1)
        else:
            self._descriptor = os.open(self.segment(self.segments[-1]), os.O_WRONLY | os.O_APPEND)
        self._lay_spare()

    def write(self, line: bytes) -> None:
        """Append a line, whole or (OSError) not at all."""
        written = os.write(self._descriptor, line)
        if written != len(line):
            os.ftruncate(self._descriptor, self.open_size)
            raise OSError(f"only {written} of {len(line)} bytes could be written")
        self._sizes[self.segments[-1]] += written

    def give_up_spare(self) -> None:
        """Free the spare bytes; `rotate` lays them anew when it can."""
        (self.directory / "spare").unlink(missing_ok=True)

    def rotate(self) -> None:
        """Begin the next segment; raises OSError when that can't be, and the old one goes on."""
        former = self._descriptor
        self._begin(self.segments[-1] + 1)
        os.close(former)
        self._lay_spare()

    def view(self, *, snapshot: bool = True) -> list[Piece]:
        """Open everything for reading, as it is now; the caller closes it."""
        paths = [self.snapshot_path(self.snapshot)] if snapshot and self.snapshot else []
        pieces = [Piece(path.open("rb"), path.stat().st_size) for path in paths]
        return pieces + [Piece(self.segment(number).open("rb"), self._sizes[number]) for number in self.segments]

    def replace_by_snapshot(self, segment: int) -> None:
        """Drop the oldest segment and the old snapshot: a snapshot of all until the segment's end lies there."""
        former, self.snapshot = self.snapshot, segment
        self.segments.remove(segment)
        del self._sizes[segment]
        self.segment(segment).unlink()
        if former:
            self.snapshot_path(former).unlink(missing_ok=True)

    def repair(self) -> Iterator[tuple[bytes, Damage | None]]:
        """Yield every document in order. At the first that is not whole, cut it and all behind it off, and tell.

        What is cut off is kept beside, never thrown away.
        """
        yield from self._tidied()
        for position, number in enumerate(self.segments):
            path = self.segment(number)
            with path.open("rb") as file:
                try:
                    for document in documents(file, self._sizes[number]):
                        yield document, None
                except LineDamaged as damage:
                    lost = self._cut_off(position, damage.offset)
                    yield b"", Damage(path, damage.offset, *lost)
                    return

    def remove_all(self) -> None:
        """Throw everything away and begin anew."""
        self._close()
        if self._folder.exists:
            for path in self.directory.glob("*.jsonl*"):
                path.unlink()
        self.segments, self.snapshot, self._sizes = [], 0, {}

    def set_aside(self) -> None:
        """Keep all files under other names, where nobody reads them, and begin anew."""
        for path in self.directory.glob("*.jsonl"):
            path.rename(path.with_suffix(".jsonl.damaged"))
        self.segments, self.snapshot, self._sizes = [], 0, {}

    def close(self) -> None:
        """Write no more; a temporary folder goes."""
        self._close()
        self._folder.close()

    def _tidied(self) -> Iterator[tuple[bytes, None]]:
        """Remove what a fold that was interrupted has left, then yield the snapshot's documents."""
        if not self._folder.exists:
            return
        for path in self.directory.glob("*.part"):
            path.unlink()
        for number in self._numbers("snapshot-*.jsonl"):
            if number < self.snapshot:
                self.snapshot_path(number).unlink()
        for number in [one for one in self.segments if one <= self.snapshot]:
            self.segment(number).unlink()
            self.segments.remove(number)
            del self._sizes[number]
        if self.snapshot:
            path = self.snapshot_path(self.snapshot)
            with path.open("rb") as file:
                for document in documents(file, path.stat().st_size):
                    yield document, None

    def _cut_off(self, position: int, offset: int) -> tuple[int, Path]:
        damaged, *behind = self.segments[position:]
        path = self.segment(damaged)
        kept = path.with_suffix(".jsonl.damaged")
        with path.open("rb") as source, kept.open("wb") as target:
            source.seek(offset)
            shutil.copyfileobj(source, target)
        lost = kept.stat().st_size
        os.truncate(path, offset)
        self._sizes[damaged] = offset
        for number in behind:
            lost += self._sizes.pop(number)
            self.segment(number).rename(self.segment(number).with_suffix(".jsonl.damaged"))
            self.segments.remove(number)
        return lost, kept

    def _begin(self, number: int) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
        self._descriptor = os.open(self.segment(number), flags, 0o600)
        self.segments.append(number)
        self._sizes[number] = 0

    def _lay_spare(self) -> None:
        spare = self.directory / "spare"
        try:
            if not spare.exists():
                spare.write_bytes(b"\0" * SPARE_BYTES)
        except OSError:
            spare.unlink(missing_ok=True)  # the disk is full already

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _numbers(self, pattern: str) -> list[int]:
        return sorted(int(path.name.split("-")[1].split(".")[0]) for path in self.directory.glob(pattern))
