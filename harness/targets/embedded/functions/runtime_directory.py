"""What AWS's Python runtime carries beside the standard library, and nothing else: our /var/runtime.

A directory of links to packages of this installation, so that a function which forgot to package a library fails
here as it does on AWS (`Runtime.ImportModuleError`). Source of the list: the Lambda developer guide, "Building Lambda
functions with Python", and the content of the public image `lambda/python`; documented. The versions are the
installation's, not AWS's.
"""

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


def build(directory: Path) -> Path:
    """Fill `directory` with links to the runtime's packages and return it."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in DISTRIBUTIONS:
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
