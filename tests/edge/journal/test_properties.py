"""For every history: the journal gives back every moment of it, and a crash costs its end at most."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.edge.journal import verify
from tests.edge.journal.histories import TABLES, happen, held, histories, instants, told_in, whole


@given(history=histories, at_s=instants)
@settings(max_examples=150, deadline=None)
def test_every_moment_comes_back_when_a_history_is_read_up_to_it(history: list[Any], at_s: float) -> None:
    told = told_in()
    happen(told, history)

    for table in TABLES:
        assert told.held(table, told.journal.at(at_s)) == told.expected(table, at_s)


@given(history=histories, segment_bytes=st.integers(200, 3000))
@settings(max_examples=40, deadline=None)
def test_the_present_is_kept_when_the_past_is_folded(history: list[Any], segment_bytes: int) -> None:
    told = told_in(bytes_max=segment_bytes * 2, segments=2)
    happen(told, history)

    for table in TABLES:
        assert told.held(table, told.journal.here()) == told.now.get(table, {})


@given(history=histories, at_s=instants, segment_bytes=st.integers(200, 3000))
@settings(max_examples=40, deadline=None)
def test_nothing_changes_when_the_journal_is_opened_again(history: list[Any], at_s: float, segment_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first = told_in(Path(folder), bytes_max=segment_bytes * 4, segments=2)
        happen(first, history)
        second = told_in(Path(folder))
        second.clock.advance(first.clock.ahead_s)

        for table in TABLES:
            known = first.journal.table(first.journal.tables()[0].namespace, table) if first.journal.tables() else None
            assert held(second.journal, table, second.journal.here()) == first.now.get(table, {})
            if known is not None and at_s >= (first.journal.restorable_from_s(known) or 0):
                assert held(second.journal, table, first.journal.at(at_s)) == first.expected(table, at_s)


@given(history=histories, keep=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_prefix_is_left_when_the_file_ends_anywhere(history: list[Any], keep: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = told_in(Path(folder))
        happen(told, history)
        for path in Path(folder).glob("segment-*.jsonl"):
            size = path.stat().st_size
            path.write_bytes(path.read_bytes()[: int(size * keep)])

        again = told_in(Path(folder))
        left = whole({table: held(again.journal, table, again.journal.here()) for table in TABLES})
        assert left in [{}, *(whole(state) for _, state in told.past)]
        again.write("Wallets", ("z", 1))
        assert held(again.journal, "Wallets", again.journal.here())["z"]["Amount"] == {"N": "1"}
        verdict = verify(Path(folder))
        assert verdict.whole or again.journal.damage is not None


@given(history=histories, position=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_damage_is_told_when_any_byte_is_another(history: list[Any], position: float, byte: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = told_in(Path(folder))
        happen(told, history)
        told.write("Wallets", ("a", 1))
        (path,) = Path(folder).glob("segment-*.jsonl")
        content = bytearray(path.read_bytes())
        at = int(len(content) * position)
        changed = content[at] != byte
        content[at] = byte
        path.write_bytes(bytes(content))

        again = told_in(Path(folder))

        assert (again.journal.damage is not None) == changed
        left = whole({table: held(again.journal, table, again.journal.here()) for table in TABLES})
        assert left in [{}, *(whole(state) for _, state in told.past)]
