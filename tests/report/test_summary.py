"""The table of a run's verdicts: one line an invariant, in the order of their numbers."""

from harness.report import Tally


def test_invariants_are_told_by_number_when_some_have_two_digits() -> None:
    tally = Tally()
    tally.add(
        "a.py::test_a", {"verdicts": [["INV-10", "b", "VALID"], ["INV-9", "a", "INVALID"], ["INV-1", "c", "VALID"]]}
    )

    assert [line.split()[0] for line in tally.lines()] == ["INV-1", "INV-9", "INV-10"]
