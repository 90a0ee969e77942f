"""Capacity documents are read strictly: what can't be meant is refused in words."""

from pathlib import Path
from typing import Any

import pytest

from harness.capacity.shape import Throughput
from harness.edge.capacity import CapacityInvalid, load_options, options_of


def test_an_empty_document_enforces_what_tables_say_when_nothing_else_is_set() -> None:
    options = options_of({})

    assert (options.mode, options.parameters.scale, options.of("any").enforce) == ("enforce", 1.0, True)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "the capacity document is [], expected an object"),
        ({"scal": 1}, "has no field 'scal' (did you mean scale?)"),
        ({"scale": 0}, "scale is 0, expected"),
        ({"scale": "0.1"}, "scale is '0.1', expected a number"),
        ({"enforce": "yes"}, "enforce is 'yes', expected true or false"),
        ({"units": "mine"}, "units is 'mine', expected engine"),
        ({"parameters": {"burst": 3}}, "has no field 'burst' (did you mean burst_s?)"),
        ({"parameters": {"burst_s": -1}}, "burst_s is -1, expected at least 0"),
        ({"parameters": {"partition_bytes": 1.5}}, "partition_bytes is 1.5, expected a whole number"),
        ({"parameters": {"shared_partition_cap": 1}}, "shared_partition_cap is 1, expected true or false"),
        ({"tenant": {}}, "tenant is {}, expected"),
        ({"tables": {"W": {"billing": "ON_DEMAND"}}}, "tables.W.billing is 'ON_DEMAND', expected PROVISIONED or"),
        ({"tables": {"W": {"provisioned": {"read": 5}}}}, "tables.W.provisioned does not say both sides"),
        ({"tables": {"W": {"provisioned": {"reads": 5}}}}, "has no field 'reads' (did you mean read?)"),
        ({"tables": {"W": {"auto_scaling": {"read": {"min": 9, "max": 5}}}}}, "tables.W.auto_scaling.read is"),
        ({"tables": {"W": {"auto_scaling": {"both": {}}}}}, "has no field 'both'"),
        ({"tables": {"W": {"indexes": {"i": {"billing": "PROVISIONED"}}}}}, "tables.W.indexes.i has no field"),
        ({"tables": {"": {}}}, "an entry without a name"),
    ],
)
def test_a_document_is_refused_in_words_when_it_makes_no_sense(document: Any, words: str) -> None:
    with pytest.raises(CapacityInvalid) as refused:
        options_of(document)

    assert words in refused.value.headline


def test_later_entries_override_earlier_ones_when_both_mean_a_table() -> None:
    document = {
        "scale": 0.5,
        "parameters": {"burst_s": 10},
        "tables": {
            "*": {"enforce": False, "provisioned": {"read": 1, "write": 1}, "parameters": {"split_heat": 0.5}},
            "Wallets": {"enforce": True, "scale": 0.1},
        },
    }
    options = options_of(document)

    wallets, other = options.of("payments-Wallets"), options.of("payments-Ledger")

    assert (wallets.enforce, wallets.provisioned) == (True, Throughput(1.0, 1.0))
    assert (other.enforce, options.parameters_of(other).scale) == (False, 0.5)
    parameters = options.parameters_of(wallets)
    assert (parameters.scale, parameters.burst_s, parameters.split_heat) == (0.1, 10.0, 0.5)
    assert options.mode == "enforce"


def test_a_file_is_read_when_it_is_yaml(tmp_path: Path) -> None:
    file = tmp_path / "capacity.yaml"
    file.write_text("enforce: false\ntables:\n  Wallets: {maximum: {write: 10}}\n")

    options = load_options(file)

    assert options.mode == "count"
    assert options.of("Wallets").maximum == Throughput(float("inf"), 10.0)


@pytest.mark.parametrize(("text", "words"), [("scale: [", "is no YAML"), ("scal: 1", "did you mean scale?")])
def test_a_file_is_named_when_it_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "capacity.yaml"
    file.write_text(text)

    with pytest.raises(CapacityInvalid) as refused:
        load_options(file)

    assert str(file) in refused.value.headline
    assert words in refused.value.headline


def test_a_file_is_named_when_it_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CapacityInvalid, match="can't be read"):
        load_options(tmp_path / "none.yaml")
