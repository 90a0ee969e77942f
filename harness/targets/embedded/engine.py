"""The emulator inside the cloud process: its settings, its mends, and the functions that it calls.

Its environment variables are read at import, so everything is set first. It must not reach for Docker (it would
remove containers that belong to a user's own emulator), open ports beside ours, or write outside our folder.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.edge.asgi import Asgi
from harness.edge.call import Namespace
from harness.targets.environment import LOCAL_ACCOUNT_ID

if TYPE_CHECKING:
    from harness.edge.changes import ChangeFeed
    from harness.edge.clock import EdgeClock
    from harness.edge.streams import Wanted
    from harness.targets.embedded.functions import FunctionPool

NO_DOCKER = "unix:///nonexistent/rehearsal-embedded-uses-no-docker.sock"


def configure(*, port: int, region: str, work: Path) -> None:
    """Set what the engine reads from the environment when it is imported; call before `load`."""
    temporary = work / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    for inherited in [name for name in os.environ if name.startswith(("AWS_", "MINISTACK_", "LAMBDA_", "SFN_"))]:
        del os.environ[inherited]
    os.environ.update(
        {
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": region,
            "MINISTACK_ACCOUNT_ID": LOCAL_ACCOUNT_ID,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_EC2_METADATA_DISABLED": "true",
            "DOCKER_HOST": NO_DOCKER,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "0",
            "STATE_DIR": str(work / "engine"),
            "S3_DATA_DIR": str(work / "s3"),
            "TMPDIR": str(temporary),
            "LOG_LEVEL": "WARNING",
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.5",
        }
    )


def load(pool: "FunctionPool") -> Asgi:
    """Import the engine, mend it and let it run functions in `pool`; return its ASGI application.

    Raises EngineMismatch when it is not the engine that the mends were written for.
    """
    from harness.targets.embedded.functions import engine_plug

    application = load_without_functions()
    engine_plug.install(pool)
    return application


def load_without_functions() -> Asgi:
    """Import the engine and mend it; return its ASGI application. What runs its functions is for the caller to install.

    Raises EngineMismatch when it is not the engine that the mends were written for.
    """
    from harness.targets.embedded import mends

    mends.install()
    from ministack.app import app

    application: Asgi = app
    return application


def telling_of_changes() -> "Callable[[ChangeFeed, EdgeClock], None]":
    """Return what lets the loaded engine publish its tables' changes; expired items then are the edge's to delete."""
    from harness.targets.embedded.tables import expiry, telling

    expiry.install()
    return telling.tell


def repeat_stream_records(wanted: "Wanted") -> list[tuple[str, int]]:
    """Deliver stream records to functions once more; return the functions and how many records each got."""
    from harness.targets.embedded.mends import stream_mappings

    return stream_mappings.repeat(wanted)


def lacking(service_names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of `service_names` (SigV4 names) that the engine does not serve."""
    from ministack.app import SERVICE_HANDLERS, SERVICE_REGISTRY

    served = set(SERVICE_HANDLERS) | set(SERVICE_REGISTRY)
    for entry in SERVICE_REGISTRY.values():
        served.update(entry.get("aliases", ()))
    return tuple(name for name in service_names if name not in served)


def account_of(access_key: str) -> str:
    """Return the account that the engine takes an access key for."""
    from ministack.core import responses

    before = responses._request_account_id.get()
    responses.set_request_account_id(access_key)
    try:
        account: str = responses.get_account_id()
        return account
    finally:
        responses._request_account_id.set(before)


@contextmanager
def acting_for(namespace: Namespace) -> Iterator[None]:
    """Let the engine take what it is asked here for a namespace's, where a request itself names no account."""
    from ministack.core.responses import request_scope

    with request_scope(namespace.account, namespace.region):
        yield


def runs(task: "asyncio.Task[object]") -> bool:
    """Tell whether a task is the engine's own: an operation that outlasts the request which began it."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and f"{os.sep}ministack{os.sep}" in code.co_filename


def resetter() -> Callable[[], None]:
    """Return the engine's function that forgets all its state."""
    from ministack.app import _reset_all_state

    reset: Callable[[], None] = _reset_all_state
    return reset


def forget_account(account: str, region: str) -> None:
    """Forget what the engine keeps for an account in a region, and leave all others' as it is.

    What the engine keeps by account alone (IAM, S3's names) goes with it. To be called in the engine's event loop.
    """
    from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict

    modules = [module for name, module in list(sys.modules.items()) if name.startswith("ministack.services.")]
    for store in {id(one): one for module in modules for one in vars(module).values()}.values():
        if isinstance(store, AccountRegionScopedDict):
            gone = [key for key in list(store._data) if key[:2] == (account, region)]
        elif isinstance(store, AccountScopedDict):
            gone = [key for key in list(store._data) if key[0] == account]
        else:
            continue
        for key in gone:
            store._data.pop(key, None)
