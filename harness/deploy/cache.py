"""The cache of built packages and translated templates: content-addressed files that appear whole or not at all.

An entry's name is a hash of everything that it depends on, so an entry is never changed, only made or dropped. Entries
are written beside their place and renamed: a Ctrl-C, a full disk or a second process leaves no half of one.
"""

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.config import cache_root
from harness.errors import PackagingFailed

# Entries nobody used for so long are dropped when the next one is made.
UNUSED_DAYS_MAX = 30


def content_key(*parts: str | bytes) -> str:
    """Return a hash of `parts` in which neither their order nor their borders can be confused."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:32]


def cached_file(kind: str, name: str) -> Path | None:
    """Return the entry `name` of `kind` if it is there, and note that it was used."""
    path = cache_root() / kind / name
    try:
        os.utime(path)
    except FileNotFoundError:
        return None
    except OSError:
        return path if path.exists() else None
    return path


@contextmanager
def new_cached_file(kind: str, name: str) -> Iterator[Path]:
    """Give a temporary path to write; it becomes the entry `name` of `kind` when the block ends without an error.

    Raises PackagingFailed when the cache can't be written (full disk, no permission).
    """
    directory = cache_root() / kind
    temporary = None
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handle, raw = tempfile.mkstemp(prefix=".new-", dir=directory)
        os.close(handle)
        temporary = Path(raw)
        yield temporary
        temporary.replace(directory / name)
        _drop_unused(directory)
    except OSError as error:
        raise PackagingFailed(
            f"cache entry {directory / name} can't be written: {error.strerror or error}",
            remedy="free space or point REHEARSAL_CACHE_DIR at a folder that can be written",
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _drop_unused(directory: Path) -> None:
    oldest_s = time.time() - UNUSED_DAYS_MAX * 86_400
    for entry in directory.iterdir():
        # Another process may drop the same entry at the same time.
        with contextlib.suppress(FileNotFoundError):
            if entry.stat().st_mtime < oldest_s:
                entry.unlink()
