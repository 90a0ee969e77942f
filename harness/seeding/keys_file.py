"""The file that seeded keys are written to: made for its owner's eyes alone, and never written through a link."""

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.errors import SettingInvalid


def write_keys(path: Path, keys: Iterable[dict[str, Any]]) -> None:
    """Write keys, one JSON object a line, for the owner alone; raises SettingInvalid when that can't be done."""
    try:
        with os.fdopen(_opened(path, os.O_TRUNC), "w", encoding="utf-8") as file:
            # It may have been there before, for everybody. A device's rights are everybody's concern.
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                os.fchmod(file.fileno(), 0o600)
            file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in keys)
    except OSError as problem:
        raise _unwritable(path, problem) from problem


def check_writable(path: Path) -> None:
    """Raise SettingInvalid when a file can't be opened for writing; what is in it stays."""
    try:
        os.close(_opened(path, 0))
    except OSError as problem:
        raise _unwritable(path, problem) from problem


def _opened(path: Path, how: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | how, 0o600)


def _unwritable(path: Path, problem: OSError) -> SettingInvalid:
    return SettingInvalid(f"keys can't be written to {path}: {problem.strerror}", remedy="name another --keys-file")
