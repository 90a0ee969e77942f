"""The embedded engine as the parts: loaded into the edge's process, without functions, ports or background work.

Its lifespan never begins, so none of its schedulers run; stack operations run as tasks of the edge's event loop.
A call reaches it in the name of the account that the edge found, whatever key the call was signed with: LocalStack's
functions sign with temporary keys that the engine has never given.
"""

import asyncio
import os
import re
import shutil
from importlib.metadata import version
from pathlib import Path

from harness.edge.asgi import Asgi, Headers, Receive, Scope, Send
from harness.edge.call import Answer, Call, Namespace
from harness.edge.upstream import AsgiUpstream, Upstream
from harness.targets.docker.parts import engine_plug, served
from harness.targets.docker.parts.invoking import FunctionCaller
from harness.targets.docker.parts.templates import with_template
from harness.targets.embedded import engine

FOLDER = "parts"
_ENDS_WITHIN_S = 5.0
_ACCESS_KEY = re.compile(rb"(Credential=)[^/,]*/")


class EngineParts:
    """The parts that the engine serves; calls come from one event loop."""

    def __init__(self, *, region: str, directory: Path, functions: Upstream, port: int) -> None:
        self._work = directory / FOLDER
        self._functions = functions
        self._application = _loaded(port=port, region=region, work=self._work)
        self._upstream = AsgiUpstream(self._application)
        self._caller: FunctionCaller | None = None
        self._is_open = True

    @property
    def sockets(self) -> Asgi:
        return self._serve_socket

    def serves(self, call: Call) -> bool:
        return self._is_open and served.serves(call)

    async def __call__(self, call: Call) -> Answer:
        self._be_open()
        if call.service == "cloudformation":
            await with_template(call, self._functions)
        call.headers = _in_the_name_of(call.namespace.account, call.headers)
        with engine.acting_for(served.owner_of(call) or call.namespace):
            return await self._upstream(call)

    async def reset(self, namespace: Namespace | None) -> None:
        if namespace is None:
            await self._end_stack_operations()
            engine.resetter()()
        else:
            engine.forget_account(namespace.account, namespace.region)

    async def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        if self._caller is not None:
            await self._caller.close()
        await self._end_stack_operations()
        engine.resetter()()
        engine_plug.unplug()
        shutil.rmtree(self._work, ignore_errors=True)

    def describe(self) -> dict[str, object]:
        return {"engine": f"ministack {version('ministack')}", "serves": list(served.SERVICES)}

    def _be_open(self) -> None:
        """Call functions through the event loop of the first call from then on; it is the edge's only one."""
        if not self._is_open:
            raise ConnectionError("the parts behind the edge are closed")
        if self._caller is None:
            self._caller = FunctionCaller(self._functions)
            engine_plug.call_through(self._caller)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            self._be_open()
            await self._application(scope, receive, send)
        elif scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})

    async def _end_stack_operations(self) -> None:
        """Cancel what the engine does to stacks, and wait until it has stopped."""
        under_way = {task for task in asyncio.all_tasks() if engine.runs(task)}
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way, timeout=_ENDS_WITHIN_S)


def _in_the_name_of(account: str, headers: Headers) -> Headers:
    """Return headers whose credential is the account's own: the engine takes a key of twelve digits for an account."""
    return [
        (name, _ACCESS_KEY.sub(rb"\g<1>%b/" % account.encode(), value, count=1) if name == b"authorization" else value)
        for name, value in headers
    ]


def _loaded(*, port: int, region: str, work: Path) -> Asgi:
    # The folder for temporary files is this whole process's, and the parts' folder goes when they close.
    temporary = os.environ.get("TMPDIR")
    engine.configure(port=port, region=region, work=work)
    if temporary is None:
        del os.environ["TMPDIR"]
    else:
        os.environ["TMPDIR"] = temporary
    with engine_plug.without_reaper():
        application = engine.load_without_functions()
    engine_plug.plug()
    return application
