"""docs/faults-in-tests.md names every verb, and none that isn't there."""

import inspect
import re
from pathlib import Path

import pytest

from harness.faults import AwsFaults, GatewayFaults

DOCUMENT = (Path(__file__).parents[2] / "docs" / "faults-in-tests.md").read_text(encoding="utf-8")
DRAWN = {"strike"}  # for generated stories, not for people


def verbs_of(place: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(place, inspect.isfunction) if not name.startswith("_")} - DRAWN


@pytest.mark.parametrize(
    ("place", "heading", "named"),
    [(AwsFaults, "AWS calls", r"^\| `(\w+)\("), (GatewayFaults, "The gateway", r"`(\w+)`(?=[,;])")],
    ids=["aws", "gateway"],
)
def test_document_names_every_verb_and_no_other(place: type, heading: str, named: str) -> None:
    section = DOCUMENT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]

    assert set(re.findall(named, section, re.MULTILINE)) == verbs_of(place)
