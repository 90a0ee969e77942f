"""Code and layer archives, unpacked once per content and shared by all workers, as /var/task and /opt are on AWS.

What is unpacked is made read-only: where AWS has a read-only file system, a write fails here too (unless the user is
root, whom permissions do not stop).
"""

import hashlib
import io
import os
import shutil
import stat
import threading
import zipfile
from collections import defaultdict
from pathlib import Path

from harness.errors import PackagingFailed

_WRITE_BITS = 0o222


class CodeStore:
    """A directory with one subdirectory a content."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def directory_of(self, content_name: str, archive: bytes) -> Path:
        """Return the directory that holds what is in `archive`, a zip file; `content_name` tells contents apart.

        Raises PackagingFailed when it is no zip file, or holds a path that leads out of it.
        """
        directory = self._root / hashlib.sha256(content_name.encode()).hexdigest()[:32]
        with self._guard:
            lock = self._locks[directory.name]
        with lock:
            if not directory.exists():
                unfinished = directory.with_suffix(".unfinished")
                shutil.rmtree(unfinished, ignore_errors=True)
                _unpack(archive, unfinished, content_name)
                unfinished.rename(directory)
                directory.chmod(0o555)
        return directory

    def remove(self) -> None:
        """Remove everything."""
        remove_tree(self._root)


def remove_tree(root: Path) -> None:
    """Remove a directory although parts of it are read-only; what can't be removed stays."""
    for directory, _, _ in os.walk(root):
        path = Path(directory)
        if not path.is_symlink() and not os.access(path, os.W_OK):
            path.chmod(0o755)
    shutil.rmtree(root, ignore_errors=True)


def _unpack(archive: bytes, directory: Path, content_name: str) -> None:
    directory.mkdir(parents=True)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            members = opened.infolist()
            for member in members:
                _check_inside(member.filename, content_name)
            links = [member for member in members if stat.S_ISLNK(member.external_attr >> 16)]
            for member in members:
                if member not in links:
                    _unpack_member(opened, member, directory)
            for member in links:  # last: nothing is written through them
                _link(opened, member, directory, content_name)
    except zipfile.BadZipFile as error:
        raise PackagingFailed(f"the code {content_name} is not a zip file: {error}") from error
    for inner, _, _ in os.walk(directory, topdown=False):
        if inner != str(directory):
            Path(inner).chmod(0o555)


def _check_inside(name: str, content_name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise PackagingFailed(f"the code {content_name} holds {name!r}, which leads out of its directory")


def _unpack_member(opened: zipfile.ZipFile, member: zipfile.ZipInfo, directory: Path) -> None:
    target = directory / member.filename
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(member) as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    mode = (member.external_attr >> 16) & 0o777
    target.chmod((mode or 0o644) & ~_WRITE_BITS)


def _link(opened: zipfile.ZipFile, member: zipfile.ZipInfo, directory: Path, content_name: str) -> None:
    target = directory / member.filename
    pointed = opened.read(member).decode()
    resolved = Path(os.path.normpath(target.parent / pointed))
    if not resolved.is_relative_to(directory):
        raise PackagingFailed(
            f"the code {content_name} holds the link {member.filename!r} to {pointed!r}, outside of it"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(pointed)
