"""Third-party packages of a function: installed once per set of requirements, kept as one archive in the cache.

The installer is uv when it is there (ten times as fast), else pip; when uv fails, pip has the last word, because pip
knows the index that its own configuration names. For a target that runs functions under this interpreter the packages
are built for this machine; for real Lambda they are wheels for Lambda's platform.
"""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.deploy.archives import source_files, write_archive
from harness.deploy.cache import cached_file, content_key, new_cached_file
from harness.deploy.progress import OnProgress, Progress, unheard
from harness.deploy.sources import shown_path
from harness.errors import PackagingFailed

# Raise when the content of a dependency archive changes for the same requirements.
_LAYOUT = "dependencies-1"
INSTALL_S_MAX = 600
_OUTPUT_LINES_SHOWN = 8

# Lambda's names of machines → those in the names of wheels.
_WHEEL_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
_EXCLUDED_TOP = frozenset({"bin", ".lock"})
# Notes of the installer to itself; RECORD would list files that are not packaged.
_EXCLUDED_METADATA = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
_INCLUDES = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)")
_LOCAL = re.compile(r"^\s*(?:-e\s+|--editable[\s=]+)?(?:file:(?://)?)?(\.{1,2}/\S*|\.|/\S+)")


@dataclass(frozen=True, slots=True)
class BuildPlatform:
    """Where a package will run: a Python version such as "3.12"; `machine` None means this host and interpreter."""

    python_version: str
    machine: str | None = None

    @classmethod
    def of_this_interpreter(cls) -> "BuildPlatform":
        """Return the platform for functions that run under the interpreter that runs Rehearsal."""
        return cls(f"{sys.version_info.major}.{sys.version_info.minor}")

    @property
    def key(self) -> str:
        """A text that differs where packages would."""
        if self.machine:
            return f"{self.python_version} lambda {self.machine}"
        return f"{self.python_version} {sys.implementation.cache_tag} {sys.platform} {platform.machine()}"


def dependency_archive(requirements: Path, build: BuildPlatform, on_progress: OnProgress = unheard) -> Path:
    """Return an archive of all packages that `requirements` asks for, from the cache where it holds them.

    Raises PackagingFailed with the installer's own last lines.
    """
    key = content_key(_LAYOUT, build.key, *_requirement_texts(requirements, ()))
    name = f"{key}.zip"
    if (found := cached_file("dependencies", name)) is not None:
        return found
    on_progress(Progress("package", shown_path(requirements), "installing", "once; then it comes from the cache"))
    with tempfile.TemporaryDirectory(prefix="rehearsal-build-") as directory:
        target = Path(directory) / "packages"
        target.mkdir()
        _install(requirements, target, build)
        with new_cached_file("dependencies", name) as path:
            write_archive(path, dict(_packaged(target)))
    found = cached_file("dependencies", name)
    if found is None:
        raise PackagingFailed(
            f"dependencies of {shown_path(requirements)} vanished from the cache while they were used"
        )
    return found


def has_requirements(requirements: Path) -> bool:
    """Return whether a requirements file is there and asks for anything."""
    if not requirements.is_file():
        return False
    lines = (line.split("#", 1)[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    return any(lines)


def _requirement_texts(path: Path, above: tuple[Path, ...]) -> Iterator[str]:
    """Yield everything the installation depends on: this file, those it includes, and local folders it names."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PackagingFailed(f"requirements file {shown_path(path)} can't be read: {error.strerror}") from None
    yield text
    for line in text.splitlines():
        if match := _INCLUDES.match(line):
            included = (path.parent / match[1]).resolve()
            if included not in above:
                yield from _requirement_texts(included, (*above, included))
        elif match := _LOCAL.match(line):
            yield from _folder_texts(path.parent / match[1])


def _folder_texts(folder: Path) -> Iterator[str]:
    if folder.is_file():
        yield content_key(folder.read_bytes())
    elif folder.is_dir():
        for name, file in source_files(folder).items():
            yield f"{name} {content_key(file.read_bytes())}"


def _packaged(directory: Path) -> Iterator[tuple[str, Path]]:
    for name, path in source_files(directory).items():
        first, *rest = name.split("/")
        noise = first in _EXCLUDED_TOP or (first.endswith(".dist-info") and rest and rest[0] in _EXCLUDED_METADATA)
        if not noise:
            yield name, path


def _install(requirements: Path, target: Path, build: BuildPlatform) -> None:
    failures: dict[str, str] = {}
    for name, command in _installers(requirements, target, build):
        failure = _run(command, requirements.parent)
        if failure is None:
            return
        failures[name] = failure
        shutil.rmtree(target)
        target.mkdir()
    if not failures:
        raise PackagingFailed(
            f"dependencies of {shown_path(requirements)} can't be installed: neither uv nor pip is there",
            remedy="install one of them, e.g. python -m ensurepip",
        )
    raise PackagingFailed(
        f"dependencies of {shown_path(requirements)} were not installed for {build.key}",
        evidence=failures,
        remedy="check the names and versions, the network or the package index, and free disk space; then deploy again",
    )


def _installers(requirements: Path, target: Path, build: BuildPlatform) -> Iterator[tuple[str, list[str]]]:
    wanted = ["--target", str(target), "-r", str(requirements.resolve())]
    foreign = ["--python-version", build.python_version, "--only-binary", ":all:"]
    if uv := shutil.which("uv"):
        where = [*foreign, "--python-platform", _uv_platform(build)] if build.machine else ["--python", sys.executable]
        yield "uv", [uv, "pip", "install", "--quiet", "--no-progress", *wanted, *where]
    if importlib.util.find_spec("pip") is not None:
        options = ["--quiet", "--no-compile", "--disable-pip-version-check", "--no-input", "--no-warn-conflicts"]
        where = [*foreign, "--implementation", "cp", *_pip_platforms(build)] if build.machine else []
        yield "pip", [sys.executable, "-m", "pip", "install", *options, *wanted, *where]


def _glibc_minors(build: BuildPlatform) -> tuple[int, ...]:
    """Return the glibc 2.x that Lambda's wheels may ask for, newest first.

    Python 3.12 and later run on Amazon Linux 2023 (glibc 2.34), earlier ones on Amazon Linux 2 (2.26); documented.
    """
    version = tuple(int(part) for part in build.python_version.split("."))
    return (28, 27, 24, 17) if version >= (3, 12) else (24, 17)


def _uv_platform(build: BuildPlatform) -> str:
    return f"{_WHEEL_MACHINES[str(build.machine)]}-manylinux_2_{28 if 28 in _glibc_minors(build) else 17}"


def _pip_platforms(build: BuildPlatform) -> list[str]:
    machine = _WHEEL_MACHINES[str(build.machine)]
    tags = [*(f"manylinux_2_{minor}_{machine}" for minor in _glibc_minors(build)), f"manylinux2014_{machine}"]
    return [word for tag in tags for word in ("--platform", tag)]


def _run(command: list[str], directory: Path) -> str | None:
    """Run an installer; return its last lines when it failed, else None."""
    # A user-wide `user = true` in pip's configuration contradicts --target.
    environment = {**os.environ, "PIP_USER": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=INSTALL_S_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {INSTALL_S_MAX} s"
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return "\n".join(lines[-_OUTPUT_LINES_SHOWN:]) or f"ended with status {done.returncode} and said nothing"
