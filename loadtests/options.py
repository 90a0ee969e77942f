"""The program's options, and the environment's variables that stand in for them.

Whatever is not said comes from `REHEARSAL_LOAD_<OPTION>` (with underscores), then from the story, then from Settings.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from harness.durations import duration_s
from harness.errors import SettingInvalid
from loadtests.objectives import Objective, objectives_from, read_objectives
from loadtests.settings import KEYS, RETRY_MODES, SHAPES, Settings, settings_from
from loadtests.stories import STORIES, story_named

VARIABLE_PREFIX = "REHEARSAL_LOAD_"
_OBJECTIVES = {"p50": "p50", "p99": "p99", "errors": "errors", "throttles": "throttles", "fairness": "fairness"}
_OBJECTIVES |= {"rate_min": "rate"}


class Option(NamedTuple):
    """One option: the setting that it fills, how its text is read, what it says."""

    flag: str
    setting: str
    read: Any
    says: str


OPTIONS = (
    Option("--target", "target", str, "local or staging; unnamed: this machine, bounded in count and time"),
    Option("--instance", "instance", str, "a running environment to use; none: one of the run's own"),
    Option("--users", "users", int, "simulated users"),
    Option("--rate", "rate_per_s", float, "requests a second of all users; 0: as fast as answers come"),
    Option("--for", "duration_s", duration_s, "how long, e.g. 60s or 5m, warm-up included"),
    Option("--warm-up", "warm_up_s", duration_s, "of that, measured but not judged"),
    Option("--shape", "shape", str, ", ".join(SHAPES)),
    Option("--keys", "keys", str, ", ".join(KEYS)),
    Option("--hot-share", "hot_share", float, "part of requests that goes to the hot wallet or tenant"),
    Option("--zipf-exponent", "zipf_exponent", float, "how uneven zipf is"),
    Option("--wallets", "wallets", int, "how many wallets there are"),
    Option("--tenants", "tenants", int, "whom the wallets belong to"),
    Option("--shards", "shards", int, "write sharding: spread each key's writes over so many"),
    Option("--read-share", "read_share", float, "part of requests that reads"),
    Option("--item-bytes", "item_bytes", int, "size of a written item, about"),
    Option("--seed", "seed", int, "draws the same keys again"),
    Option("--capacity", "capacity", str, "enforce, count or off"),
    Option("--capacity-scale", "capacity_scale", float, "factor on every limit of DynamoDB"),
    Option("--split-after", "split_after_s", duration_s, "of heat until a partition splits"),
    Option("--billing", "billing", str, "on-demand or provisioned"),
    Option("--provisioned-reads", "provisioned_read_units", int, "before the scale"),
    Option("--provisioned-writes", "provisioned_write_units", int, "before the scale"),
    Option("--retry-mode", "retry_mode", str, "of the AWS SDK: " + ", ".join(RETRY_MODES)),
    Option("--attempts", "attempts_max", int, "that the SDK makes at most"),
    Option("--workers", "workers", int, "worker processes beside Locust's master"),
    Option("--web-port", "web_port", int, "Locust's web UI on 127.0.0.1"),
    Option("--trace", "trace", str, "recorded calls, for --shape replay"),
    Option("--speed", "speed", float, "of the replay"),
    Option("--region", "region", str, "of staging"),
    Option("--spend-cap", "spend_cap_usd", float, "USD that a run on staging may cost"),
    Option("--folder", "folder", str, "where the run is written; none: a new folder in artifacts/"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked of the program."""

    settings: Settings
    objectives: Mapping[str, Objective] = field(default_factory=dict)
    as_json: bool = False


def asked(arguments: Sequence[str], environ: Mapping[str, str]) -> Asked:
    """Return what options and environment ask; raises SettingInvalid for nonsense, SystemExit(2) for other options."""
    options = vars(_parser().parse_args(arguments))
    name = options["story"] or environ.get(VARIABLE_PREFIX + "STORY") or Settings().story
    story = story_named(name)
    said = {**_from_environment(environ), **_from_options(options)}
    values = {**story.settings, **said, "story": name}
    values["yes"] = bool(options["yes"])
    expected = objectives_from(story.objectives)
    if options["objectives"]:
        expected = read_objectives(Path(options["objectives"]))
    if values.get("tenants") == 1:
        expected.pop("fairness", None)  # there is nobody to be fair to
    expected |= objectives_from({_OBJECTIVES[flag]: options[flag] for flag in _OBJECTIVES})
    if "warm_up_s" not in said:
        _fit_warm_up(values)
    settings = settings_from(values)
    if settings.shape == "replay":
        from loadtests.replay.demand import fitted

        settings = fitted(settings, values.get("duration_s"))
    return Asked(settings, expected, bool(options["json"]))


def _fit_warm_up(values: dict[str, Any]) -> None:
    """Shorten a warm-up that nobody asked for to a third of a short run."""
    duration = values.get("duration_s", Settings().duration_s)
    if values.get("warm_up_s", 0.0) * 2 > duration:
        values["warm_up_s"] = round(duration / 3)


def _from_options(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        one.setting: _read(one, one.flag, options[one.setting])
        for one in OPTIONS
        if options[one.setting] is not None
    }  # fmt: skip


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for one in OPTIONS:
        variable = VARIABLE_PREFIX + one.flag.removeprefix("--").replace("-", "_").upper()
        if environ.get(variable):
            found[one.setting] = _read(one, variable, environ[variable])
    return found


def _read(option: Option, said: str, text: str) -> Any:
    try:
        return option.read(text)
    except ValueError:
        kind = "a whole number" if option.read is int else "a number"
        raise SettingInvalid(f"{said} is {text!r}, expected {kind}") from None


def _parser() -> argparse.ArgumentParser:
    stories = "\n".join(f"  {name:<18} {story.says}" for name, story in STORIES.items())
    parser = argparse.ArgumentParser(
        prog="python -m loadtests",
        description="Put load on a cloud and say whether it kept its objectives.\n\nstories:\n" + stories,
        epilog="examples:\n  python -m loadtests\n  python -m loadtests hot-wallet --shards 10\n"
        "  python -m loadtests payments-api --rate 20 --for 2m --shape spike --p99 2s\n\n"
        "exit code: 0 all objectives were kept, 1 one was missed, 2 the run could not be made, "
        "130 interrupted",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "story", nargs="?", default="", metavar="STORY", help="see above; hot-wallet when none is named"
    )
    for option in OPTIONS:
        metavar = option.flag.removeprefix("--").rpartition("-")[2].upper()
        help_text = option.says.replace("%", "%%")
        parser.add_argument(option.flag, dest=option.setting, metavar=metavar, default=None, help=help_text)
    group = parser.add_argument_group("objectives", "the story's own hold where nothing else is said")
    for flag, name in _OBJECTIVES.items():
        example = {"p50": "50ms", "p99": "300ms", "fairness": "0.95", "rate": "50"}.get(name, "1%%")
        group.add_argument(f"--{flag.replace('_', '-')}", dest=flag, metavar="BOUND", help=f"e.g. {example}")
    group.add_argument("--objectives", metavar="FILE", default="", help="YAML, instead of the story's")
    parser.add_argument("--yes", action="store_true", help="ask nobody")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    return parser
