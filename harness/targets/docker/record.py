"""The folder on this machine that the edge's container writes to: its journal, and the record of calls while it grows.

The record is found where an embedded environment has it (`logs/calls.jsonl`, or where the owner wants it) by a link;
before the folder goes, the files themselves take the link's place.
"""

import os
import shutil
from pathlib import Path

from harness.targets.docker.project import RECORD_UID
from harness.targets.instance import Instance

CALLS_FILE = "calls.jsonl"


def folder_of(instance: Instance) -> Path:
    """Return the folder that is mounted into the edge's container."""
    return instance.work / "record"


def prepare(instance: Instance, calls_file: Path | None) -> Path:
    """Make the folder, owned by the user as whom the edge runs, and the link to the record; return the folder."""
    folder = folder_of(instance)
    folder.mkdir()
    if os.getuid() == 0:
        os.chown(folder, RECORD_UID, RECORD_UID)
    link = calls_file.absolute() if calls_file else instance.logs / CALLS_FILE
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(folder / CALLS_FILE)
    return folder


def hand_over(instance: Instance, calls_file: Path | None) -> None:
    """Put the record itself where its owner wanted it, with the parts of it that were set aside."""
    if calls_file is None or not calls_file.is_symlink():
        return
    calls_file.unlink()
    for file in sorted(folder_of(instance).glob("calls*.jsonl")):
        shutil.copyfile(file, calls_file.parent / file.name.replace(Path(CALLS_FILE).stem, calls_file.stem, 1))
