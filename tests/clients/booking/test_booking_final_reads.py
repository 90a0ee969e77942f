"""The final reads: all of a tenant, by every key and index, stale entries included, once nothing is under way."""

from collections.abc import Iterator, Mapping
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from harness.checkers.booking import indexes_agree_with_tables
from harness.clients.booking import items as read
from harness.clients.booking.final_reads import Touched
from harness.clients.booking.tables import NAMES, Places, Tables
from harness.history import FinalReads, History, ItemRecord, Operation

PK = "TENANT#t-1"
OWN = f"{PK}#PROVIDER#prv-1"
BOOKING = {
    "PK": OWN,
    "SK": "BOOKING#2026-11-23#09:00#t-1-abc",
    "GSI1PK": f"{PK}#DATE#2026-11-23",
    "GSI1SK": "BOOKING#09:00#t-1-abc",
    "GSI2PK": "BOOKING#t-1-abc",
    "tenantId": "t-1",
    "providerId": "prv-1",
    "bookingId": "t-1-abc",
    "datetime": "2026-11-23T12:00:00Z",
    "endsAt": "2026-11-23T12:30:00Z",
    "timezone": "America/Santiago",
    "status": "CONFIRMED",
    "rulesVersion": 3,
    "version": 1,
}
PROVIDER = {"PK": PK, "SK": "PROVIDER#prv-1", "tenantId": "t-1", "providerId": "prv-1", "serviceIds": []}


class FakeTables:
    """Answers queries from items; `stale` are entries of indexes whose items are elsewhere by now."""

    def __init__(
        self, items: Mapping[str, list[Mapping[str, Any]]], stale: Mapping[str, list[Mapping[str, Any]]]
    ) -> None:
        self.items = items
        self.stale = stale
        self.asked: list[Mapping[str, Any]] = []

    def get_paginator(self, operation: str) -> "FakeTables":
        assert operation == "query"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(asked)
        key, value = asked["ExpressionAttributeNames"]["#key"], asked["ExpressionAttributeValues"][":value"]["S"]
        held = [*self.items.get(asked["TableName"], [])]
        held += self.stale.get(asked["TableName"], []) if "IndexName" in asked else []
        found = [item for item in held if item.get(key) == value]
        for item in found:  # a page each
            yield {"Items": [{name: TypeSerializer().serialize(one) for name, one in item.items()}]}


def tables(items: Mapping[str, list[Mapping[str, Any]]], stale: Mapping[str, list[Mapping[str, Any]]]) -> Tables:
    return Tables(FakeTables(items, stale), {name: name for name in NAMES})


def places_of(found: tuple[ItemRecord, ...]) -> list[tuple[str, str]]:
    return [(one.table, one.place) for one in found]


def test_items_are_found_by_every_way_that_leads_to_them() -> None:
    claim = {"PK": OWN, "SK": "CLAIM#2026-11-23T12:00", "tenantId": "t-1", "bookingId": "t-1-abc"}
    request = {"PK": f"{PK}#REQUEST#abc", "SK": "REQUEST", "tenantId": "t-1", "bookingId": "t-1-abc"}
    categories: list[Mapping[str, Any]] = [
        {"tenantId": "t-1", "categoryId": "hair"},
        {"tenantId": "t-2", "categoryId": "hair"},
    ]
    known = tables({"Providers": [PROVIDER], "Bookings": [BOOKING, claim, request], "Categories": categories}, {})

    found = known.items({"t-1"}, Places())

    assert sorted(places_of(found)) == [
        ("Bookings", "GSI1"),
        ("Bookings", "GSI2"),
        *[("Bookings", "table")] * 3,
        ("Categories", "table"),
        ("Providers", "table"),
    ]


def test_numbers_are_json_s_and_hashes_are_left_out() -> None:
    key = {"PK": PK, "SK": "APIKEY#k-1", "tenantId": "t-1", "apiKeyHash": "$2b$…", "version": 2}

    (found,) = tables({"ApiKeys": [key]}, {}).items({"t-1"}, Places())

    assert (found.item["version"], type(found.item["version"]), "apiKeyHash" in found.item) == (2, int, False)


def test_entry_that_was_left_behind_is_found_where_an_answer_had_told_of_it() -> None:
    old = {**BOOKING, "SK": "BOOKING#2026-11-25#09:00#t-1-abc", "GSI1PK": f"{PK}#DATE#2026-11-25"}
    known = tables({"Providers": [PROVIDER], "Bookings": [BOOKING]}, {"Bookings": [old]})
    asked = Operation(0, 0, "book", "t-1-abc", 0.0, {"tenantId": "t-1", "datetime": "2026-11-25T12:00:00Z"})

    found = known.items({"t-1"}, Touched.by([asked]).places)

    history = History((asked,), FinalReads(items=found))
    assert "has no such item in its table" in str(indexes_agree_with_tables(history).counterexample)


def test_touched_is_all_that_requests_and_answers_name() -> None:
    operations = [
        Operation(0, 0, "sign_up", "t-1", 0.0, {}, result={"tenantId": "t-1"}),
        Operation(1, 0, "book", "", 0.0, {"tenantId": "t-1", "providerId": "prv-9", "datetime": "soon"}),
        Operation(
            2, 0, "list", "", 0.0, {"tenantId": "t-1"}, result={"items": [{"bookingId": "b-7", "serviceId": "s-1"}]}
        ),
    ]

    touched = Touched.by(operations)

    assert (touched.tenant_ids, touched.booking_ids) == ({"t-1"}, {"b-7"})
    assert touched.places.of("Bookings", "GSI2") == ["BOOKING#b-7"]
    assert touched.places.of("Providers", "GSI1") == [f"{PK}#SERVICE#s-1"]
    assert touched.places.of("Bookings", "GSI1") == []


def test_items_become_records() -> None:
    rule = {"PK": OWN, "tenantId": "t-1", "ruleId": "r-1", "dayOfWeek": "MON"}
    closure = {"PK": OWN, "SK": "EXCEPTION#2026-11-23#002", "tenantId": "t-1", "date": "2026-11-23", "status": "ACTIVE"}
    hours = {"timeRanges": [{"start": "09:00", "end": "24:00"}]}

    booking = read.booking_of(BOOKING)

    assert (booking.is_live, booking.rules_version, booking.deposit_status) == (True, 3, "NONE")
    assert read.rule_of({**rule, **hours}).ranges == ("09:00-24:00",)
    assert read.rule_of(rule).provider_id == "prv-1"
    assert read.closure_of({**closure, "keptBookings": ["b-1"]}).kept == ("b-1",)
    assert read.closure_of({**closure, **hours}).exception_id == "2026-11-23-002"
    assert read.request_of({"PK": f"{PK}#REQUEST#abc", "tenantId": "t-1", "bookingId": "b"}).request_id == "abc"
    assert read.claim_of({"PK": OWN, "SK": "CLAIM#x", "tenantId": "t-1", "bookingId": "b", "ttl": 9}).expires_at_s == 9
