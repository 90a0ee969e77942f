"""A worker sees what a Lambda function sees, and nothing of this machine or installation."""

import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import botocore
import pytest

from harness.errors import PackagingFailed
from harness.targets.embedded.functions import LayerArchive, zygote
from harness.targets.embedded.functions.code_store import CodeStore
from tests.functions.conftest import Functions, package

ENVIRONMENT = "import os\ndef handler(event, context): return dict(os.environ)"


def test_environment_is_aws_own_when_the_machine_has_more(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_MACHINE", "x")
    monkeypatch.setenv("AWS_PROFILE", "x")

    seen = functions.run(
        ENVIRONMENT,
        environment={"TABLE": "Payments", "AWS_REGION": "mars-1", "TZ": "Europe/Berlin"},
        region="eu-west-1",
    ).payload

    assert isinstance(seen, dict)
    assert seen["TABLE"] == "Payments"
    assert seen["TZ"] == "Europe/Berlin"
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.11"
    assert seen["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert seen["_HANDLER"] == "app.handler"
    ours = {"TABLE", "TZ", "HOME", "LANG", "PATH", "PYTHONPATH", "TMPDIR", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"}
    assert {name for name in seen if not name.startswith(("AWS_", "_AWS_", "_HANDLER"))} == ours


def test_directories_are_the_functions_own_when_it_looks(functions: Functions) -> None:
    seen = functions.run(
        "import os, sys, tempfile, time\n"
        "def handler(event, context):\n"
        "    return [os.getcwd(), sys.path[0], os.environ['LAMBDA_TASK_ROOT'], tempfile.gettempdir(),"
        " os.environ['HOME'], time.strftime('%Z'), sys.path]"
    ).payload

    assert isinstance(seen, list)
    assert seen[0] == seen[1] == seen[2]
    assert seen[3] == seen[4]
    assert seen[5] == "UTC"
    assert not [path for path in seen[6] if "site-packages" in path]


@pytest.mark.parametrize("missing", ["harness", "ministack", "pytest", "aws_lambda_powertools", "requests"])
def test_library_is_missing_when_it_is_not_packaged(functions: Functions, missing: str) -> None:
    outcome = functions.run(f"import {missing}")

    assert outcome.error is not None
    assert outcome.error["errorType"] == "Runtime.ImportModuleError"


def test_sdk_is_there_when_a_function_imports_it(functions: Functions) -> None:
    outcome = functions.run(
        "import boto3, botocore, dateutil, jmespath, s3transfer, simplejson, six, snapshot_restore_py, urllib3\n"
        "def handler(event, context): return boto3.client('dynamodb').meta.endpoint_url"
    )

    assert outcome.payload == "http://127.0.0.1:9"


def test_own_copy_comes_first_when_a_function_brings_a_library(functions: Functions) -> None:
    archive = package(
        "import boto3, calendar\ndef handler(event, context): return [boto3.MINE, calendar.MINE]",
        **{"boto3/__init__": "MINE = 1", "calendar": "MINE = 2"},
    )

    assert functions.invoke(functions.make(archive=archive)).payload == [1, 2]


def test_own_sdk_is_shared_by_workers_when_functions_bring_the_same(
    own_functions: Callable[..., Functions],
) -> None:
    functions = own_functions(method="fork")
    packages = Path(botocore.__file__).parents[1]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "app.py",
            "import sys\nearly = 'botocore.session' in sys.modules\nimport boto3, botocore\n"
            "def handler(event, context): return [early, botocore.OURS, boto3.__file__,"
            " boto3.client('sqs').meta.endpoint_url]",
        )
        for file in (packages / "botocore").rglob("*"):
            relative = file.relative_to(packages)
            if file.is_file() and file.suffix != ".pyc" and ("data" not in relative.parts or _is_used(relative)):
                own = "\nOURS = 1\n" if relative == Path("botocore/__init__.py") else ""
                archive.writestr(str(relative), file.read_bytes() + own.encode())
    one, two = (functions.make(archive=packed.getvalue(), environment={"N": number}) for number in "12")

    answers = [functions.invoke(spec).payload for spec in (one, two)]

    assert [answer[:2] for answer in answers] == [[True, 1]] * 2  # type: ignore[index]
    assert all("/runtime" in answer[2] for answer in answers)  # type: ignore[index]
    assert answers[0][3] == "http://127.0.0.1:9"  # type: ignore[index]


def _is_used(relative: Path) -> bool:
    return len(relative.parts) == 3 or relative.parts[2] in zygote.SERVICES


def test_later_layer_covers_an_earlier_one_when_both_have_a_module(functions: Functions) -> None:
    layers = tuple(
        LayerArchive(f"layer-{number}", package(**{"python/shared": f"NUMBER = {number}", f"python/only{number}": ""}))
        for number in (1, 2)
    )

    outcome = functions.run(
        "import only1, only2, shared\ndef handler(event, context): return shared.NUMBER", layers=layers
    )

    assert outcome.payload == 2


def _archive(**entries: tuple[str, int]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, (content, mode) in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def test_links_and_permissions_are_kept_when_code_is_unpacked(tmp_path: Path) -> None:
    archive = _archive(run=("#!/bin/sh", stat.S_IFREG | 0o755), link=("run", stat.S_IFLNK | 0o777))

    directory = CodeStore(tmp_path / "code").directory_of("sha", archive)

    assert os.access(directory / "run", os.X_OK)
    assert (directory / "link").readlink() == Path("run")
    assert not directory.stat().st_mode & 0o222


@pytest.mark.parametrize(
    "archive",
    [
        _archive(**{"../outside": ("x", 0)}),
        _archive(**{"/outside": ("x", 0)}),
        _archive(link=("../../outside", stat.S_IFLNK | 0o777)),
        b"no zip",
    ],
    ids=["parent", "absolute", "link", "no zip"],
)
def test_code_is_refused_when_it_leads_out_of_its_directory(tmp_path: Path, archive: bytes) -> None:
    with pytest.raises(PackagingFailed):
        CodeStore(tmp_path / "code").directory_of("sha", archive)

    assert not (tmp_path / "outside").exists()


def test_code_is_unpacked_once_when_many_workers_share_it(tmp_path: Path) -> None:
    store = CodeStore(tmp_path / "code")

    assert store.directory_of("sha", package("x = 1")) == store.directory_of("sha", b"never read again")
    store.remove()
    assert not (tmp_path / "code").exists()
