"""What AWS's Python runtime carries beside the standard library, and nothing else: our /var/runtime.

A directory of links to packages of this installation, so that a function which forgot to package a library fails
here as it does on AWS (`Runtime.ImportModuleError`). Source of the list: the Lambda developer guide, "Building Lambda
functions with Python", and the content of the public image `lambda/python`; documented. The versions are the
installation's, not AWS's.

Functions that bring an SDK of their own get a directory in which their copy stands for ours. Its zygote imports theirs,
so that their workers share it too: twenty copies of botocore are half a gigabyte.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from harness.errors import ToolMissing

DISTRIBUTIONS = (
    "awslambdaric",
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot-restore-py",
    "urllib3",
)
# What moves a worker's time; no part of the runtime, so it stands in a directory of its own.
CLOCK_DISTRIBUTIONS = ("time-machine",)
# What the SDK consists of, by the name of its entry in a package.
SDK_ENTRIES = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")


@dataclass(frozen=True, slots=True)
class OwnSdk:
    """The parts of the SDK that a function brings, found on its import path."""

    entries: Mapping[str, Path]
    name: str  # the same for the same versions

    @property
    def modules(self) -> list[str]:
        """Return the names that are imported."""
        return [entry.removesuffix(".py") for entry in self.entries]

    @classmethod
    def find(cls, import_path: Sequence[Path]) -> "OwnSdk | None":
        """Return what a function brings, None when it relies on the runtime's SDK."""
        entries: dict[str, Path] = {}
        versions: list[str] = []
        for directory in import_path:
            versions += [found.name for found in directory.glob("*.dist-info")]
            for entry in SDK_ENTRIES:
                if (directory / entry).exists():
                    entries.setdefault(entry, directory / entry)
        if not {"boto3", "botocore"} & entries.keys():
            return None
        told = [version for version in versions if version.startswith(tuple(f"{entry}-" for entry in entries))]
        known = any(version.startswith("botocore-") for version in told)
        identity = sorted({*entries, *told}) if known else sorted(map(str, entries.values()))
        return cls(entries, hashlib.sha256("\n".join(identity).encode()).hexdigest()[:16])


def build(directory: Path, own: OwnSdk | None = None, distributions: Sequence[str] = DISTRIBUTIONS) -> Path:
    """Fill `directory` with links to the packages of `distributions`, `own` ones first, and return it."""
    directory.mkdir(parents=True, exist_ok=True)
    for entry, target in own.entries.items() if own else ():
        (directory / entry).symlink_to(target)
    for name in distributions:
        try:
            installed = distribution(name)
        except PackageNotFoundError as error:
            raise ToolMissing(
                f"{name} is not installed; Lambda functions need it", remedy=f"pip install {name}"
            ) from error
        for entry in _top_level_entries(installed):
            link = directory / entry
            if not link.is_symlink():
                link.symlink_to(Path(str(installed.locate_file(entry))).resolve())
    return directory


def _top_level_entries(installed: Distribution) -> list[str]:
    tops = {PurePosixPath(str(file)).parts[0] for file in installed.files or ()}
    return sorted(top for top in tops if top not in {"..", "__pycache__", "/"})
