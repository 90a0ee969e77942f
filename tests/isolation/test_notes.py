"""Every leak of the leaky notes is caught in a cell of its own, and their mended twin passes."""

import pytest

from harness.isolation.driving import Drive
from harness.isolation.following import CallsTaken
from harness.isolation.proof import Proof
from harness.isolation.proving import Evidence, prove
from harness.isolation.sending import HttpSender
from tests.isolation.notes import Notes, notes_of

LEAKS = [
    ("GET /tenants/{tenantId}", "id in path", "leak"),
    ("GET /summary", "tenant in header", "reach"),
    ("GET /notes", "cursor", "leak"),
    ("POST /notes", "tenant in body", "effect"),
    ("GET /notes/{noteId}", "id in path", "leak"),
    ("PATCH /notes/{noteId}", "id in path", "effect"),
    ("DELETE /notes/{noteId}", "id in path", "hint"),
    ("GET /notes", "revoked key", "leak"),
]


def proof_of(notes: Notes) -> Proof:
    record = CallsTaken(notes, "*")  # type: ignore[arg-type]
    with HttpSender.to("http://notes.test", notes.transport()) as sender:
        return prove(notes, Drive(sender, threads=1, seed=7), Evidence(record))


@pytest.fixture(scope="module")
def leaky() -> Proof:
    with pytest.MonkeyPatch.context() as patch, notes_of("leaky", patch) as notes:
        return proof_of(notes)


@pytest.fixture(scope="module")
def mended() -> Proof:
    with pytest.MonkeyPatch.context() as patch, notes_of("mended", patch) as notes:
        return proof_of(notes)


@pytest.mark.parametrize(("route", "way", "verdict"), LEAKS)
def test_cell_tells_of_a_leak_when_the_route_has_it(route: str, way: str, verdict: str, leaky: Proof) -> None:
    cell = leaky.matrix.cells[route, way]

    assert cell.verdict == verdict, cell.worst


@pytest.mark.parametrize(("route", "way"), [leak[:2] for leak in LEAKS])
def test_cell_passes_when_the_leak_is_mended(route: str, way: str, mended: Proof) -> None:
    cell = mended.matrix.cells[route, way]

    assert cell.trials
    assert cell.verdict == "pass", cell.worst


def test_nothing_is_found_when_all_is_mended(mended: Proof) -> None:
    assert mended.matrix.counts() | {"pass": 0} == dict.fromkeys(mended.matrix.counts(), 0), list(mended.reasons())
    assert not mended.matrix.touched
    assert not mended.matrix.gaps
    assert mended.record is not None
    assert mended.record.findings == ()


def test_record_audit_tells_of_a_scan_when_its_answers_are_right(leaky: Proof) -> None:
    cells = [leaky.matrix.cells["GET /search", way].verdict for way in ("id in query", "tenant in query")]

    assert cells == ["pass", "pass"]
    assert leaky.record is not None
    assert any(one.what == "reads a table whole" and one.call.operation == "Scan" for one in leaky.record.findings)


def test_victims_items_are_told_when_they_were_changed(leaky: Proof) -> None:
    assert any("has changed" in one for one in leaky.matrix.touched)
    assert any("is new" in one for one in leaky.matrix.touched)


def test_verdict_is_invalid_when_there_is_a_leak_and_unknown_when_roles_were_not_read(
    leaky: Proof, mended: Proof
) -> None:
    assert (leaky.validity, leaky.exit_code) == ("INVALID", 1)
    assert (mended.validity, mended.exit_code) == ("UNKNOWN", 2)
    assert list(mended.reasons()) == ["roles: no policy of a role was seen"]
