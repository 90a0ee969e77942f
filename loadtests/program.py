"""One run from its settings to its exit code: allow, bring up, deploy, enforce, load, observe, judge, tell, clean up.

Whatever happens on the way, what was brought up goes, and what was measured is written.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from harness.errors import SettingInvalid
from loadtests import guard, process, report
from loadtests.alarms import AlarmWatch, Heard, alarm_watch
from loadtests.briefing import Briefing
from loadtests.cloud import Cloud, addresses, open_cloud
from loadtests.conclusion import Conclusion
from loadtests.enforcing import enforced
from loadtests.measures import JUDGED, WARM_UP, Measures
from loadtests.objectives import judge
from loadtests.options import Asked
from loadtests.recording import MEASURES_FILE, PROGRESS_FILE
from loadtests.settings import Settings
from loadtests.stack import Deployed, check_present, deployed
from loadtests.stack.seeding import open_wallets, seed_wallets
from loadtests.stories import api_of, story_named
from loadtests.tenants import TENANTS_MAX, seed_tenants

HEAT_TOP = 50
Opened = Callable[[Settings], AbstractContextManager[Cloud]]
Run = Callable[[process.Launch], process.Ended]
notes = Console(stderr=True, highlight=False, soft_wrap=True)


def play(asked: Asked, *, opened: Opened = open_cloud, run: Run | None = None) -> int:
    """Make the run that was asked for, print what came of it, and return the exit code.

    `opened` gives the cloud, `run` plays the load where that is not for this machine's processes.
    """
    permit = guard.check(asked.settings)
    asked = replace(asked, settings=permitted(asked.settings, permit))
    story = story_named(asked.settings.story)
    check_present(story)
    process.check_web_port(asked.settings)
    folder = run_folder(asked.settings)
    notes.print(f"load: {asked.settings.story}, written to {folder}", markup=False)
    with kept_if_used(folder), opened(asked.settings) as cloud:
        guard.check_addresses(asked.settings, addresses(cloud), permit)
        with deployed(cloud, asked.settings, story) as found:
            seed(cloud, found, asked.settings)
            with enforced(cloud, asked.settings, found.outputs) as capacity:
                conclusion = load(cloud, found, asked, folder, run or _run)
                heat = capacity.heat(top=HEAT_TOP) if capacity is not None else None
    document = conclusion.as_document()
    text = report.write(document, folder, heat)
    sys.stdout.write(json.dumps(document, indent=2) + "\n" if asked.as_json else text)
    return conclusion.exit_code


def permitted(settings: Settings, permit: guard.Permit) -> Settings:
    """Return the settings as they are permitted: on staging, with the region and the cap, and AWS's own capacity."""
    if permit.bounds is None:
        return settings
    return replace(settings, region=permit.bounds.region, spend_cap_usd=permit.cap_usd, capacity="off")


def seed(cloud: Cloud, found: Deployed, settings: Settings) -> None:
    """Fill what the users find, before capacity is enforced."""
    if settings.shape == "replay":
        return
    if "WalletsTable" in found.outputs and "EventsTable" in found.outputs:
        if settings.seeded_items:
            notes.print(f"  {seed_wallets(cloud, found.outputs['WalletsTable'], settings)} items of wallets written")
    elif "BookingsTable" in found.outputs:
        found.outputs |= seed_tenants(cloud, found.outputs, settings)
        notes.print(f"  {min(settings.tenants, TENANTS_MAX)} tenants seeded")
    elif "PAYMENTS_API_KEY" in found.environ:
        url = cloud.api_urls.get("payments") or found.outputs["ApiUrl"]
        notes.print(f"  {open_wallets(url, found.environ['PAYMENTS_API_KEY'], settings)} wallets opened")


