"""Values out of PostgreSQL's text form into fields, without a server."""

from typing import Any

import pytest

from harness.targets.rds_data.fields import Options, formatted, records
from harness.targets.rds_data.refused import Refused
from harness.targets.rds_data.types import TYPES

BY_NAME = {type_.name: type_ for oid, type_ in TYPES.items() if oid != 705}


def field(name: str, text: bytes, options: Options | None = None) -> dict[str, Any]:
    (((one,)),) = records([(text,)], [BY_NAME[name]], options or Options())
    return one


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("bool", b"f", {"booleanValue": False}),
        ("int8", b"-9223372036854775808", {"longValue": -(2**63)}),
        ("float8", b"1e-05", {"doubleValue": 1e-05}),
        ("numeric", b"NaN", {"stringValue": "NaN"}),
        ("bytea", b"\\x", {"blobValue": ""}),
        ("time", b"10:00:00", {"stringValue": "10:00:00"}),
        ("time", b"10:00:00.5", {"stringValue": "10:00:00.500"}),
        ("timestamp", b"2026-01-02 03:04:05.00012", {"stringValue": "2026-01-02 03:04:05.000120"}),
        ("timestamp", b"infinity", {"stringValue": "infinity"}),
        ("timestamptz", b"2026-01-02 03:04:05.25+00", {"stringValue": "2026-01-02 03:04:05.250"}),
        ("timestamptz", b"2026-01-02 00:30:00+05:30", {"stringValue": "2026-01-01 19:00:00"}),
        ("timestamptz", b"0044-03-15 12:00:00+00 BC", {"stringValue": "0044-03-15 12:00:00+00 BC"}),
        ("_text", b'{"a,\\"b",NULL,"NULL",\xc3\xa9}', {"arrayValue": {"stringValues": ['a,"b', None, "NULL", "é"]}}),
        ("_int4", b"[0:1]={1,2}", {"arrayValue": {"longValues": [1, 2]}}),
        ("_int4", b"{}", {"arrayValue": {"longValues": []}}),
        ("_timestamp", b'{"2026-01-02 03:04:05.1"}', {"arrayValue": {"stringValues": ["2026-01-02 03:04:05.100"]}}),
    ],
)
def test_value_is_carried_by_the_field_of_its_type(name: str, text: bytes, expected: dict[str, Any]) -> None:
    assert field(name, text) == expected


def test_decimals_become_numbers_when_asked_for() -> None:
    numbers = Options(decimals_as_numbers=True)

    assert field("numeric", b"-12", numbers) == {"longValue": -12}
    assert field("numeric", b"9223372036854775808", numbers) == {"doubleValue": 9223372036854775808.0}
    assert field("numeric", b"12.0", numbers) == {"doubleValue": 12.0}
    assert field("_numeric", b"{1,NULL,2.5}", numbers) == {"arrayValue": {"doubleValues": [1.0, None, 2.5]}}


@pytest.mark.parametrize(("name", "text"), [("float8", b"NaN"), ("float4", b"-Infinity"), ("_float8", b"{1,Infinity}")])
def test_what_json_has_no_number_for_is_refused(name: str, text: bytes) -> None:
    for write in (records, lambda rows, types, options: formatted(rows, ["a"], types, options)):
        with pytest.raises(Refused, match="NaN and Infinity values are not supported"):
            write([(text,)], [BY_NAME[name]], Options())


@pytest.mark.parametrize("given", [[], {"longReturnType": "TEXT"}, {"decimalReturnType": "LONG"}])
def test_unknown_result_options_are_refused(given: object) -> None:
    with pytest.raises(Refused):
        Options.of(given)
