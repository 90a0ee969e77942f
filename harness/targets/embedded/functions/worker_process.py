"""The zygote, seen from the process that owns the pool: start it, have it make workers, end it."""

import array
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import EnvironmentNotRunning, PartDied
from harness.targets.embedded.functions import zygote

ANSWER_WITHIN_S = 30.0
END_WITHIN_S = 2.0


def start_method() -> str:
    """Return how workers are made here: forking a process that has system frameworks loaded is unsafe on macOS."""
    return "fork" if sys.platform.startswith("linux") else "spawn"


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A started worker; `output` and `exit_pipe` are descriptors to read."""

    pid: int
    output: int
    exit_pipe: int

    def read_end(self) -> tuple[int, int]:
        """Return exit code (negative for a signal) and peak memory in bytes; call when the exit pipe is readable."""
        told = os.read(self.exit_pipe, zygote.END.size)
        if len(told) != zygote.END.size:  # its parent is gone, so it was killed
            return -int(signal.SIGKILL), 0
        exit_code, peak_bytes = zygote.END.unpack(told)
        return exit_code, peak_bytes

    def kill(self) -> None:
        """Kill it and all that it started."""
        for kill in (os.killpg, os.kill):  # just after its fork it has no group yet
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)
                return

    def close(self) -> None:
        os.close(self.output)
        os.close(self.exit_pipe)


class Zygote:
    """The process that makes workers; started anew when it was killed."""

    def __init__(self, runtime: Path, home: Path, method: str) -> None:
        self._runtime = runtime
        self._home = home
        self._method = method
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Return its pid, None while it is not running."""
        return self._process.pid if self._process else None

    def make_worker(self, job: Mapping[str, object]) -> WorkerProcess:
        """Have a worker made. Raises PartDied when that fails twice."""
        with self._lock:
            for attempt in (1, 2):
                if self._closed:
                    raise EnvironmentNotRunning("the pool of functions is closed")
                try:
                    if self._control is None:
                        self._start()
                    return self._request(job)
                except OSError as error:
                    self._end()
                    if attempt == 2:
                        raise PartDied("the parent of the functions' workers ended twice while it made one") from error
        raise AssertionError

    def close(self) -> None:
        """End it; it kills the workers that are left."""
        with self._lock:
            self._closed = True
            self._end()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            arguments = [
                sys.executable,
                "-I",
                "-S",
                zygote.__file__,
                self._method,
                str(theirs.fileno()),
                str(self._runtime),
            ]
            environment = {"HOME": str(self._home), "PATH": os.defpath, "AWS_EC2_METADATA_DISABLED": "true"}
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                env=environment,
                cwd=self._home,
            )
        ours.settimeout(ANSWER_WITHIN_S)
        self._control = ours

    def _request(self, job: Mapping[str, object]) -> WorkerProcess:
        if self._control is None:
            raise BrokenPipeError
        output, output_theirs = os.pipe()
        exit_pipe, exit_theirs = os.pipe()
        try:
            encoded = json.dumps(job).encode()
            message = zygote.LENGTH.pack(len(encoded)) + encoded
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [output_theirs, exit_theirs]))
            sent = self._control.sendmsg([message], [rights])
            self._control.sendall(message[sent:])
            answer = self._control.recv(zygote.NUMBER.size, socket.MSG_WAITALL)
            if len(answer) != zygote.NUMBER.size:
                raise BrokenPipeError
        except OSError:
            os.close(output)
            os.close(exit_pipe)
            raise
        finally:
            os.close(output_theirs)
            os.close(exit_theirs)
        os.set_blocking(output, False)
        return WorkerProcess(zygote.NUMBER.unpack(answer)[0], output, exit_pipe)

    def _end(self) -> None:
        process, control, self._process, self._control = self._process, self._control, None, None
        if control is not None:
            control.close()
        if process is not None:
            try:
                process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
