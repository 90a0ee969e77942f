"""The record on disk: every line whole, in bounds, and no reason for the edge to fail."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness.edge.record import Recorder, RecordOptions
from harness.edge.record import call_file as module
from harness.edge.record.call_file import CallFile
from harness.waiting import wait_until
from tests.edge.record.calls import answer, call


def line(number: int) -> bytes:
    return json.dumps({"sequence": number, "filling": "x" * 80}).encode() + b"\n"


def sequences(*paths: Path) -> list[int]:
    return [json.loads(one)["sequence"] for path in paths for one in path.read_bytes().splitlines()]


def written(file: CallFile, *numbers: int) -> None:
    """Let a file run just long enough to take these lines."""

    async def run() -> None:
        file.start()
        for number in numbers:
            file.add(line(number))
        await file.stop()

    asyncio.run(run())


def test_lines_are_on_disk_while_the_edge_runs(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    file = CallFile(path)

    async def run() -> None:
        file.start()
        file.add(line(1))
        await asyncio.to_thread(wait_until, "the line", lambda: path.exists() and sequences(path) == [1], within_s=5)
        await file.stop()

    asyncio.run(run())


def test_lines_are_added_when_the_file_exists(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    written(CallFile(path), 1)
    written(CallFile(path), 2)

    assert sequences(path) == [1, 2]


def test_no_file_is_made_when_there_was_no_call(tmp_path: Path) -> None:
    written(CallFile(tmp_path / "calls.jsonl"))

    assert list(tmp_path.iterdir()) == []


def test_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    written(CallFile(tmp_path / "calls.jsonl"), 1)

    assert (tmp_path / "calls.jsonl").stat().st_mode & 0o777 == 0o600


def test_oldest_part_goes_when_the_record_is_too_large(tmp_path: Path) -> None:
    bytes_max = 20_000
    file = CallFile(tmp_path / "calls.jsonl", bytes_max)

    written(file, *range(1000))

    parts = sorted(tmp_path.glob("calls.*.jsonl"), key=lambda path: int(path.stem.partition(".")[2]))
    kept = sequences(*parts, *tmp_path.glob("calls.jsonl"))
    assert kept == list(range(1000 - len(kept), 1000))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= bytes_max + 8 * len(line(999))
    assert file.dropped["rotated"] == 1000 - len(kept)
    assert file.describe()["dropped"] == {"rotated": 1000 - len(kept)}


def test_edge_goes_on_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "calls.jsonl"
    recorder = Recorder(RecordOptions(file=path))
    room_for = 1000
    real = os.write

    def write(descriptor: int, data: Any) -> int:
        room = room_for - os.fstat(descriptor).st_size
        if room <= 0:
            raise OSError(28, "No space left on device")
        return real(descriptor, bytes(data)[:room])

    monkeypatch.setattr(module.os, "write", write)

    async def proceed(_: object) -> Any:
        return answer()

    async def run() -> None:
        await recorder.start()
        await recorder.handle(call(), proceed)
        await asyncio.to_thread(wait_until, "the first line", lambda: path.exists() and sequences(path), within_s=5)
        for _ in range(20):
            await recorder.handle(call(), proceed)
        await asyncio.to_thread(wait_until, "the problem", lambda: "problem" in told_of(recorder), within_s=5)
        await recorder.handle(call(), proceed)
        await recorder.stop()

    asyncio.run(run())

    assert len(recorder.calls) == 22
    assert sequences(path) == [1]  # no half line is left behind
    assert told_of(recorder)["problem"] == "OSError: No space left on device"
    assert told_of(recorder)["dropped"] == {"unwritten": 21}
    assert len([one for one in caplog.records if "no longer written" in one.message]) == 1


def told_of(recorder: Recorder) -> dict[str, Any]:
    told: Any = recorder.describe()["calls"]
    return dict(told["file"])


def test_edge_goes_on_when_the_folder_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    file = CallFile(tmp_path / "file" / "calls.jsonl")

    written(file, 1, 2)

    assert file.dropped["unwritten"] == 2
    assert "problem" in file.describe()


def test_lines_are_dropped_and_counted_when_the_disk_is_too_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAITING_BYTES_MAX", 500)
    file = CallFile(tmp_path / "calls.jsonl")

    written(file, *range(100))

    kept = sequences(tmp_path / "calls.jsonl")
    assert kept == list(range(len(kept)))
    assert file.dropped["late"] == 100 - len(kept) > 0
