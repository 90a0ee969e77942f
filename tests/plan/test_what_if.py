"""Changes reach what they name, and nothing else; what can't be changed says what can."""

from pathlib import Path

import pytest

from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.shape import Throughput
from harness.errors import SettingInvalid
from harness.plan.what_if import changed, notes_of, read_changes
from tests.plan.designs import design


def test_changes_reach_tables_indexes_keys_functions_and_quotas(tmp_path: Path) -> None:
    told = changed(
        design(tmp_path),
        read_changes(
            "shards=10, Payments.ByUser.write=500, user.draw=zipf:1.3, user.count=7, pay.duration_ms=90,"
            "quotas.lambda_concurrency=3000, Wallets.consistent=false, Wallets.warm=write:9000"
        ),
    )

    assert told.tables["Wallets"].shards == 10
    assert told.tables["Wallets"].shape.warm == Throughput(0.0, 9000.0)
    index = told.tables["Payments"].shape.index("ByUser")
    assert index is not None
    assert index.provisioned == Throughput(12_000, 500)
    assert told.keys["user"].draw.told == "zipf:1.3"
    assert told.keys["user"].count == 7
    assert told.requests[0].functions[0].duration_ms == 90
    assert told.quotas.lambda_concurrency == 3000
    assert not told.requests[0].steps[0].operations[0].consistent


def test_provisioning_one_side_makes_table_and_indexes_provisioned(tmp_path: Path) -> None:
    shape = changed(design(tmp_path), read_changes("Payments.write=5000")).tables["Payments"].shape

    assert shape.billing == "PROVISIONED"
    assert shape.provisioned == Throughput(12_000, 5000)
    assert shape.indexes[0].provisioned == Throughput(12_000, 4000)


def test_auto_scaling_begins_at_its_minimum_and_ends_with_provisioning(tmp_path: Path) -> None:
    table = changed(design(tmp_path), read_changes("Payments.write.scaling=100:5000:0.6")).tables["Payments"]
    back = changed(design(tmp_path), read_changes("Payments.write.scaling=100:5000,Payments.billing=PAY_PER_REQUEST"))

    assert table.scaling == {("", "write"): ScalingRule(100, 5000, 0.6)}
    assert table.shape.provisioned == Throughput(12_000, 100)
    assert back.tables["Payments"].scaling == {}
    assert back.tables["Payments"].shape.provisioned is None


def test_sharding_says_what_it_costs(tmp_path: Path) -> None:
    told = changed(design(tmp_path), read_changes("Wallets.shards=4"))

    assert "each read of a key asks all of them" in notes_of(told)[0]
    assert notes_of(design(tmp_path)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("shards", "expected NAME=VALUE"),
        ("Walets.shards=3", r"'Walets' can't be changed \(did you mean Wallets\?\)"),
        ("Wallets.shard=3", r"did you mean shards\?"),
        ("Wallets.shards=2.5", "expected a whole number"),
        ("Wallets.write=-1", "expected a number above 0"),
        ("Wallets.billing=ON_DEMAND", "expected PROVISIONED or PAY_PER_REQUEST"),
        ("Wallets.write.scaling=9", "expected MIN:MAX"),
        ("Wallets.write.scaling=9:2", "expected MIN up to MAX"),
        ("Wallets.warm=both:9", "read:NUMBER or write:NUMBER"),
        ("Wallets.consistent=maybe", "expected true or false"),
        ("quotas.lambda=3", r"did you mean lambda_concurrency\?|can't be changed"),
        ("user.size=3", "can't be changed"),
    ],
)
def test_what_can_not_be_changed_says_what_can(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingInvalid, match=words):
        changed(design(tmp_path), read_changes(text))
