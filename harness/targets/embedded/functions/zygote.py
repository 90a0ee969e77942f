"""The parent of all workers: a process with one thread that has the runtime imported and forks a worker on request.

It runs as a script (`python -I -S zygote.py …`), so that neither our packages nor the installation's site-packages are
in reach of a function; besides the standard library it imports only what AWS's Python runtime carries. No handler code
runs in it, hence it always answers, and a fork is safe: there is no second thread whose locks could be held.

It ends when its control socket does, that is with the process that owns the pool, however that one ended, and kills
the process group of every worker first. Workers also die with it (PR_SET_PDEATHSIG on Linux; elsewhere a thread in the
worker that watches a pipe). Where fork is not safe (macOS) it starts each worker as a new interpreter.

A request is 4 bytes of length and a JSON job, with two descriptors: where the worker's output goes, and a pipe through
which its exit code and its peak of memory are told. The answer is the pid in 4 bytes.
"""

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

Job = dict[str, Any]

LENGTH = struct.Struct("!I")
NUMBER = struct.Struct("!i")
END = struct.Struct("!iq")  # exit code, peak of the resident memory in bytes
RECEIVED_MAX = 65_536
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
# X-Ray's client is made by the tracer's own import; the others are what handlers use most.
SERVICES = ("dynamodb", "events", "s3", "secretsmanager", "sns", "sqs", "stepfunctions", "sts", "xray")
STANDARD_LIBRARY = ("asyncio", "concurrent.futures.thread", "http.client", "zoneinfo")
NOBODY: Any = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
SDK = frozenset({"boto3", "botocore", "s3transfer"})