def load(cloud: Cloud, found: Deployed, asked: Asked, folder: Path, run: Run) -> Conclusion:
    """Run the load, and return what it comes to."""
    settings = asked.settings
    briefing = Briefing(
        settings, folder, found.outputs, cloud.aws_endpoint_url,
        cloud.api_urls.get(api_of(story_named(settings.story))) or found.outputs.get("ApiUrl", ""),
        cloud.region, cloud.account_id,
        {name: one.limit for name, one in asked.objectives.items()},
    )  # fmt: skip
    watch = alarm_watch(cloud, found.outputs)
    progress = Progress(folder, settings)

    def on_tick() -> None:
        progress.tell()
        if watch is not None:
            watch.look()

    launch = process.Launch(settings, briefing.write(), folder, {**cloud.environ(), **found.environ}, on_tick)
    if watch is not None:
        watch.begins()
    ended = run(launch)
    measures = read_measures(folder)
    alarm: Heard | None = None
    if watch is not None:
        awaited = _throttled(measures) and not ended.interrupted
        alarm = _awaited(watch) if awaited else watch.first_alarm()
    judged_s = settings.duration_s - settings.warm_up_s
    return Conclusion(
        settings,
        measures,
        tuple(judge(asked.objectives, measures, judged_s)),
        problems=ended.problems,
        interrupted=ended.interrupted,
        alarm=alarm,
        alarms=watch.states() if watch is not None else {},
        folder=str(folder),
    )


def _run(launch: process.Launch) -> process.Ended:
    if launch.settings.workers:
        from loadtests import distributed

        return distributed.run(launch)
    return process.run(launch)


def _awaited(watch: AlarmWatch) -> Heard | None:
    """Return the alarm's message; Ctrl-C ends the waiting, not the report of what was measured."""
    if (heard := watch.first_alarm()) is not None:
        return heard
    notes.print("  waiting for the alarm's message")
    try:
        return watch.await_alarm()
    except KeyboardInterrupt:
        return watch.first_alarm()


def _throttled(measures: Measures) -> bool:
    return any(measures.view(phase)["throttled_attempts"] for phase in (WARM_UP, JUDGED))


def read_measures(folder: Path) -> Measures:
    """Return what the load processes wrote; nothing when they did not come so far."""
    measures, path = Measures(), folder / MEASURES_FILE
    if path.is_file():
        measures.add_document(json.loads(path.read_text()))
    return measures


def run_folder(settings: Settings) -> Path:
    """Make and return the run's folder."""
    name = f"load-{datetime.now(UTC):%Y%m%d-%H%M%S}-{settings.story}"
    folder = Path(settings.folder or Path("artifacts") / name).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A folder that was used before must not lend its figures to this run.
        for left in (MEASURES_FILE, PROGRESS_FILE):
            (folder / left).unlink(missing_ok=True)
    except OSError as problem:
        raise SettingInvalid(
            f"the run can't be written to {folder}: {problem.strerror}", remedy="name another folder: --folder FOLDER"
        ) from problem
    return folder


@contextmanager
def kept_if_used(folder: Path) -> Iterator[None]:
    """Take the folder of a run away again when the run ends before it wrote anything."""
    try:
        yield
    finally:
        with suppress(OSError):  # it holds something
            folder.rmdir()


class Progress:
    """One line on stderr that tells how the load goes; on a terminal it changes in place."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._path = folder / PROGRESS_FILE
        self._settings = settings
        self._told_s = -10.0

    def tell(self) -> None:
        """Tell the newest figures: every second on a terminal, else every ten."""
        if not self._path.is_file():
            return
        seen = json.loads(self._path.read_text())
        if seen["elapsed_s"] - self._told_s < (1.0 if notes.is_terminal else 10.0):
            return
        self._told_s = seen["elapsed_s"]
        line = (
            f"  {seen['elapsed_s']:4.0f} of {self._settings.duration_s:.0f} s  {seen['users']} users"
            f"  {seen['requests']} requests  {seen['throttled_attempts']} throttled attempts  {seen['errors']} errors"
        )
        notes.print(line, end="\r" if notes.is_terminal else "\n", markup=False)
