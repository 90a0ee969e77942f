"""What a terminal, a program and a reader of the page are told of two runs."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli.app import application
from harness.parity.known import judge
from harness.parity.page import write_page
from harness.parity.running import Progress, Wanted
from harness.parity.side import Side
from harness.parity.telling import lines
from tests.parity.runs import STATES, Told, compared, side

OUTSIDE = re.compile(r"""\b(?:src|href|action)\s*=\s*(?!["'](?:#|data:))|@import|url\((?!#)""")
BROKEN = Told(outcome="failed", failure="E   StatusTimeout: <b>still PENDING", status="PENDING")


def invoke(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(application, ["parity", *arguments])
    return answer.exit_code, answer.stdout


def test_difference_is_told_with_both_sides_and_where_to_look(tmp_path: Path) -> None:
    told = [line for line, _ in lines(judge(compared(tmp_path, Told(), BROKEN)))]

    assert told[0] == "embedded and docker differ: 1 unknown difference, in 2 scenarios"
    assert "1  outcome" in told
    assert "   embedded saw  passed" in told
    assert "   docker   saw  failed: StatusTimeout: <b>still PENDING" in told
    assert "   in payments/test_it.py::test_paid" in told
    assert "   and what follows there: 1 effect" in told
    assert any(line.startswith(f"   read {tmp_path}/first/") and "timeline.txt and in" in line for line in told)


def test_ways_are_told_from_where_they_part(tmp_path: Path) -> None:
    found = compared(tmp_path, Told(), Told(states=(*STATES[:3], "Compensate")))

    told = [line for line, _ in lines(judge(found))]

    assert "   embedded saw  … → Charge → Settle → SUCCEEDED" in told
    assert "   docker   saw  … → Charge → Compensate → SUCCEEDED" in told


def test_agreement_is_told_in_one_line(tmp_path: Path) -> None:
    told = [line for line, _ in lines(judge(compared(tmp_path, Told(), Told(seed=8))))]

    assert told[0] == "embedded and docker agree in 2 scenarios"
    assert len(told) == 3


def test_page_tells_all_and_asks_nobody_for_anything(tmp_path: Path) -> None:
    judged = judge(compared(tmp_path, Told(), BROKEN))

    page = write_page(tmp_path / "parity.html", judged, again="rehearse parity").read_text()

    assert "StatusTimeout: &lt;b&gt;still PENDING" in page
    assert page.index("embedded saw") < page.index("docker saw")
    assert not OUTSIDE.search(page)


def test_finished_runs_are_compared_by_the_command(tmp_path: Path) -> None:
    first, second = (one.written(tmp_path / name) for name, one in (("one", Told()), ("two", BROKEN)))
    page = tmp_path / "parity.html"

    code, told = invoke("--runs", str(first), str(second), "--json", "--html", str(page))

    document = json.loads(told)
    assert code == 1
    assert document["agree"] is False
    assert [side["name"] for side in document["sides"]] == ["embedded one", "embedded two"]
    assert document["unknown"][0]["saw"][1] == {"side": "embedded two", "seen": "failed"}
    assert page.exists()


def test_rounds_are_joined_by_commas(tmp_path: Path) -> None:
    first, second, third = (
        str(one.written(tmp_path / f"run-{number}")) for number, one in enumerate((Told(), Told(seed=9), BROKEN))
    )

    code, told = invoke("--runs", first, f"{second},{third}")

    assert code == 0
    assert "agree in 2 scenarios" in told
    assert "varied on one side by itself" in told


def test_command_refuses_what_it_can_not_compare(tmp_path: Path) -> None:
    first = str(Told().written(tmp_path / "one"))

    for arguments, seen in (
        (("--targets", "embedded"), "expected two different ones"),
        (("--targets", "embedded,embedded"), "expected two different ones"),
        (("--targets", "embedded,heaven"), "is not known"),
        (("--runs", first, ","), "expected two names or folders"),
        (("--runs", first, str(tmp_path / "none")), "there is no run"),
    ):
        answer = CliRunner().invoke(application, ["parity", *arguments, "--artifacts", str(tmp_path)])
        assert seen in str(answer.exception), arguments
        assert getattr(answer.exception, "exit_code", None) == 2


def test_targets_are_run_one_after_the_other_by_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []

    def run_side(name: str, wanted: Wanted, folder: Path, told: Callable[[Progress], None]) -> Side:
        ran.append((name, wanted))
        told(Progress(name, 2, 2, 0, 1.0, is_over=True))
        return side(name, Told(pay=(202, {}) if "docker" in name else Told().pay).written(folder / name))

    monkeypatch.setattr("harness.parity.running.run_side", run_side)
    known = tmp_path / "known.yaml"
    known.write_text(
        "- {id: late, targets: [docker, embedded], what: w, reason: r, source: s, "
        "where: {aspect: status, topic: pay, saw: {docker: '202'}}}"
    )
    told = ("--targets", "embedded,docker@mine", "--seed", "5", "--noise", "--only", "pay", "--scenarios", "here")

    code, printed = invoke(*told, "--known", str(known), "--artifacts", str(tmp_path))

    wanted = Wanted(("here",), seed=5, only="pay", rounds=2)
    assert ran == [("embedded", wanted), ("docker@mine", wanted)]
    assert code == 0
    assert "known  late: w (1 place)" in printed
    (page,) = tmp_path.glob("parity-*/parity.html")
    assert "--targets embedded,docker@mine --seed 5" in page.read_text()
