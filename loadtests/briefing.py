"""What every process of a run reads at its start: the settings, and where the things are that its users play with.

A JSON file in the run's folder, named by an environment variable; API keys stay in the environment.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import SettingInvalid, StackMissing
from loadtests.settings import Settings, settings_from

VARIABLE = "REHEARSAL_LOAD_BRIEFING"
WORKER_VARIABLE = "REHEARSAL_LOAD_WORKER"  # a worker's number, in a distributed run
API_KEY_VARIABLE = "PAYMENTS_API_KEY"
FILE_NAME = "briefing.json"


@dataclass(frozen=True, slots=True)
class Briefing:
    """`outputs` are the stacks' (table names, ARNs); `endpoint_url` is "" on staging, where the SDK knows it."""

    settings: Settings
    folder: Path
    outputs: Mapping[str, str] = field(default_factory=dict)
    endpoint_url: str = ""
    api_url: str = ""
    region: str = "us-east-1"
    account_id: str = ""
    objectives: Mapping[str, float] = field(default_factory=dict)  # limits by name, for those who watch

    def output(self, name: str) -> str:
        """Return an output of the stacks; raises StackMissing with those that are there."""
        try:
            return self.outputs[name]
        except KeyError:
            known = ", ".join(sorted(self.outputs)) or "none"
            raise StackMissing(f"what is deployed has no output {name}", evidence={"outputs": known}) from None

    def write(self) -> Path:
        """Write the briefing into its folder, and return the file."""
        path = self.folder / FILE_NAME
        document = {**asdict(self), "folder": str(self.folder), "outputs": dict(self.outputs)}
        path.write_text(json.dumps(document, indent=2) + "\n")
        return path


def read_briefing(path: Path) -> Briefing:
    """Return the briefing in a file."""
    document: dict[str, Any] = json.loads(path.read_text())
    document |= {"settings": settings_from(document["settings"]), "folder": Path(document["folder"])}
    return Briefing(**document)


def briefing_from_environment() -> Briefing:
    """Return the briefing that the environment names; raises SettingInvalid when there is none."""
    named = os.environ.get(VARIABLE)
    if not named:
        raise SettingInvalid(
            f"{VARIABLE} is not set, expected the briefing of a run", remedy="start with: python -m loadtests"
        )
    return read_briefing(Path(named))
