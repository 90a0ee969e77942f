"""A proof's verdict, its page and its command: what is told, how it ends, and that no key is in it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.checkers import must_be_valid
from harness.errors import InvariantViolated
from harness.isolation.audit import RecordAudit
from harness.isolation.exchange import Answer, Exchange, Request
from harness.isolation.iam import Policy
from harness.isolation.iam.rights import Role, RolesAudit
from harness.isolation.page import write_page
from harness.isolation.proof import Proof
from harness.isolation.verdict import HINT, LEAK, PASS, Cell, Control, Matrix, Trial
from tests.command_line import run_rehearse

ROUTE, KEY = "GET /notes/{noteId}", "nk_abcdefgh_verysecretindeed"


def trial(verdict: str, why: str = "because") -> Trial:
    request = Request("GET", "/notes/b", (("x-api-key", KEY),), (("x-api-key", KEY),))
    attack = Exchange(request, Answer(200, {}, f'{{"apiKey": "{KEY}", "text": "<b>canary</b>"}}'), "1-2-3")
    return Trial(ROUTE, "id in path", "noteId", verdict, why, attack, attack)


def proof_with(*trials: Trial, **more: Any) -> Proof:
    cell = Cell(ROUTE, "id in path", trials)
    matrix = Matrix((ROUTE,), ("id in path",), {(ROUTE, "id in path"): cell}, {ROUTE: Control(ROUTE, True, "")})
    roles = RolesAudit((Role("r", (Policy("p", ()),)),))
    return Proof("notes", matrix, RecordAudit((), 5), roles, **more)


def test_verdict_is_the_worst_of_what_was_found() -> None:
    held = proof_with(trial(PASS))

    assert (held.validity, held.exit_code, list(held.reasons())) == ("VALID", 0, [])
    assert (proof_with(trial(PASS), trial(HINT)).validity, proof_with(trial(LEAK)).exit_code) == ("INVALID", 1)
    assert proof_with(trial("vacuous")).exit_code == proof_with(trial("error")).exit_code == 2


@pytest.mark.parametrize(
    "opened",
    [
        lambda held: replace(held, record=None),
        lambda held: replace(held, record=RecordAudit((), 0)),
        lambda held: replace(held, roles=None),
        lambda held: replace(held, roles=RolesAudit((Role("r", ()),))),
        lambda held: replace(held, roles=replace(held.roles, undecided=("an operator",))),
        lambda held: replace(held, matrix=replace(held.matrix, gaps=("GET /notes, cursor: one page",))),
        lambda held: replace(held, matrix=replace(held.matrix, controls={ROUTE: Control(ROUTE, False, "it was 404")})),
    ],
)
def test_verdict_is_unknown_when_a_witness_is_missing(opened: Any) -> None:
    proof = opened(proof_with(trial(PASS)))

    assert proof.validity == "UNKNOWN"
    assert len(list(proof.reasons())) == 1
    assert proof.verdict().reason


def test_verdict_counts_like_a_checkers() -> None:
    must_be_valid([proof_with(trial(PASS)).verdict()])
    with pytest.raises(InvariantViolated, match=r"INV-15 tenants_isolated INVALID: system notes is not isolated: leak"):
        must_be_valid([proof_with(trial(LEAK)).verdict()])


def test_items_that_changed_refute_isolation_when_no_cell_tells_of_them() -> None:
    held = proof_with(trial(PASS))

    assert replace(held, matrix=replace(held.matrix, touched=("Notes PK is gone",))).validity == "INVALID"


def test_page_and_json_hold_exchanges_and_no_key(tmp_path: Path) -> None:
    proof = proof_with(trial(LEAK))

    page = write_page(tmp_path / "page.html", proof, arguments=["notes"]).read_text()

    assert "Tenants are not isolated" in page
    assert "&lt;b&gt;canary&lt;/b&gt;" in page
    assert 'id="c0-0"' in page
    assert 'href="#c0-0"' in page
    assert KEY not in page
    assert KEY not in str(proof.to_json())
    assert proof.to_json()["matrix"]["counts"]["leak"] == 1


@pytest.fixture
def proven(monkeypatch: pytest.MonkeyPatch) -> list[Proof]:
    proofs: list[Proof] = []
    monkeypatch.setattr("harness.cli.isolation.running", lambda *_: None)
    monkeypatch.setattr("harness.isolation.systems.prove_system", lambda *_: proofs[0])
    return proofs


@pytest.mark.parametrize(("verdict", "code"), [(PASS, 0), (LEAK, 1), ("vacuous", 2)])
def test_command_ends_as_the_proof_does(
    verdict: str,
    code: int,
    proven: list[Proof],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    proven.append(proof_with(trial(verdict)))
    arguments = ("isolation", "notes", "--output", str(tmp_path / "page.html"), "--seed", "3")

    ended, answered, _ = run_rehearse(arguments, monkeypatch, capfd)

    assert ended == code
    assert ROUTE in answered
    assert (tmp_path / "page.html").exists()


def test_command_refuses_a_system_that_nobody_can_prove(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("harness.cli.isolation.running", lambda *_: None)

    ended, _, noted = run_rehearse(("isolation", "bookings"), monkeypatch, capfd)

    assert ended == 2
    assert "did you mean booking?" in noted
