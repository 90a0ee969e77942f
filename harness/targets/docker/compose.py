"""Docker Compose, v2 (`docker compose`) or 1.29 (`docker-compose`), on our compose file for one project.

What the user's shell sets for other projects (COMPOSE_FILE, COMPOSE_PROFILES) is kept away from it.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Any

import yaml

from harness.errors import EnvironmentNotReady, ToolMissing
from harness.targets.docker.engine import PROGRAM
from harness.targets.instance import kill_group

BUILD_WITHIN_S = 1800.0
START_WITHIN_S = 300.0
CONFIG_WITHIN_S = 60.0
SHOWN_LINES = 20


def compose_command() -> tuple[str, ...]:
    """Return the words that call Compose, v2 before 1.29; raises ToolMissing, in one line, when there is none."""
    for command in ((PROGRAM, "compose"), ("docker-compose",)):
        if shutil.which(command[0]) and _answers(command):
            return command
    raise ToolMissing(
        "target docker needs Docker Compose, and neither `docker compose` nor docker-compose answers; "
        "without it: rehearse up --target embedded"
    )


@dataclass(frozen=True, slots=True)
class Compose:
    """Compose for one project: its `file`, the `variables` that fill it, and where its output goes (`log`)."""

    command: tuple[str, ...]
    project: str
    file: Path
    variables: Mapping[str, str]
    log: Path

    def config(self) -> dict[str, Any]:
        """Return the compose file as Compose understands it; raises EnvironmentNotReady when it does not."""
        ended = self._run("config", within_s=CONFIG_WITHIN_S)
        if ended.returncode != 0:
            raise self._refused("config", ended.stderr)
        read: dict[str, Any] = yaml.safe_load(ended.stdout)
        return read

    def build(self, services: list[str]) -> None:
        """Build the images of services; raises EnvironmentNotReady with the last lines of the builder."""
        ended = self._run("build", *services, within_s=BUILD_WITHIN_S, logged=True)
        if ended.returncode != 0:
            raise self._refused("build", self._last_lines())

    def start(self, services: list[str]) -> None:
        """Make and start containers, without waiting for health; raises EnvironmentNotReady."""
        ended = self._run("up", "--detach", "--no-build", *services, within_s=START_WITHIN_S, logged=True)
        if ended.returncode != 0:
            raise self._refused("up", self._last_lines())

    def _run(self, *arguments: str, within_s: float, logged: bool = False) -> "subprocess.CompletedProcess[str]":
        words = [*self.command, "--project-name", self.project, "--file", str(self.file),
                 "--project-directory", str(self.file.parent), *arguments]  # fmt: skip
        environ = {name: value for name, value in os.environ.items() if not name.startswith("COMPOSE_")} | {
            **self.variables,
            "COMPOSE_DOCKER_CLI_BUILD": "1",
        }
        try:
            with (
                self.log.open("a") as log,
                subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, env=environ, text=True, errors="replace", start_new_session=True,
                    stdout=log if logged else subprocess.PIPE, stderr=log if logged else subprocess.PIPE,
                ) as running,
            ):  # fmt: skip
                try:
                    out, told = running.communicate(timeout=within_s)
                except BaseException:
                    # All of it: v2 is a program that `docker` starts, and would go on making containers.
                    kill_group(running.pid, SIGKILL)
                    raise
                return subprocess.CompletedProcess(words, running.returncode, out, told)
        except subprocess.TimeoutExpired:
            raise self._refused(f"{arguments[0]} within {within_s:.0f} s", self._last_lines()) from None

    def _last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-SHOWN_LINES:])

    def _refused(self, what: str, told: str) -> EnvironmentNotReady:
        return EnvironmentNotReady(
            f"{' '.join(self.command)} could not do: {what}", evidence={"seen": told.strip(), "file": self.file}
        )


def _answers(command: tuple[str, ...]) -> bool:
    try:
        asked = subprocess.run(
            [*command, "version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=CONFIG_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0
