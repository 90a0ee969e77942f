"""A `docker` program for tests: keeps its containers in a JSON file, and does what the file's scenario says.

plant(folder) makes it, and returns a handle by which a test looks at it and changes it. Compose is a part of it.
"""

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

SERVICES = ("localstack", "dynamodb", "postgres", "moto", "gateway", "edge")
OURS = ("gateway", "edge")


class FakeDocker:
    """The program's state, as the test sees and changes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state_file = folder / "docker.json"

    @property
    def state(self) -> dict[str, Any]:
        """What the engine holds."""
        read: dict[str, Any] = json.loads(self.state_file.read_text())
        return read

    def change(self, **values: Any) -> None:
        """Replace parts of the state."""
        self.state_file.write_text(json.dumps({**self.state, **values}))

    def container(self, service: str) -> dict[str, Any]:
        """Return a service's container."""
        return next(one for one in self.state["containers"] if one["service"] == service)

    def end(self, service: str, exit_code: int = 137) -> None:
        """Let a container have ended."""
        containers = self.state["containers"]
        for one in containers:
            if one["service"] == service:
                one |= {"status": "exited", "exit_code": exit_code}
        self.change(containers=containers)

    @property
    def calls(self) -> list[str]:
        """Every command so far, joined by blanks."""
        return [" ".join(words) for words in self.state["calls"]]


def plant(folder: Path) -> FakeDocker:
    """Put a program `docker` into `folder`/bin, with an empty engine behind it."""
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "docker"
    program.write_text(f"#!{sys.executable} -S\n{Path(__file__).read_text()}\nmain({str(folder)!r})\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    fake = FakeDocker(folder)
    images = {f"fake/{name}:1": {"Id": f"sha256:{name}", "RepoDigests": [], "Config": {}} for name in SERVICES[:4]}
    fake.state_file.write_text(
        json.dumps({"containers": [], "images": images, "networks": [], "volumes": [], "calls": [], "answers": True,
                    "compose": True, "dies": {}, "pullable": [], "builds": True, "health": {}})
    )  # fmt: skip
    return fake


# -- the program itself


def run(folder: str, words: list[str], environ: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Be `docker` for one command."""
    fake, out, told = FakeDocker(Path(folder)), io.StringIO(), io.StringIO()
    state = fake.state
    state["calls"].append(words)
    with redirect_stdout(out), redirect_stderr(told):
        code = _answer(state, words, environ)
    fake.state_file.write_text(json.dumps(state))
    return subprocess.CompletedProcess(words, code, out.getvalue(), told.getvalue())


def main(folder: str) -> None:
    """Be the program."""
    ended = run(folder, sys.argv[1:], os.environ)
    sys.stdout.write(ended.stdout)
    sys.stderr.write(ended.stderr)
    sys.exit(ended.returncode)


def _answer(state: dict[str, Any], words: list[str], environ: Mapping[str, str]) -> int:
    if words[0] == "compose":
        return _compose(state, words[1:], environ)
    if not state["answers"]:
        sys.stderr.write("Cannot connect to the Docker daemon at unix:///fake. Is the docker daemon running?\n")
        return 1
    if words[0] == "version":
        sys.stdout.write("20.10.0\n")
        return 0
    return {"ps": _ps, "inspect": _inspect, "image": _image, "pull": _pull, "rm": _rm, "network": _network,
            "volume": _volume, "logs": _logs, "stop": _stop}[words[0]](state, words)  # fmt: skip


def _compose(state: dict[str, Any], words: list[str], environ: Mapping[str, str]) -> int:
    if words[0] == "version":
        return 0 if state["compose"] else 1
    project, action = words[words.index("--project-name") + 1], words[6]
    if action == "config":
        services = {name: {"image": f"fake/{name}:1"} for name in SERVICES}
        for name in OURS:
            label = {"rehearsal.content": environ[f"REHEARSAL_{name.upper()}_CONTENT"]}
            services[name]["build"] = {"labels": label}  # type: ignore[assignment]
        sys.stdout.write(json.dumps({"services": services}))
    elif action == "build":
        if not state["builds"]:
            sys.stderr.write("pull access denied for python\n")
            return 1
        for name in words[7:]:
            label = {"rehearsal.content": environ[f"REHEARSAL_{name.upper()}_CONTENT"]}
            state["images"][f"fake/{name}:1"] = {"Id": f"sha256:{name}", "RepoDigests": [], "Config": {"Labels": label}}
    elif action == "up":
        state["networks"].append(project)
        for name in SERVICES:
            code = state["dies"].get(name)
            state["containers"].append(
                {"id": f"{project}-{name}", "project": project, "service": name, "image": f"fake/{name}:1",
                 "status": "running" if code is None else "exited", "exit_code": code or 0,
                 "health": state["health"].get(name, "healthy"),
                 "log": [f"{name} says hello"]}
            )  # fmt: skip
    return 0


def _filter(words: list[str], kind: str) -> str:
    found = [one.rpartition("=")[2] for one in words if one.startswith(kind)]
    return found[0] if found else ""


def _ps(state: dict[str, Any], words: list[str]) -> int:
    project, network = _filter(words, "label="), _filter(words, "network=")
    for one in state["containers"]:
        if one["project"] == project or network in (one["project"], one.get("network")):
            sys.stdout.write(one["id"] + "\n")
    return 0


def _inspect(state: dict[str, Any], words: list[str]) -> int:
    documents = [
        {"Id": one["id"], "Image": "sha256:0", "Config": {"Image": one["image"], "Labels": {
            "com.docker.compose.service": one["service"]}},
         "State": {"Status": one["status"], "ExitCode": one["exit_code"],
                   "Health": {"Status": one.get("health", "")}}}
        for one in state["containers"] if one["id"] in words
    ]  # fmt: skip
    sys.stdout.write(json.dumps(documents))
    return 0


def _image(state: dict[str, Any], words: list[str]) -> int:
    if words[2] not in state["images"]:
        sys.stderr.write(f"No such image: {words[2]}\n")
        return 1
    sys.stdout.write(json.dumps([state["images"][words[2]]]))
    return 0


def _pull(state: dict[str, Any], words: list[str]) -> int:
    if words[-1] not in state["pullable"]:
        sys.stderr.write(f"pull access denied for {words[-1]}\n")
        return 1
    state["images"][words[-1]] = {"Id": "sha256:1", "RepoDigests": [f"{words[-1]}@sha256:abcdef0123456789"]}
    return 0


def _rm(state: dict[str, Any], words: list[str]) -> int:
    state["containers"] = [one for one in state["containers"] if one["id"] not in words]
    return 0


def _network(state: dict[str, Any], words: list[str]) -> int:
    return _things(state, words, "networks")


def _volume(state: dict[str, Any], words: list[str]) -> int:
    return _things(state, words, "volumes")


def _things(state: dict[str, Any], words: list[str], kind: str) -> int:
    if words[1] == "ls":
        sys.stdout.write("".join(f"{one}\n" for one in state[kind] if one == _filter(words, "label=")))
    else:
        state[kind] = [one for one in state[kind] if one not in words]
    return 0


def _logs(state: dict[str, Any], words: list[str]) -> int:
    for one in state["containers"]:
        if one["id"] == words[-1]:
            sys.stdout.write("".join(f"{line}\n" for line in one["log"]))
    return 0


def _stop(state: dict[str, Any], words: list[str]) -> int:
    for one in state["containers"]:
        if one["id"] in words:
            one |= {"status": "exited", "exit_code": 0}
    return 0
