"""Parameters as they are sent: type and text, and what AWS would not take."""

import base64
from typing import Any

import pytest

from harness.targets.rds_data.parameters import Bound, bound
from harness.targets.rds_data.refused import Refused


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        ({"stringValue": "x"}, None, Bound(25, b"x")),
        ({"longValue": -(2**63)}, None, Bound(20, b"-9223372036854775808")),
        ({"doubleValue": 0.1}, None, Bound(701, b"0.1")),
        ({"doubleValue": 3}, None, Bound(701, b"3.0")),
        ({"booleanValue": False}, None, Bound(16, b"f")),
        ({"blobValue": base64.b64encode(b"\x00a").decode()}, None, Bound(17, b"\\x0061")),
        ({"isNull": True}, None, Bound(0, None)),
        ({"isNull": True}, "UUID", Bound(2950, None)),
        ({"stringValue": "2024-02-29"}, "DATE", Bound(1082, b"2024-02-29")),
        ({"stringValue": "23:59:59.123"}, "TIME", Bound(1083, b"23:59:59.123")),
        ({"stringValue": "2024-02-29 00:00:00"}, "TIMESTAMP", Bound(1114, b"2024-02-29 00:00:00")),
        ({"stringValue": "-1.5e10"}, "DECIMAL", Bound(1700, b"-1.5e10")),
        ({"stringValue": "[1]"}, "JSON", Bound(114, b"[1]")),
    ],
)
def test_value_is_sent_as_its_type(value: dict[str, Any], hint: str | None, expected: Bound) -> None:
    assert bound("p", value, hint) == expected


@pytest.mark.parametrize(
    ("value", "hint", "told"),
    [
        ({}, None, "exactly one value"),
        ({"longValue": 1, "isNull": True}, None, "exactly one value"),
        ({"arrayValue": {"longValues": [1]}}, None, "Array parameters are not supported."),
        ({"longValue": 2**63}, None, "no long"),
        ({"longValue": True}, None, "no longValue"),
        ({"doubleValue": "1"}, None, "no doubleValue"),
        ({"otherValue": 1}, None, "unknown kind"),
        ({"stringValue": "1"}, "INTEGER", "unknown type hint INTEGER"),
        ({"stringValue": "2023-02-29"}, "DATE", "Date must be YYYY-MM-DD: parameter p"),
        ({"stringValue": "2023-02-28T00:00:00Z"}, "TIMESTAMP", "Timestamp must be"),
        ({"stringValue": "25:00:00"}, "TIME", "Time must be"),
        ({"stringValue": "1,5"}, "DECIMAL", "Not a decimal number"),
        ({"stringValue": "..."}, "DECIMAL", "Not a decimal number"),
        ({"stringValue": "{"}, "JSON", "Not a JSON document"),
        ({"stringValue": "nonsense"}, "UUID", "Not a UUID"),
        ({"stringValue": "\ud800"}, None, "surrogate"),
    ],
)
def test_value_is_refused_when_it_makes_no_sense(value: dict[str, Any], hint: str | None, told: str) -> None:
    with pytest.raises(Refused, match=told) as caught:
        bound("p", value, hint)

    assert caught.value.code == "BadRequestException"


def test_blob_is_refused_when_it_is_no_base64() -> None:
    with pytest.raises(Refused) as caught:
        bound("p", {"blobValue": "*"}, None)

    assert caught.value.code == "SerializationException"


def test_nul_is_refused_in_the_words_of_postgresql() -> None:
    with pytest.raises(Refused, match=r"^ERROR: invalid byte sequence.*SQLState: 22021$") as caught:
        bound("p", {"stringValue": "a\0b"}, None)

    assert caught.value.code == "DatabaseErrorException"
