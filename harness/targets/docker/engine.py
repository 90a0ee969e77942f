"""The Docker engine, by its own command line: every call is bounded, and one that can't be made is told in one line.

The command line rather than a library, because it knows the user's contexts, sockets and registries' logins.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence

from harness.errors import EnvironmentNotReady, ToolMissing

PROGRAM = "docker"
CALL_WITHIN_S = 120.0
ASK_WITHIN_S = 15.0
_GONE = ("cannot connect to the docker daemon", "is the docker daemon running", "error during connect")


def require_engine() -> str:
    """Return the engine's version; raises ToolMissing, in one line, when there is no program or no engine answers."""
    if shutil.which(PROGRAM) is None:
        raise ToolMissing(f"target docker needs Docker, and no program docker is on PATH; without it: {_EMBEDDED}")
    try:
        asked = _call("version", "--format", "{{.Server.Version}}", within_s=ASK_WITHIN_S)
    except subprocess.TimeoutExpired:
        raise _no_answer() from None
    if asked.returncode != 0 or not asked.stdout.strip():
        raise _no_answer()
    return asked.stdout.strip()


def docker(*arguments: str, within_s: float = CALL_WITHIN_S) -> str:
    """Return what a docker command printed; raises ToolMissing when the engine is gone, else EnvironmentNotReady."""
    try:
        ended = _call(*arguments, within_s=within_s)
    except FileNotFoundError:
        raise ToolMissing(
            f"target docker needs Docker, and no program docker is on PATH; without it: {_EMBEDDED}"
        ) from None
    except subprocess.TimeoutExpired:
        raise EnvironmentNotReady(f"docker {arguments[0]} gave no answer within {within_s:.0f} s") from None
    if ended.returncode == 0:
        return ended.stdout
    if _is_gone(ended.stderr):
        raise _no_answer()
    raise EnvironmentNotReady(f"docker {arguments[0]} ended with exit code {ended.returncode}",
                              evidence={"seen": ended.stderr.strip()})  # fmt: skip


def lines_from(*arguments: str) -> Iterator[str]:
    """Yield the lines that a docker command prints, both streams, until it ends or nobody wants more."""
    with subprocess.Popen(
        [PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        assert running.stdout is not None  # noqa: S101 - tells the type checker what PIPE makes
        try:
            for line in running.stdout:
                yield line.rstrip("\n")
        finally:
            running.kill()


def labelled(project: str) -> tuple[str, str]:
    """Return the option that chooses what Compose made for a project."""
    return ("--filter", f"label=com.docker.compose.project={project}")


def _call(*arguments: str, within_s: float) -> "subprocess.CompletedProcess[str]":
    # A session of its own: Ctrl-C ends us, and we end it.
    return subprocess.run(
        [PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        timeout=within_s, check=False, start_new_session=True,
    )  # fmt: skip


def _is_gone(told: str) -> bool:
    return any(words in told.lower() for words in _GONE)


def _no_answer() -> ToolMissing:
    return ToolMissing(f"target docker needs a Docker engine, and none answers{_place()}; without it: {_EMBEDDED}")


def _place() -> str:
    named: Sequence[str] = [os.environ.get("DOCKER_HOST", "")]
    return f" at {named[0]}" if named[0] else ""


_EMBEDDED = "rehearse up --target embedded"
