"""The embedded target beside the docker one, in one run: start to ready, deployment, payments, and the whole suite.

Run by `make bench-docker`, which writes docs/benchmarks-docker.md; needs a Docker engine and the images of
docker-compose.yml. Each target is alone on the machine while it is measured. What the images are is part of the result.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from benchmarks import payments
from benchmarks.load import Timing
from harness.deploy import deploy_system
from harness.deploy.front_doors import api_keys
from harness.targets import open_environment

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "benchmarks-docker.md"
STARTS = 3
WORKERS = {"embedded": 4, "docker": 2}  # as `make test-e2e` chooses them
STARTS_FASTER, SUITE_FASTER = 10.0, 3.0


@dataclass(frozen=True, slots=True)
class Suite:
    """One run of the scenarios: seconds of wall time, environment and deployment included, and how they ended."""

    took_s: float
    passed: int
    skipped: int
    failed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one target; times in seconds of wall time, starts and stops the median of several."""

    ready_s: float
    down_s: float
    deployed_s: float
    one: Timing
    eight: Timing
    suite: Suite
    images: Mapping[str, str] = field(default_factory=dict)


def measure(target: str, scale: int, told: Callable[[str], None]) -> Figures:
    """Return the figures of a target; raises what bringing it up, deploying or paying raises."""
    ready, down = [], []
    for turn in range(STARTS):
        told(f"{target}: start {turn + 1} of {STARTS}")
        started_s = time.perf_counter()
        with open_environment(target, instance=f"bench-{os.getpid()}-{turn}"):
            ready.append(time.perf_counter() - started_s)
            stopped_s = time.perf_counter()
        down.append(time.perf_counter() - stopped_s)
    with open_environment(target, instance=f"bench-{os.getpid()}") as environment:
        told(f"{target}: payments")
        started_s = time.perf_counter()
        outputs = deploy_system("payments", environment)
        deployed_s = time.perf_counter() - started_s
        key = api_keys("payments", environment, outputs)["PAYMENTS_API_KEY"]
        payments.measure(environment, key, 8, 3)  # functions warm
        one = payments.measure(environment, key, 1, 6 * scale)
        eight = payments.measure(environment, key, 8, 3 * scale)
        images = dict(environment.images)
    told(f"{target}: the whole suite")
    return Figures(
        statistics.median(ready), statistics.median(down), deployed_s, one, eight, _suite(target), images
    )  # fmt: skip


def main() -> int:
    """Measure both targets, print, and write the page."""
    scale = 5
    found = {target: measure(target, scale, lambda line: print(line, file=sys.stderr)) for target in WORKERS}
    text = document(found["embedded"], found["docker"])
    sys.stdout.write(text)
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


def document(embedded: Figures, docker: Figures) -> str:
    """Return the page: both targets side by side, their ratio, and the images that ran."""
    rows = [
        _row("start to ready", embedded.ready_s, docker.ready_s, "s"),
        _row("down again", embedded.down_s, docker.down_s, "s"),
        _row("`rehearse deploy payments`, packages in the cache", embedded.deployed_s, docker.deployed_s, "s"),
        _row("a payment, 1 client, p50", embedded.one.p50_ms, docker.one.p50_ms, "ms"),
        _row("payments a second, 8 clients", embedded.eight.per_s, docker.eight.per_s, "/s"),
        _row("all scenarios, plain gateway", embedded.suite.took_s, docker.suite.took_s, "s"),
    ]
    runs = {"embedded": embedded.suite, "docker": docker.suite}
    return "\n".join(
        [
            "# Benchmarks: embedded beside docker",
            "",
            f"Measured on {datetime.now(UTC).date()} with `make bench-docker`, on {os.cpu_count()} cores, Python"
            f" {platform.python_version()}, {platform.system()}; one target after the other, images and packages there"
            f" before. Starts are the median of {STARTS}. The aim: embedded is ready at least {STARTS_FASTER:.0f} times"
            f" sooner and runs the suite at least {SUITE_FASTER:.0f} times as fast.",
            "",
            "| what | embedded | docker | docker / embedded |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            "| the suite on | passed | could not run there | failed | workers |",
            "| --- | --- | --- | --- | --- |",
            *(
                f"| {target} | {run.passed} | {run.skipped} | {run.failed} | {WORKERS[target]} |"
                for target, run in runs.items()
            ),
            "",
            "From nothing to a deployed system, start and deployment together: embedded"
            f" {embedded.ready_s + embedded.deployed_s:.1f} s, docker {docker.ready_s + docker.deployed_s:.1f} s,"
            f" {(docker.ready_s + docker.deployed_s) / (embedded.ready_s + embedded.deployed_s):.1f} times as long."
            " The start alone is not ten times apart where the images are there: containers start side by side, and"
            " LocalStack itself is up in four seconds. Its time goes into CloudFormation, which makes one resource"
            " after another, and into functions, of which each unpacks its archive and starts a runtime of its own.",
            "",
            "Images of the docker target, by service. One that docker-compose.yml does not name is not the official"
            " one; then the figures are of that image, with functions as it runs them:",
            "",
            *(f"- {service}: `{image}`" for service, image in docker.images.items()),
            "",
        ]
    )


def _row(what: str, embedded: float, docker: float, unit: str) -> str:
    return f"| {what} | {embedded:.1f} {unit} | {docker:.1f} {unit} | {docker / embedded:.2f} |"


def _suite(target: str) -> Suite:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        command = [sys.executable, "-m", "pytest", "scenarios", "-q", "-m", "not alone", f"--junitxml={report}"]
        chosen = ["-n", str(WORKERS[target]), "--dist", "worksteal", "--rehearsal-target", target]
        started_s = time.perf_counter()
        done = subprocess.run([*command, *chosen], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
        took_s = time.perf_counter() - started_s
        if done.returncode not in (0, 1):
            raise RuntimeError(f"pytest on {target} ended with exit code {done.returncode}")
        counts = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314 - as above
    assert counts is not None
    total, skipped = int(counts.get("tests", 0)), int(counts.get("skipped", 0))
    failed = int(counts.get("failures", 0)) + int(counts.get("errors", 0))
    return Suite(took_s, total - skipped - failed, skipped, failed)


if __name__ == "__main__":
    raise SystemExit(main())
