"""docs/gateway.md: every command in it is run, and answers what the page says."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from mock_gateway.faults.registry import KINDS
from mock_gateway.money.cards import CARDS
from tests.mock_gateway.driving import OverTheWire

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "gateway.md").read_text()


def shown(block: str) -> list[tuple[str, str]]:
    """The commands of a console block with the output that follows each."""
    steps = [step.partition("\n") for step in block.removeprefix("$ ").split("\n$ ")]
    return [(command, output.strip()) for command, _, output in steps]


def pattern(output: str) -> str:
    # An object that is cut short, such as {"id":"ch_…"}, may go on.
    return re.escape(output).replace('…"\\}', "….*").replace("…", ".*")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_commands_answer_what_the_page_says(wire: OverTheWire) -> None:
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    steps = [step for block in blocks for step in shown(block)]
    assert len(steps) > 10

    for command, expected in steps:
        arguments = shlex.split(command.replace("localhost:3000", f"127.0.0.1:{wire.port}"))
        answer = subprocess.run(
            [*arguments, "--max-time", "5"], capture_output=True, text=True, check=False, timeout=10
        )
        seen = (answer.stdout + answer.stderr).strip()
        assert re.fullmatch(pattern(expected), seen, re.DOTALL), (command, seen)


def test_page_names_every_kind_and_card() -> None:
    missing = [name for name in (*KINDS, *(card.token for card in CARDS)) if f"`{name}`" not in PAGE]

    assert missing == []
