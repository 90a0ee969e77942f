"""What a run on an AWS account costs and how long it takes: its stacks while they stand, and the suite once through.

Told before anything is made, from the templates and the scenarios themselves. Leaves out storage (megabytes), free
tiers, logs taken in and data transfer: cents. Times are assumed, from what CloudFormation and cold starts usually take.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.config import project_root
from harness.deploy.sources import read_template
from harness.plan.tariff import Tariff, usd_text
from harness.targets.staging.costs import idle_usd_per_day

PAYMENTS_A_SCENARIO = 5  # most have one to three; those of random stories have more
DEPLOY_MINUTES_A_SYSTEM = 4.0
REMOVE_MINUTES_A_SYSTEM = 3.0
SECONDS_A_SCENARIO = 20.0
_TEST = re.compile(r"^def test_", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RunCost:
    """What a run costs: a day of standing stacks, and one run of the suite; `minutes` from deployment to the end."""

    idle_usd_per_day: float
    suite_usd: float
    scenarios: int
    minutes: float
    prices: str

    @property
    def usd_per_day(self) -> float:
        """A day with one run of the suite."""
        return self.idle_usd_per_day + self.suite_usd

    def evidence(self) -> dict[str, str]:
        """Return the parts, for people."""
        return {
            "standing": f"{usd_text(self.idle_usd_per_day)} a day, {usd_text(self.idle_usd_per_day / 24)} an hour",
            "suite": f"{usd_text(self.suite_usd)} for {self.scenarios} scenarios",
            "time": f"about {self.minutes:.0f} minutes, deployment, suite and removal (assumed)",
            "prices": self.prices,
        }


def run_cost(region: str, templates: Iterable[Path] | None = None, scenarios: Path | None = None) -> RunCost:
    """Return what a run with all systems of the project costs in a region."""
    root = project_root()
    paths = list(templates if templates is not None else sorted((root / "systems").glob("*/template.yaml")))
    tariff, count = Tariff.of(region), scenario_count(scenarios or root / "scenarios")
    types = [str(one.get("Type")) for path in paths for one in read_template(path).section("Resources").values()]
    minutes = len(paths) * (DEPLOY_MINUTES_A_SYSTEM + REMOVE_MINUTES_A_SYSTEM) + count * SECONDS_A_SCENARIO / 60
    return RunCost(
        idle_usd_per_day=tariff.factor * idle_usd_per_day(types),
        suite_usd=tariff.payments_usd(count * PAYMENTS_A_SCENARIO),
        scenarios=count,
        minutes=minutes,
        prices=tariff.words(region),
    )


def scenario_count(folder: Path) -> int:
    """Return how many scenarios a folder holds."""
    return sum(len(_TEST.findall(path.read_text(encoding="utf-8"))) for path in folder.rglob("test_*.py"))
