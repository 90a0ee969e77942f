"""Workflows and the action run what there is, pinned, and keep what a run left whatever came of it."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPT = ROOT / ".github" / "tell_scenarios.sh"
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
INPUT = re.compile(r"inputs\.([\w-]+)")
PYTHON = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in *'-m alone'*) exit {alone} ;; *) exit {shared} ;; esac
"""


def steps_of(path: Path) -> list[dict[str, Any]]:
    document = yaml.safe_load(path.read_text())
    if "runs" in document:
        return list(document["runs"]["steps"])
    return [step for job in document["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda one: one.name)
def test_every_foreign_action_is_pinned_by_its_commit(path: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses:" in line]

    assert used
    assert [line for line in used if not PINNED.match(line)] == []


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda one: one.name)
def test_runs_are_kept_when_they_fail(path: Path) -> None:
    kept = [step for step in steps_of(path) if "upload-artifact" in step.get("uses", "")]

    assert kept
    assert all("always()" in step["if"] and step["with"]["path"] == "artifacts" for step in kept)


def test_commands_of_workflows_are_the_makefile_s() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = [step["run"] for path in WORKFLOWS for step in steps_of(path) if "run" in step]
    made = {word for one in commands for word in one.partition(" ")[2].split() if re.fullmatch(r"[a-z0-9-]+", word)}

    assert commands
    assert all(one.startswith("make ") for one in commands)
    assert made <= targets


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda one: one.name)
def test_workflow_may_read_and_ends_by_itself(path: Path) -> None:
    document = yaml.safe_load(path.read_text())

    assert document["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 120 for job in document["jobs"].values())


def test_inputs_are_declared_and_none_is_run_as_a_script() -> None:
    document = yaml.safe_load(ACTION.read_text())

    assert set(INPUT.findall(ACTION.read_text())) == set(document["inputs"])
    assert all(one["description"] and "default" in one for one in document["inputs"].values())
    assert not any("${{" in step.get("run", "") for step in steps_of(ACTION))


def tell(folder: Path, *, shared: int = 0, alone: int = 0, **inputs: str) -> tuple[int, list[str]]:
    log, python = folder / "asked.log", folder / "python"
    python.write_text(PYTHON.format(log=log, shared=shared, alone=alone))
    python.chmod(0o755)
    given = {
        "SCENARIOS": "scenarios",
        "SYSTEM": "",
        "TARGET": "embedded",
        "GATEWAY": "plain",
        "WORKERS": "2",
        "ARGS": "",
    }
    answer = subprocess.run(
        ["bash", str(SCRIPT), str(python)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(folder / "output"), **given, **inputs},
        capture_output=True,
        check=False,
        timeout=20,
    )
    return answer.returncode, log.read_text().splitlines()


def test_scenarios_that_need_a_cloud_alone_are_told_apart_when_workers_share_one(tmp_path: Path) -> None:
    code, (shared, alone) = tell(tmp_path, SYSTEM="payments", TARGET="docker", ARGS="-k charge --stories 20")

    assert code == 0
    assert shared.startswith("-m pytest scenarios/payments --rehearsal-target docker --rehearsal-gateway plain")
    assert shared.endswith("-m not alone -n 2 --dist worksteal -k charge --stories 20")
    assert "-m alone" in alone
    assert (tmp_path / "output").read_text() == f"artifacts={tmp_path}/artifacts\n"


def test_all_are_told_in_one_run_when_there_is_one_worker(tmp_path: Path) -> None:
    code, (only,) = tell(tmp_path, WORKERS="1", SCENARIOS="stories more_stories")

    assert code == 0
    assert only.startswith("-m pytest stories more_stories ")
    assert "-m not alone" not in only


@pytest.mark.parametrize(
    ("shared", "alone", "code"), [(1, 0, 1), (0, 1, 1), (0, 5, 0), (5, 0, 0), (2, 5, 1), (5, 5, 1)]
)
def test_run_fails_when_a_scenario_does_or_none_was_chosen(tmp_path: Path, shared: int, alone: int, code: int) -> None:
    assert tell(tmp_path, shared=shared, alone=alone)[0] == code
