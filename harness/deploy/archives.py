"""Zip archives that depend on nothing but their content: sorted names, one timestamp, two kinds of permission.

The same folder gives the same bytes on every machine with the same zlib, so unchanged code is an unchanged stack.
"""

import contextlib
import os
import zipfile
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path

from harness.errors import PackagingFailed

# The earliest instant that a zip archive can hold.
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
# AWS Lambda: function and all its layers, unzipped (documented quota).
UNZIPPED_BYTES_MAX = 250 * 1024 * 1024

_EXCLUDED_DIRECTORIES = frozenset(
    {
        "__pycache__", ".git", ".venv", "venv", ".aws-sam", ".mypy_cache", ".pytest_cache", ".ruff_cache",
        ".hypothesis", ".tox", ".idea", ".vscode",
    }
)  # fmt: skip
_EXCLUDED_NAMES = frozenset({".DS_Store", ".gitignore", ".coverage"})
_EXCLUDED_SUFFIXES = (".pyc", ".pyo", ".swp")
# Left out where sources are packaged: nothing that a function does at run time.
_EXCLUDED_AT_TOP = frozenset({"tests"})


def source_files(directory: Path) -> dict[str, Path]:
    """Return the files of a code folder that belong in its package, sorted: name in the archive → file.

    Symbolic links are followed, as `sam build` does; caches, virtual environments and a top-level `tests` are left
    out. Raises PackagingFailed on a link that leads back to a folder it lies in.
    """
    return dict(sorted(_walk(directory, "", (directory.resolve(),))))


def _walk(directory: Path, prefix: str, above: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    for entry in sorted(os.scandir(directory), key=lambda item: item.name):
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            if entry.name in _EXCLUDED_DIRECTORIES or name in _EXCLUDED_AT_TOP or entry.name.endswith(".egg-info"):
                continue
            real = Path(entry.path).resolve()
            if real in above:
                raise PackagingFailed(f"{entry.path} links to {real}, a folder it lies in, expected no loop")
            yield from _walk(Path(entry.path), f"{name}/", (*above, real))
        elif entry.is_file() and not _is_noise(entry.name):
            yield name, Path(entry.path)


def _is_noise(name: str) -> bool:
    return name in _EXCLUDED_NAMES or name.endswith(_EXCLUDED_SUFFIXES)


def write_archive(target: Path, files: Mapping[str, Path], *, onto: Path | None = None, below: str = "") -> None:
    """Write `files` (name → file) to `target`, every name below the folder `below` (empty, or ending in a slash).

    Entries of the archive `onto` come first, where no file replaces them.
    """
    wanted = {f"{below}{name}": file for name, file in files.items()}
    if onto is None:
        target.write_bytes(b"")
    elif below or _names(onto) & wanted.keys():
        _repack(onto, target, below, without=wanted)
    else:
        target.write_bytes(onto.read_bytes())
    # Mode "a" makes an archive of an empty file.
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(wanted):
            _add(archive, name, wanted[name].read_bytes(), executable=os.access(wanted[name], os.X_OK))


def join_archives(target: Path, parts: Sequence[tuple[Path, Callable[[str], str]]]) -> None:
    """Write one archive of several; each part says where its entries go, and a later part's entry wins."""
    chosen: dict[str, tuple[Path, str]] = {}
    for archive, place in parts:
        for name in _names(archive):
            if not name.endswith("/") and place(name):
                chosen[place(name)] = archive, name
    with contextlib.ExitStack() as stack, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as joined:
        opened = {archive: stack.enter_context(zipfile.ZipFile(archive)) for archive, _ in parts}
        for name, (archive, inside) in sorted(chosen.items()):
            entry = opened[archive].getinfo(inside)
            executable = bool((entry.external_attr >> 16) & 0o100)
            _add(joined, name, opened[archive].read(entry), executable=executable)


def unzipped_bytes(archive: Path) -> int:
    """Return how many bytes the entries of `archive` hold unzipped."""
    with zipfile.ZipFile(archive) as opened:
        return sum(entry.file_size for entry in opened.infolist())


def check_size(archive: Path, what: str) -> None:
    """Raise PackagingFailed when `archive` is larger unzipped than AWS Lambda takes; say what the space goes to."""
    size = unzipped_bytes(archive)
    if size <= UNZIPPED_BYTES_MAX:
        return
    bytes_by_folder: dict[str, int] = {}
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            folder = entry.filename.split("/", 1)[0]
            bytes_by_folder[folder] = bytes_by_folder.get(folder, 0) + entry.file_size
    largest = sorted(bytes_by_folder.items(), key=lambda row: -row[1])[:5]
    raise PackagingFailed(
        f"{what} is {_mb(size)} unzipped, expected at most {_mb(UNZIPPED_BYTES_MAX)}, which is AWS Lambda's limit",
        evidence={"largest": "\n".join(f"{_mb(count):>9}  {folder}" for folder, count in largest)},
        remedy="leave out a dependency, or move it to a container image",
    )


def _names(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as opened:
        return set(opened.namelist())


def _repack(origin: Path, target: Path, below: str, *, without: Container[str]) -> None:
    with zipfile.ZipFile(origin) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in archive.infolist():
            name = f"{below}{entry.filename}"
            if name not in without:
                _add(copy, name, archive.read(entry), executable=bool((entry.external_attr >> 16) & 0o100))


def _add(archive: zipfile.ZipFile, name: str, data: bytes, *, executable: bool) -> None:
    entry = zipfile.ZipInfo(name, _TIMESTAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix: otherwise the permissions below are not read
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(entry, data)


def _mb(count: int) -> str:
    return f"{count / (1024 * 1024):.1f} MB"
