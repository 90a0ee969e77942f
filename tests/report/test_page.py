"""The page holds what the run had, nothing that must not be read, and nothing from outside."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli.app import application
from harness.errors import SettingInvalid
from harness.history import History, Operation
from harness.report.kept import RunRecord, TestRecord
from harness.report.model import compare, read_run
from harness.report.page import write_comparison, write_page
from harness.report.run_folder import RunFolder
from tests.report.runs import BAD, GOOD, STARTED, bad_run, compensated, evidence, good_run, old_run, paid

CARD, KEY = "4242424242424242", "key-of-the-customer"
OUTSIDE = re.compile(r"""\b(?:src|href|action)\s*=\s*(?!["'](?:#|data:))|@import|url\((?!#)""")


def test_page_tells_everything_when_a_run_failed(tmp_path: Path) -> None:
    page = write_page(bad_run(tmp_path / "run")).read_text()

    for told in (
        "1 of 3 tests failed",
        "payment pay-1 was charged 2 times, expected once",
        "the gateway keeps 65.00 USD, expected 25.00 USD",
        "AssertionError: &lt;b&gt;no",
        f"pytest &#34;{BAD}&#34; --rehearsal-seed 42",
        "A customer pays &amp; is happy.",
        "fired 1 time",
        "never seen: Refused",
        "2 attempts, failed with States.Timeout, Declined",
    ):
        assert told in page, told
    assert page.index(BAD) < page.index(GOOD)
    assert page.count('<details class="scenario bad"') == 1
    assert re.search(r'<details class="scenario bad"[^>]* open>', page)
    assert not re.search(r'<details class="scenario good"[^>]* open>', page)


@pytest.mark.parametrize("make", [good_run, bad_run, old_run])
def test_page_asks_for_nothing_from_outside(tmp_path: Path, make: object) -> None:
    page = write_page(make(tmp_path / "run")).read_text()  # type: ignore[operator]

    assert OUTSIDE.findall(page) == []
    assert "default-src 'none'" in page


def test_page_holds_no_secret_when_the_tests_spilled_them(tmp_path: Path) -> None:
    path = tmp_path / "run"
    folder = RunFolder(path, [KEY])
    spilled = Operation(0, 0, "pay", "pay-1", 0.0, {"card": CARD}, 1.0, "fail", 400, {"echo": CARD}, CARD)
    folder.keep_history(GOOD, History((spilled,), name=GOOD))
    folder.keep_outcome(TestRecord(GOOD, "failed", 1.0, CARD, {"card": CARD, "key": KEY}, f"E   {CARD} and {KEY}"))

    page = write_page(path).read_text()

    assert CARD not in page
    assert KEY not in page
    assert "[card number] and [api key]" in page
    assert CARD not in (path / "tests.jsonl").read_text()


def test_page_stays_small_when_a_run_is_huge(tmp_path: Path) -> None:
    path = good_run(tmp_path / "run")
    folder = RunFolder(path)
    for number in range(700):
        name = f"scenarios/test_many.py::test_it[{number}]"
        folder.keep_outcome(TestRecord(name, "passed", 1.0, "A story."))
        if number < 400:
            folder.keep_evidence(evidence(name, compensated("pay-1"), paid("pay-2")))

    page = write_page(path).read_text()

    assert len(page) < 3_000_000
    assert "101 scenarios more are not on this page" in page


def test_old_page_stays_when_the_new_one_can_not_be_made(tmp_path: Path) -> None:
    page = write_page(good_run(tmp_path / "run"))
    for name in ("tests.jsonl", *(str(one.relative_to(page.parent)) for one in page.parent.glob("*/*"))):
        (page.parent / name).unlink()

    answer = CliRunner().invoke(application, ["report", str(page.parent)])

    assert answer.exit_code == 1  # the error itself, which `main` puts into words
    assert "holds no test" in str(answer.exception)
    assert page.exists()


def test_comparison_tells_both_runs(tmp_path: Path) -> None:
    before, after = read_run(good_run(tmp_path / "a")), read_run(bad_run(tmp_path / "b"))

    path = write_comparison(compare(before, after))

    assert path == tmp_path / "b" / "compared-with-a.html"
    page = path.read_text()
    assert "worse: 1 newly failing" in page
    assert OUTSIDE.findall(page) == []


def test_command_writes_the_latest_run_s_page_when_none_is_named(tmp_path: Path) -> None:
    good_run(tmp_path / "20260102-080000")

    answer = CliRunner().invoke(application, ["report", "--artifacts", str(tmp_path), "--json"])

    assert answer.exit_code == 0
    assert '"good": true' in answer.stdout
    assert (tmp_path / "20260102-080000" / "report.html").exists()


@pytest.mark.parametrize(("order", "code"), [(("a", "b"), 1), (("b", "a"), 0)])
def test_command_ends_with_1_when_the_later_run_is_worse(tmp_path: Path, order: tuple[str, str], code: int) -> None:
    good_run(tmp_path / "a")
    bad_run(tmp_path / "b")

    answer = CliRunner().invoke(
        application, ["report", *order, "--artifacts", str(tmp_path), "--output", str(tmp_path / "page.html")]
    )

    assert answer.exit_code == code
    assert (tmp_path / "page.html").exists()


def test_times_are_the_run_s_own_when_a_page_is_made_later(tmp_path: Path) -> None:
    assert STARTED[:10] in write_page(good_run(tmp_path / "run")).read_text()


def test_page_is_refused_in_own_words_when_it_cannot_be_written(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()

    with pytest.raises(SettingInvalid, match=r"page .*taken can't be written: Is a directory"):
        write_page(good_run(tmp_path / "run"), taken)
    assert not (tmp_path / ".taken.part").exists()


def test_page_tells_what_could_not_run_and_which_images_did(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.keep_run(RunRecord(42, STARTED, target="docker", images={"edge": "edge:1 (id sha256:5de7124da245)"}))
    folder.keep_outcome(TestRecord(GOOD, "passed"))
    folder.keep_outcome(TestRecord(BAD, "skipped", failure="docker: no killing", lacking="no <killing>"))

    page = write_page(tmp_path / "run").read_text()

    assert "1 test passed, 1 could not run on docker" in page
    assert "<b>1</b> test: no &lt;killing&gt;" in page
    assert "edge: <code>edge:1 (id sha256:5de7124da245)</code>" in page
    assert read_run(tmp_path / "run").is_good


def test_run_is_not_good_when_nothing_of_it_could_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.keep_run(RunRecord(42, STARTED, target="docker"))
    folder.keep_outcome(TestRecord(BAD, "skipped", lacking="no killing"))

    assert not read_run(tmp_path / "run").is_good
    assert "0 tests passed, 1 could not run on docker" in write_page(tmp_path / "run").read_text()
