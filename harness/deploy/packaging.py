"""Packages of functions and layers: sources on top of their dependencies, one archive per content.

A package's name is a hash of every file in it and of its dependencies' archive. So a folder that several functions
share is built and uploaded once, and an edited source only repacks the sources: dependencies come from the cache.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from harness.deploy.archives import check_size, source_files, write_archive
from harness.deploy.cache import cached_file, content_key, new_cached_file
from harness.deploy.dependencies import BuildPlatform, dependency_archive, has_requirements
from harness.deploy.progress import OnProgress, unheard
from harness.deploy.sources import shown_path
from harness.errors import PackagingFailed

# Raise when the content of a package changes for the same sources.
_LAYOUT = "package-1"


@dataclass(frozen=True, slots=True)
class Package:
    """An archive that is ready to be uploaded. `key` names its content; `built` is False when the cache had it."""

    path: Path
    key: str
    built: bool


def build_package(
    code: Path,
    build: BuildPlatform,
    *,
    with_dependencies: bool = True,
    below: str = "",
    on_progress: OnProgress = unheard,
) -> Package:
    """Return the package of a code folder, a single source file, or an archive that is taken as it is.

    `below` is put before every name in the archive (a Python layer's content lies below `python/`). Raises
    PackagingFailed when dependencies can't be installed or the package is larger than AWS Lambda takes.
    """
    try:
        if code.is_file() and code.suffix in (".zip", ".jar"):
            check_size(code, shown_path(code))
            return Package(code, content_key(_digest(code)), built=False)
        files = {code.name: code} if code.is_file() else source_files(code)
        contents = [f"{name}\0{os.access(file, os.X_OK)}\0{_digest(file)}" for name, file in files.items()]
    except OSError as error:
        raise PackagingFailed(f"code {shown_path(code)} can't be read: {error.strerror or error}") from None
    if not files:
        raise PackagingFailed(f"code folder {shown_path(code)} holds no files, expected a function's sources")
    dependencies = _dependencies(code, build, on_progress) if with_dependencies else None
    key = content_key(_LAYOUT, below, _digest(dependencies) if dependencies else "", *contents)
    if (found := cached_file("packages", f"{key}.zip")) is not None:
        return Package(found, key, built=False)
    with new_cached_file("packages", f"{key}.zip") as path:
        write_archive(path, files, onto=dependencies, below=below)
        check_size(path, f"package of {shown_path(code)}")
    found = cached_file("packages", f"{key}.zip")
    if found is None:
        raise PackagingFailed(f"package of {shown_path(code)} vanished from the cache while it was used")
    return Package(found, key, built=True)


def _dependencies(code: Path, build: BuildPlatform, on_progress: OnProgress) -> Path | None:
    requirements = code / "requirements.txt"
    return dependency_archive(requirements, build, on_progress) if has_requirements(requirements) else None


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
