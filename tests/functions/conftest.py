"""Functions of a few lines, packaged, and a pool that runs them in real processes."""

import io
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from harness.targets.embedded.functions import FunctionPool, FunctionSpec, Outcome

Package = Callable[..., bytes]


def package(source: str = "", **files: str) -> bytes:
    """Return a zip with `source` as app.py, and more modules by path."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", textwrap.dedent(source))
        for name, content in files.items():
            archive.writestr(f"{name}.py", textwrap.dedent(content))
    return packed.getvalue()


class Functions:
    """Makes functions from their source and invokes them."""

    def __init__(self, pool: FunctionPool) -> None:
        self.pool = pool

    def make(self, source: str = "", *, archive: bytes | None = None, **settings: Any) -> FunctionSpec:
        """Return a function whose handler is app.handler; every one has a name of its own."""
        code = archive or package(source)
        name = settings.pop("name", f"f-{uuid4().hex[:8]}")
        settings = {"handler": "app.handler", "runtime": "python3.11", "timeout_s": 5, **settings}
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
        return FunctionSpec(name=name, arn=arn, code_sha256=sha256(code).hexdigest(), code_zip=code, **settings)

    def invoke(self, spec: FunctionSpec, event: bytes = b"{}", **given: Any) -> Outcome:
        return self.pool.invoke(spec, event, **{"request_id": str(uuid4()), **given})

    def run(self, source: str, event: bytes = b"{}", **settings: Any) -> Outcome:
        """Make a function and invoke it once."""
        return self.invoke(self.make(source, **settings), event)

    def pids(self, spec: FunctionSpec) -> list[int]:
        return [int(str(row["pid"])) for row in self.pool.stats() if row["function"] == spec.name]


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be reaped does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="session")
def shared_pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FunctionPool]:
    pool = FunctionPool(
        endpoint_url="http://127.0.0.1:9", work_dir=tmp_path_factory.mktemp("functions") / "pool", workers_max=12
    )
    pool.start()
    yield pool
    pool.close()


@pytest.fixture
def functions(shared_pool: FunctionPool) -> Functions:
    return Functions(shared_pool)


@pytest.fixture
def own_functions(tmp_path: Path) -> Iterator[Callable[..., Functions]]:
    """Make functions with a pool of the test's own: for settings of the pool, or to break it. Starts quickest so."""
    made: list[FunctionPool] = []

    def make(**settings: Any) -> Functions:
        settings = {"method": "spawn", **settings}
        pool = FunctionPool(endpoint_url="http://127.0.0.1:9", work_dir=tmp_path / f"pool-{len(made)}", **settings)
        made.append(pool)
        return Functions(pool)

    yield make
    for pool in made:
        pool.close()


@pytest.fixture
def background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as executor:
        yield executor
