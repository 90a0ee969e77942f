"""A folder for what the edge keeps: the one that was asked for, or a temporary one that goes with its owner.

A temporary folder has its owner's process id in its name. What a killed owner left is removed by the next one.
"""

import os
import shutil
import tempfile
import weakref
from pathlib import Path


class Folder:
    """Makes the folder when it is first needed."""

    def __init__(self, directory: Path | None, what: str) -> None:
        self._directory = directory
        self._what = what
        self._removal: weakref.finalize[[Path], Folder] | None = None

    @property
    def exists(self) -> bool:
        """Whether it was made, by this process or a former one."""
        return self._directory is not None and self._directory.is_dir()

    @property
    def path(self) -> Path:
        """The folder, which is there from now on."""
        if self._directory is None:
            prefix = f"rehearsal-{self._what}-"
            _remove_orphans(prefix)
            self._directory = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))
            self._removal = weakref.finalize(self, _remove, self._directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        return self._directory

    def close(self) -> None:
        """Remove the folder if it is a temporary one."""
        if self._removal is not None:
            self._removal()


def _remove_orphans(prefix: str) -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        owner = left.name.removeprefix(prefix).partition("-")[0]
        if owner.isdigit() and not _is_running(int(owner)):
            _remove(left)  # nothing happens when it is another user's


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
