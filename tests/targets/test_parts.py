"""The parts of an embedded environment are told where the record of calls goes."""

from pathlib import Path

import pytest

from harness.targets.embedded.parts import parts_of
from harness.targets.instance import Instance
from harness.targets.ports import KNOWN


@pytest.mark.parametrize("asked", [None, Path("/somewhere/calls.jsonl")])
def test_record_goes_among_the_logs_unless_a_file_is_named(asked: Path | None, tmp_path: Path) -> None:
    instance = Instance("mine", tmp_path)

    cloud = next(part for part in parts_of(instance, KNOWN, "us-east-1", asked) if part.name == "cloud")

    after = dict(zip(cloud.command, cloud.command[1:], strict=False))
    assert after["--calls-file"] == str(asked or tmp_path / "logs" / "calls.jsonl")
