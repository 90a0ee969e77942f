"""Conformance: what AWS does, asked of an endpoint. Each check runs against the engine as it comes and the mended one.

A check marked `mended` must fail on the engine as it comes: if it passes there, the mend is no longer needed (or the
check proves nothing), and the run fails. Checks without the mark hold on both: the mends must not break them.
The environment variable CONFORMANCE_ENDPOINT puts the checks to another target instead.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from harness.errors import WaitTimeout
from tests.conformance.cloud import Cloud

HERE = Path(__file__).parent
STOCK, MENDED, GIVEN = "stock", "mended", "given"
STOPS_WITHIN_S = 5
FUNCTION_POOL = "harness.targets.embedded.functions.engine_plug"
HERE = Path(__file__).parent
ENDPOINT = os.environ.get("CONFORMANCE_ENDPOINT")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "mended(name): holds by this mend only; fails on the engine as it comes")
    config.addinivalue_line("markers", "needs_function_pool: holds on the mended engine with the function pool only")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cloud" not in metafunc.fixturenames:
        return
    targets = [GIVEN] if ENDPOINT else [STOCK, MENDED]
    broken = metafunc.definition.get_closest_marker("mended")
    if metafunc.definition.get_closest_marker("needs_function_pool") and not find_spec(FUNCTION_POOL):
        targets = [target for target in targets if target != MENDED]
    metafunc.parametrize(
        "cloud",
        [
            pytest.param(target, marks=_must_fail(broken.args[0]) if broken and target == STOCK else ())
            for target in targets
        ],
        indirect=True,
    )


def _must_fail(mend: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(
        strict=True,
        raises=(AssertionError, KeyError, ClientError, WaitTimeout, pytest.fail.Exception),
        reason=f"the engine as it comes is wrong here; mend `{mend}` puts it right",
    )


@pytest.fixture
def cloud(request: pytest.FixtureRequest) -> Cloud:
    """An endpoint: the engine in a process of its own, or the one that was given."""
    if request.param == GIVEN:
        return Cloud(str(ENDPOINT), is_stock=False)
    engine: Cloud = request.getfixturevalue(f"{request.param}_engine")
    return engine


@pytest.fixture(scope="session")
def stock_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with _engine(STOCK, tmp_path_factory.mktemp(STOCK)) as endpoint_url:
        yield Cloud(endpoint_url, is_stock=True)


@pytest.fixture(scope="session")
def mended_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with _engine(MENDED, tmp_path_factory.mktemp(MENDED)) as endpoint_url:
        yield Cloud(endpoint_url, is_stock=False)


@contextmanager
def _engine(kind: str, work: Path) -> Iterator[str]:
    options = ["--mended"] if kind == MENDED else []
    log = work / "engine.log"
    with log.open("wb") as log_stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.conformance.serve_engine", "--work", str(work), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_stream,
            cwd=HERE.parent.parent,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip().decode()
        assert port, f"the engine did not start:\n{log.read_text()}"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stdin.close()  # the process ends with its standard input
        try:
            process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
