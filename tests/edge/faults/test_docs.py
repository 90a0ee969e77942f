"""Every rule of the documentation can be set."""

import re
from pathlib import Path

import pytest

from harness.edge.faults import load_rules
from harness.edge.faults.distribution import KINDS as DISTRIBUTIONS
from harness.edge.faults.document import RULE_FIELDS
from harness.edge.faults.kinds import KINDS
from harness.edge.faults.match import FIELDS

PAGE = (Path(__file__).resolve().parents[3] / "docs/faults.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_rules_can_be_set_when_they_are_copied_from_the_page(example: str, tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(example, encoding="utf-8")

    assert load_rules(path).rules()


def test_page_tells_of_every_field_and_kind() -> None:
    told = set(re.findall(r"`([a-z_]+)`", "\n".join(line for line in PAGE.splitlines() if line.startswith("| `"))))

    assert told >= {*RULE_FIELDS, *FIELDS, *KINDS, *DISTRIBUTIONS}
