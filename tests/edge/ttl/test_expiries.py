"""What is kept of a table's expiries is what a plain dictionary would keep, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from harness.edge.call import Namespace
from harness.edge.changes import Change
from harness.edge.journal.keys import identity
from harness.edge.ttl.expiries import Expiries, Expiry, expiry_of, key_text
from harness.edge.ttl.watched import WatchedTable

KEYS = st.sampled_from([f"ID=i-{number}" for number in range(12)])
STEPS = st.lists(st.tuples(KEYS, st.none() | st.integers(0, 100)), max_size=200)


def expiry(key: str, at_s: float) -> Expiry:
    return Expiry(at_s, str(at_s), {"ID": {"S": key.removeprefix("ID=")}})


@given(STEPS, st.integers(0, 100), st.integers(1, 5))
def test_due_items_are_those_of_a_dictionary_when_items_come_and_go(
    steps: list[tuple[str, int | None]], before_s: int, limit: int
) -> None:
    kept, model = Expiries(), {}
    for key, at_s in steps:
        kept.note(key, None if at_s is None else expiry(key, at_s))
        model[key] = at_s
    due = sorted(at_s for at_s in model.values() if at_s is not None and at_s < before_s)
    taken: list[float] = []
    while batch := kept.take(before_s, limit):
        assert len(batch) <= limit
        taken += [one.at_s for one in batch]

    assert taken == due
    assert len(kept) == sum(at_s is not None for at_s in model.values()) - len(due)


@given(STEPS, st.integers(2, 8))
def test_no_item_before_the_horizon_is_missing_when_there_are_more_than_are_kept(
    steps: list[tuple[str, int | None]], kept_max: int
) -> None:
    kept, model = Expiries(kept_max), {}
    for key, at_s in steps:
        kept.note(key, None if at_s is None else expiry(key, at_s))
        model[key] = at_s
        assert len(kept) <= kept_max

    before = {key for key, at_s in model.items() if at_s is not None and at_s < kept.horizon_s}
    assert {key for key in before if key not in kept} == set()


def test_memory_stays_bounded_when_one_item_is_renewed_again_and_again() -> None:
    kept = Expiries()
    for at_s in range(10_000):
        kept.note("ID=a", expiry("ID=a", at_s))

    assert len(kept) == 1
    assert len(kept._heap) < 100


def test_progress_is_made_when_more_items_than_are_kept_expire_at_once() -> None:
    kept = Expiries(10)
    for number in range(50):
        kept.note(f"ID={number}", expiry(f"ID={number}", 5.0))

    assert len(kept.take(6.0, 100)) >= 5
    assert kept.horizon_s == 5.0


def test_newer_expiry_stays_when_an_older_one_is_put_back() -> None:
    kept = Expiries()
    kept.note(identity({"ID": {"S": "a"}}), expiry("ID=a", 9.0))
    kept.put_back(expiry("ID=a", 5.0))

    assert kept.next_at_s() == 9.0


def test_key_is_canonical_text_when_it_has_two_attributes() -> None:
    assert key_text({"PK": {"S": "a"}, "SK": {"N": "7"}}) == "PK=a,SK=7"


def test_numbers_text_is_kept_when_an_item_expires() -> None:
    found = expiry_of({"ID": {"S": "a"}, "x": {"N": "1700000000.50"}}, "x", {"ID": {"S": "a"}}, 1.7e9)

    assert found == Expiry(1700000000.5, "1700000000.50", {"ID": {"S": "a"}})


def test_both_items_expire_when_their_keys_have_one_text() -> None:
    table = WatchedTable(Namespace("000000000000", "us-east-1"), "Sessions")
    table.learn("ExpiresAt")
    ends = {"ExpiresAt": {"N": "50"}}
    for key in ({"PK": {"S": "a,SK=b"}, "SK": {"S": "c"}}, {"PK": {"S": "a"}, "SK": {"S": "b,SK=c"}}):
        table.heed(Change(key, None, key | ends), 10.0)

    assert len(table.expiries.take(100.0, 10, lambda text: text == "PK=a,SK=b,SK=c")) == 2