class Nursery:
    """Starts workers and tells of their ends."""

    def __init__(self, control: socket.socket, method: str, runtime: str) -> None:
        self._control = control
        self._method = method
        self._runtime = runtime
        self._exit_pipes: dict[int, int] = {}
        self._lifelines: dict[int, int] = {}
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        signal.signal(signal.SIGCHLD, _wake_up)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)

    def serve(self) -> tuple[Job, int]:
        """Serve until the control socket ends. Returns only in a forked worker: its job and its output."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._woken in ready:
                self._reap()
            if self._control.fileno() in ready:
                request = self._receive()
                if request is None:
                    self._end()
                job, output, exit_pipe = request
                pid = os.fork() if self._method == "fork" else self._spawn(job, output)
                if pid == 0:
                    self._leave_to_worker(exit_pipe)
                    return job, output
                os.close(output)
                self._exit_pipes[pid] = exit_pipe
                self._control.sendall(NUMBER.pack(pid))

    def _receive(self) -> tuple[Job, int, int] | None:
        data, descriptors, _, _ = socket.recv_fds(self._control, RECEIVED_MAX, 2)
        while data and len(data) < LENGTH.size + (LENGTH.unpack_from(data)[0] if len(data) >= LENGTH.size else 0):
            more = self._control.recv(RECEIVED_MAX)
            if not more:
                return None
            data += more
        if not data or len(descriptors) != 2:
            return None
        return json.loads(data[LENGTH.size :]), descriptors[0], descriptors[1]

    def _leave_to_worker(self, exit_pipe: int) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._control.close()
        for descriptor in (self._woken, self._wake, exit_pipe, *self._exit_pipes.values()):
            os.close(descriptor)

    def _spawn(self, job: Job, output: int) -> int:
        arguments = [sys.executable, "-I", "-S", __file__, "worker", str(output), self._runtime]
        worker = subprocess.Popen(  # its end is read by `_reap`
            arguments, stdin=subprocess.PIPE, pass_fds=(output,), start_new_session=True
        )
        if worker.stdin is None:
            raise RuntimeError("a worker was started without its lifeline")
        encoded = json.dumps(job).encode()
        worker.stdin.write(LENGTH.pack(len(encoded)) + encoded)
        worker.stdin.flush()
        self._lifelines[worker.pid] = os.dup(worker.stdin.fileno())
        worker.stdin.close()
        worker.returncode = 0  # keeps `subprocess` from waiting for it
        return worker.pid

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._woken, 4096):
                pass
        while self._exit_pipes:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
            self._tell_end(pid, END.pack(os.waitstatus_to_exitcode(status), peak_bytes))

    def _tell_end(self, pid: int, end: bytes) -> None:
        exit_pipe, lifeline = self._exit_pipes.pop(pid, None), self._lifelines.pop(pid, None)
        if lifeline is not None:
            os.close(lifeline)
        if exit_pipe is None:
            return
        with contextlib.suppress(OSError):  # nobody asks any more
            os.write(exit_pipe, end)
        os.close(exit_pipe)

    def _end(self) -> NoReturn:
        for pid in self._exit_pipes:
            for kill in (os.killpg, os.kill):  # it may have no group yet
                with contextlib.suppress(OSError):
                    kill(pid, signal.SIGKILL)
        os._exit(0)


def _wake_up(_number: int, _frame: FrameType | None) -> None:
    """The descriptor that is set beside wakes the loop; without a handler there would be no wake-up."""


def import_runtime() -> None:
    """Import what nearly every handler imports, and what making an SDK client imports on the way.

    Not `runtime_client`: it reads AWS_LAMBDA_RUNTIME_API when it is loaded.
    """
    for name in (*STANDARD_LIBRARY, "simplejson", "boto3"):
        importlib.import_module(name)
    import boto3.session
    import botocore.session

    _share_service_models()
    session = botocore.session.Session()
    for service in SERVICES:
        session.create_client(service, "us-east-1", **NOBODY)
    # boto3's sessions have a place more for data files, so what they list is another thing.
    boto3.session.Session().client("dynamodb", "us-east-1", **NOBODY)
    importlib.import_module("boto3.dynamodb.conditions")
    importlib.import_module("boto3.dynamodb.transform")


def _share_service_models() -> None:
    """Keep what the SDK reads and lists of its data files, so that workers share it.

    Reading it anew costs a worker 10 MB and 60 ms, and each of its sessions lists 400 directories again, which is most
    of what a client's making takes. The SDK treats it all as constant, but for merging its own additions into it, which
    twice makes no difference.
    """
    from functools import cache

    from botocore.loaders import JSONFileLoader, Loader

    read_once, list_anew = cache(JSONFileLoader().load_file), Loader.list_available_services
    listed: dict[tuple[str, ...], list[str]] = {}

    def load_file(_: JSONFileLoader, file_path: str) -> object:
        return read_once(file_path)

    def list_available_services(loader: Loader, type_name: str) -> list[str]:
        # Places are added to a loader after it was made, boto3's own among them.
        key = (type_name, *loader.search_paths)
        if key not in listed:
            listed[key] = list_anew(loader, type_name)
        return list(listed[key])

    JSONFileLoader.load_file = load_file  # type: ignore[method-assign,assignment]
    Loader.list_available_services = list_available_services  # type: ignore[method-assign,assignment]


def become_worker(job: Job, output: int, preloaded: frozenset[str]) -> None:
    """Turn this process into a function's worker: its output, environment, directory and import path."""
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
    os.dup2(sys.stdin.fileno(), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(  # type: ignore[misc]  # noqa: SIM115
        2, "w", encoding="utf-8", errors="backslashreplace", closefd=False
    )
    os.environ.clear()
    os.environ.update(job["environment"])
    time.tzset()
    os.chdir(job["directory"])
    os.umask(0o022)
    import site

    site.setquit()
    site.sethelper()
    # The runtime client reads its settings as it is imported, from our path: a function's own copy comes too late.
    importlib.import_module("awslambdaric.__main__")
    _follow_the_clock(job["clock"])
    _forget_shadowed(job["paths"], preloaded, job["kept"])
    sys.path[:0] = job["paths"]
    sys.pycache_prefix = job["bytecode"]
    sys.dont_write_bytecode = False
    sys.argv = ["/var/runtime/bootstrap.py", job["handler"]]


def _follow_the_clock(clock: Mapping[str, str]) -> None:
    """Let this worker's time be the edge's, if the pool has one; our own module is loaded by its path."""
    if not clock:
        return
    place = Path(__file__).with_name("worker_clock.py")
    spec = importlib.util.spec_from_file_location("rehearsal_worker_clock", place)
    if spec is None or spec.loader is None:
        raise ImportError(f"{place} can't be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.install(clock["file"], clock["library"])


def _forget_shadowed(paths: list[str], preloaded: frozenset[str], kept: list[str]) -> None:
    """Drop imported modules that the function brings itself: its own come first, as on AWS.

    `kept` are those that are its own already.
    """
    brought = {entry.name.partition(".")[0] for path in paths if Path(path).is_dir() for entry in os.scandir(path)}
    brought -= set(kept)
    if brought & SDK:
        brought |= SDK
    for name in [name for name in sys.modules if name in preloaded and name.partition(".")[0] in brought]:
        del sys.modules[name]


def _die_with_parent(parent: int, name: str) -> None:
    os.setsid()
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    library.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _watch_lifeline(descriptor: int) -> None:
    def watch() -> None:
        while os.read(descriptor, 4096):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def _read_exactly(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = os.read(descriptor, size - len(data))
        if not more:
            os._exit(1)
        data += more
    return data


def _forked(control: int, runtime: str, method: str) -> tuple[Job, int, frozenset[str]]:
    sys.path.append(runtime)
    before = frozenset(sys.modules)
    if method == "fork":
        sys.dont_write_bytecode = True  # what is imported here may be in a function's package
        with contextlib.suppress(Exception):  # then each worker imports for itself, and fails for itself
            import_runtime()
        importlib.import_module("ctypes")  # every worker uses it
        gc.collect()
        gc.freeze()
    preloaded = frozenset(sys.modules) - before
    parent = os.getpid()
    job, output = Nursery(socket.socket(fileno=control), method, runtime).serve()
    _die_with_parent(parent, job["name"])
    return job, output, preloaded


def _spawned(output: int, runtime: str) -> tuple[Job, int, frozenset[str]]:
    sys.path.append(runtime)
    lifeline = os.dup(0)
    job = json.loads(_read_exactly(lifeline, LENGTH.unpack(_read_exactly(lifeline, LENGTH.size))[0]))
    _watch_lifeline(lifeline)
    return job, output, frozenset()


def main() -> None:
    """Serve as the zygote, or be one worker."""
    role, descriptor, runtime = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    job, output, preloaded = _spawned(descriptor, runtime) if role == "worker" else _forked(descriptor, runtime, role)
    become_worker(job, output, preloaded)
    sys.modules["awslambdaric.__main__"].main(sys.argv)


if __name__ == "__main__":
    main()
