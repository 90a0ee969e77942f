"""The file that seeded keys are written to: made for its owner's eyes alone, and never written through a link."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.errors import SettingInvalid


def write_keys(path: Path, keys: Iterable[dict[str, Any]]) -> None:
    """Write keys, one JSON object a line, for the owner alone; raises SettingInvalid when that can't be done."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    except OSError as problem:
        raise SettingInvalid(f"keys can't be written to {path}: {problem.strerror}") from problem
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, 0o600)  # it may have been there before, for everybody
        file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in keys)
