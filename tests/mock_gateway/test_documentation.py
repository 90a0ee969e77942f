"""The gateway's pages below docs/: every command in them is run, and answers what the page says."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from mock_gateway.about.openapi import description
from mock_gateway.faces.adyen.refusals import REFUSAL_BY_HOLDER
from mock_gateway.faults.registry import KINDS
from mock_gateway.idempotency import POLICIES
from mock_gateway.money import reconciliation
from mock_gateway.money.cards import CARDS
from tests.mock_gateway.driving import OverTheWire

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "gateway.md").read_text()


def shown(block: str) -> list[tuple[str, str]]:
    """The commands of a console block with the output that follows each."""
    steps = [step.partition("\n") for step in block.removeprefix("$ ").split("\n$ ")]
    return [(command, output.strip()) for command, _, output in steps]


def pattern(output: str) -> str:
    # An object that is cut short, such as {"id":"ch_…"}, may go on.
    return re.escape(output).replace('…"\\}', "….*").replace("…", ".*")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("page", "steps_min"), [("gateway.md", 25), ("gateway-admin.md", 6), ("adyen.md", 5)])
def test_commands_answer_what_the_page_says(wire: OverTheWire, page: str, steps_min: int) -> None:
    blocks = re.findall(r"```console\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    steps = [step for block in blocks for step in shown(block)]
    assert len(steps) >= steps_min
    last_id = ""

    for command, expected in steps:
        there = command.replace("localhost:3000", f"127.0.0.1:{wire.port}")
        arguments = shlex.split(there.replace("$ID", last_id))
        answer = subprocess.run(
            [*arguments, "--max-time", "5"], capture_output=True, text=True, check=False, timeout=10
        )
        seen = (answer.stdout + answer.stderr).strip()
        assert re.fullmatch(pattern(expected), seen, re.DOTALL), (command, seen)
        told = re.search(r'"(?:id|pspReference)":"(\w+)"', seen)
        last_id = told[1] if told else last_id


def test_page_names_every_kind_and_card() -> None:
    missing = [name for name in (*KINDS, *(card.token for card in CARDS)) if f"`{name}`" not in PAGE]

    assert missing == []


def test_page_names_every_difference() -> None:
    source = Path(reconciliation.__file__).read_text()
    kinds = {*re.findall(r'ifference\(\s*"(\w+)"', source), *(f"charged_though_{one}" for one in ("failed", "pending"))}

    assert len(kinds) > 9
    assert [kind for kind in kinds if f"`{kind}`" not in PAGE] == []


def test_page_names_every_reason_to_refuse() -> None:
    page = (DOCS / "adyen.md").read_text()

    missing = [
        holder
        for holder, refusal in REFUSAL_BY_HOLDER.items()
        if not re.search(rf"`{holder}` \| `{refusal.result}` \| {refusal.reason} \| {refusal.code} \|", page)
    ]

    assert missing == []


def test_pages_name_every_policy_metric_and_admin_route() -> None:
    page, collector = (DOCS / "gateway-admin.md").read_text(), (ROOT / "mock_gateway/about/metrics.py").read_text()
    metrics = re.findall(r'_(?:counter|gauge)\("(\w+)"', collector)
    elsewhere = ("gateway.md", "webhooks.md")
    everything = page + "".join((DOCS / name).read_text() for name in elsewhere)
    routes = [
        f"{method.upper()} {path}"
        for path, told in description()["paths"].items()
        if path.startswith("/_admin/") and path != "/_admin/"
        for method in told
        if method != "parameters"
    ]

    assert [name for name in POLICIES if f"`{name}`" not in page] == []
    assert len(metrics) > 8
    assert [name for name in metrics if f"`gateway_{name}" not in page] == []
    assert [route for route in routes if f"`{route}" not in everything] == []
