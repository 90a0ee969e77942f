"""A project of its own in a temporary folder, whose tests use the plugin on an environment that is only pretended."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# The environment that is "brought up" writes down that it was; the final reads give a story that is known.
CONFTEST = """
import os
from contextlib import contextmanager
from pathlib import Path

import harness.pytest_plugin.provision as provision
from harness.clients import DeployedSystem, Deployment
from harness.targets import Environment

LOG = Path(__file__).with_name("environment.log")


def log(line):
    with LOG.open("a") as file:
        file.write(line + "\\n")


@contextmanager
def pretended(target, instance, **_):
    log("up")
    if os.environ.get("PRETEND_BROKEN"):
        raise RuntimeError("the engine is missing")
    try:
        yield Deployment(
            Environment(
                target, "pretended", *["http://127.0.0.1:9"] * 2, LOG.parent, {"payments": "http://127.0.0.1:9"}
            ),
            lambda name: DeployedSystem(
                name,
                {"PaymentsTable": "p", "WalletsTable": "w", "PaymentEventsTable": "e",
                 "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:payment-flow",
                 "RefundStateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:refund-flow"},
                {"API_KEY": "key"},
            ),
        )
    finally:
        log("down")


provision.open_deployment = pretended


def canned(self, history, *, settle_within_s):
    from dataclasses import replace

    from tests.checkers.story import whole_story

    story = whole_story().history()
    return replace(story, operations=history.operations + story.operations, name=history.name, seed=history.seed)


import harness.clients.executions as executions
import harness.clients.payments.final_reads as final_reads
import harness.report.kept.gathering as gathering
from harness.report.kept.outcomes import Machines

final_reads.FinalReader.read = canned
executions.Executions.find = lambda self, name: None
executions.Executions.steps = lambda self, name: []
gathering.read_machines = lambda deployment: Machines(())
"""


class Project:
    """Files in `folder`, and pytest runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
        (folder / "conftest.py").write_text(CONFTEST)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def run(self, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
        # Only this plugin (and xdist where it is asked for): other plugins' imports cost a second a run.
        plugins = ["-p", "harness.pytest_plugin", *(["-p", "xdist"] if "-n" in options else [])]
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *plugins, *options]
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environ},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def environment_log(self) -> list[str]:
        path = self.folder / "environment.log"
        return path.read_text().splitlines() if path.exists() else []

    def run_folder(self) -> Path:
        (found,) = (self.folder / "artifacts").iterdir()
        return found
