"""Services and categories: made once, found by name, changed, listed by pages, deleted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from booking.adapters.rows import Rows
from booking.domain.catalog import normalized_name
from botocore.exceptions import ReadTimeoutError

from tests.systems.booking.world import HAIRCUT, NAMES, Tenant, World, world

SERVICE = "GET /services/{serviceId}"
CHANGE = "PATCH /services/{serviceId}"
DELETE = "DELETE /services/{serviceId}"


class LosesOneAnswer:
    """DynamoDB's client; the first transaction is made, and its answer lost."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._losses = [ReadTimeoutError(endpoint_url="https://dynamodb.test")]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        answer = self._client.transact_write_items(**request)
        if self._losses:
            raise self._losses.pop()
        return answer


@pytest.fixture(scope="module", name="town")
def _town() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture(name="salon")
def _salon(town: World) -> Tenant:
    return town.tenant()


def test_service_is_read_as_it_was_made_when_asked_for(salon: Tenant) -> None:
    made = salon.made("POST /services", HAIRCUT | {"deposit": "5", "description": "Con lavado\ny peinado"})

    assert salon.call(SERVICE, {"serviceId": made["serviceId"]}).document == made
    assert made["deposit"] == "5.00"
    assert made["price"] == "25.00"


@pytest.mark.parametrize(
    ("price", "currency", "shown"), [("0", "USD", "0.00"), ("1500", "CLP", "1500"), ("1.005", "KWD", "1.005")]
)
def test_price_is_shown_in_its_currency_when_it_has_other_decimals(
    salon: Tenant, price: str, currency: str, shown: str
) -> None:
    made = salon.made("POST /services", HAIRCUT | {"price": price, "currency": currency})

    assert made["price"] == shown


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": " "}, {"name": "malformed"}),
        ({"name": "a\n"}, {"name": "malformed"}),
        ({"name": "ﷺ" * 100}, {"name": "too_long"}),
        ({"durationMinutes": 7}, {"durationMinutes": "out_of_range"}),
        ({"durationMinutes": 245}, {"durationMinutes": "out_of_range"}),
        ({"durationMinutes": "30"}, {"durationMinutes": "wrong_type"}),
        ({"price": 25}, {"price": "wrong_type"}),
        ({"price": "-1"}, {"price": "malformed"}),
        ({"price": "1.001"}, {"price": "too_many_decimals"}),
        ({"currency": "XXX"}, {"currency": "unknown_currency"}),
        ({"deposit": "26"}, {"deposit": "too_large"}),
        ({"tenantId": "tnt_other"}, {"tenantId": "unknown_field"}),
        ({"a b": 1}, {"(unprintable)": "unknown_field"}),
    ],
)
def test_service_is_refused_when_a_field_is_no_good(salon: Tenant, change: dict[str, object], fields: object) -> None:
    answer = salon.call("POST /services", body=HAIRCUT | change)

    assert (answer.status, answer.fields) == (400, fields)


@pytest.mark.parametrize(
    "asked", ["Peluquería  Ñandú", "peluqueria nandu", " PELUQUERIA NANDU ", "peluqueri\u0301a n\u0303andu"]
)
def test_service_is_found_by_name_when_case_accents_or_spaces_differ(salon: Tenant, asked: str) -> None:
    service_id = salon.service(name="Peluquería Ñandú")
    salon.service(name="Peluquería Ñandú larga")

    found = salon.call("GET /services", query={"name": asked}).document["items"]

    assert [one["serviceId"] for one in found] == [service_id]


def test_all_are_found_when_services_share_a_name(salon: Tenant) -> None:
    ids = {salon.service(name="Corte"), salon.service(name="corte")}

    found = salon.call("GET /services", query={"name": "Corte"}).document["items"]

    assert {one["serviceId"] for one in found} == ids


def test_index_entry_follows_when_the_name_changes(salon: Tenant, town: World) -> None:
    service_id = salon.service(name="Old")

    salon.call(CHANGE, {"serviceId": service_id}, {"name": "New"})

    item = town.item(NAMES.services, {"PK": f"TENANT#{salon.tenant_id}", "SK": f"SERVICE#{service_id}"})
    assert item["GSI1SK"] == "NAME#new"
    assert salon.call("GET /services", query={"name": "old"}).document["items"] == []


def test_pages_hold_each_service_once_when_they_are_walked_through(salon: Tenant) -> None:
    ids = {salon.service() for _ in range(5)}

    walked, query = list[str](), {"limit": "2"}
    while True:
        page = salon.call("GET /services", query=query).document
        walked += [one["serviceId"] for one in page["items"]]
        if "nextCursor" not in page:
            break
        query["cursor"] = page["nextCursor"]

    assert len(walked) == len(ids)
    assert set(walked) == ids


def test_cursor_is_refused_when_it_is_anothers_or_of_another_list(town: World, salon: Tenant) -> None:
    other = town.tenant()
    for tenant in (salon, other):
        for _ in range(2):
            tenant.service()
            tenant.made("POST /categories", {"name": "A"})
    cursor = other.call("GET /services", query={"limit": "1"}).document["nextCursor"]
    of_categories = salon.call("GET /categories", query={"limit": "1"}).document["nextCursor"]

    answers = [
        salon.call("GET /services", query={"limit": "1", "cursor": one})
        for one in (cursor, of_categories, "x", "", "é", "!" * 2_000, cursor[:-2] + "aa")
    ]

    assert {answer.status for answer in answers} == {400}
    assert {tuple(answer.fields) for answer in answers} == {("cursor",)}


@pytest.mark.parametrize("limit", ["0", "101", "x", "1.5"])
def test_list_is_refused_when_its_limit_is_no_good(salon: Tenant, limit: str) -> None:
    assert salon.call("GET /services", query={"limit": limit}).fields.keys() == {"limit"}


def test_other_fields_stay_when_one_is_changed(salon: Tenant) -> None:
    service_id = salon.service(deposit="5.00", category="hair")
    before = salon.call(SERVICE, {"serviceId": service_id}).document

    after = salon.call(CHANGE, {"serviceId": service_id}, {"price": "30.00"}).document

    assert after == before | {"price": "30.00", "updatedAt": after["updatedAt"]}


def test_deposit_goes_when_it_is_changed_to_null(salon: Tenant) -> None:
    service_id = salon.service(deposit="5.00")

    assert "deposit" not in salon.call(CHANGE, {"serviceId": service_id}, {"deposit": None}).document


def test_change_is_refused_when_the_deposit_would_exceed_the_price(salon: Tenant) -> None:
    service_id = salon.service(deposit="5.00")

    answer = salon.call(CHANGE, {"serviceId": service_id}, {"price": "4.00"})

    assert (answer.status, answer.fields) == (400, {"deposit": "too_large"})


def test_both_changes_are_kept_when_they_cross(town: World, salon: Tenant) -> None:
    service_id = salon.service()
    crossing = World(town.client, town.clock, town.hashes)
    crossing.catalog = replace(
        town.catalog,
        rows_of=lambda tenant_id: Crossed(
            town.client, lambda: salon.call(CHANGE, {"serviceId": service_id}, {"name": "Renamed"})
        ),
    )

    answer = crossing.call(CHANGE, {"serviceId": service_id}, {"price": "99.00"}, by=salon)

    assert (answer.document["name"], answer.document["price"]) == ("Renamed", "99.00")


def test_one_service_is_made_when_the_request_is_repeated(salon: Tenant) -> None:
    headers = {"idempotency-key": "k1"}

    ids = {salon.made("POST /services", HAIRCUT, headers=headers)["serviceId"] for _ in range(2)}
    other = salon.call("POST /services", body=HAIRCUT | {"name": "Other"}, headers=headers)

    assert len(ids) == 1
    assert (other.status, other.code) == (409, "idempotency_conflict")
    assert len(salon.call("GET /services").document["items"]) == 1


def test_same_key_makes_anothers_service_when_two_tenants_use_it(town: World, salon: Tenant) -> None:
    headers = {"idempotency-key": "k1"}

    ids = {one.made("POST /services", HAIRCUT, headers=headers)["serviceId"] for one in (salon, town.tenant())}

    assert len(ids) == 2


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "é"])
def test_request_is_refused_when_its_idempotency_key_is_none(salon: Tenant, key: str) -> None:
    answer = salon.call("POST /services", body=HAIRCUT, headers={"idempotency-key": key})

    assert answer.fields == {"Idempotency-Key": "malformed"}


def test_limit_is_kept_when_services_come_and_go(town: World) -> None:
    free = town.tenant(plan="FREE")
    ids = [free.service() for _ in range(10)]

    refused = free.call("POST /services", body=HAIRCUT)
    free.call(DELETE, {"serviceId": ids[0]})
    again = free.call("POST /services", body=HAIRCUT)

    assert (refused.status, refused.code) == (402, "limit_reached")
    assert again.status == 201


def test_service_stays_when_a_provider_gives_it(salon: Tenant) -> None:
    service_id = salon.service()
    salon.provider(service_id)

    answer = salon.call(DELETE, {"serviceId": service_id})

    assert (answer.status, answer.code) == (409, "conflict")
    assert salon.call(SERVICE, {"serviceId": service_id}).status == 200


@pytest.mark.parametrize("route", [SERVICE, CHANGE, DELETE])
def test_answer_is_the_same_when_a_service_is_anothers_or_nobodys(town: World, salon: Tenant, route: str) -> None:
    service_id = town.tenant().service()

    there = salon.call(route, {"serviceId": service_id}, {})
    nowhere = salon.call(route, {"serviceId": "srv_aaaaaaaaaaaaaaaa"}, {})

    assert there.status == nowhere.status == 404
    assert str(there.document).replace(service_id, "srv_aaaaaaaaaaaaaaaa") == str(nowhere.document)


@pytest.mark.parametrize("service_id", ["", "a#b", "a/b", "SERVICE%23", "srv_a\n", "x" * 65, "é"])
def test_id_is_refused_when_it_can_not_be_one(salon: Tenant, service_id: str) -> None:
    assert salon.call(SERVICE, {"serviceId": service_id}).fields == {"serviceId": "malformed"}


def test_categories_come_in_their_order_when_they_are_listed_by_pages(salon: Tenant) -> None:
    for name, order in (("C", 3), ("A", 1), ("B", 2)):
        salon.made("POST /categories", {"name": name, "displayOrder": order})

    first = salon.call("GET /categories", query={"limit": "2"}).document
    second = salon.call("GET /categories", query={"limit": "2", "cursor": first["nextCursor"]}).document

    assert [one["name"] for one in first["items"] + second["items"]] == ["A", "B", "C"]
    assert "nextCursor" not in second


def test_category_is_kept_by_the_plain_tenant_when_it_is_made(town: World, salon: Tenant) -> None:
    made = salon.made("POST /categories", {"name": "A", "metadata": {"icon": "x"}})

    item = town.item(NAMES.categories, {"tenantId": salon.tenant_id, "categoryId": made["categoryId"]})

    assert (item["name"], item["metadata"], item["entity"]) == ("A", {"icon": "x"}, "Category")


def test_category_is_gone_when_it_was_deleted(salon: Tenant) -> None:
    made = salon.made("POST /categories", {"name": "A"})
    path = {"categoryId": made["categoryId"]}
    assert salon.call("PATCH /categories/{categoryId}", path, {"isActive": False}).document["isActive"] is False

    assert salon.call("DELETE /categories/{categoryId}", path).status == 204
    assert salon.call("GET /categories/{categoryId}", path).status == 404
    assert salon.call("DELETE /categories/{categoryId}", path).status == 404


@pytest.mark.parametrize("kind", ["service", "category", "provider"])
def test_deletion_is_told_as_done_when_its_own_answer_was_lost(town: World, salon: Tenant, kind: str) -> None:
    plural = {"service": "services", "category": "categories", "provider": "providers"}[kind]
    body = {"service": HAIRCUT, "category": {"name": "A"}, "provider": {"name": "Ana", "timezone": "UTC"}}[kind]
    path = {f"{kind}Id": salon.made(f"POST /{plural}", body)[f"{kind}Id"]}
    cut_off = replace(town, client=LosesOneAnswer(town.client))

    answer = cut_off.call(f"DELETE /{plural}/{{{kind}Id}}", path, by=salon)

    assert answer.status == 204
    held = town.item(NAMES.usage, {"PK": f"TENANT#{salon.tenant_id}", "SK": f"HELD#{plural}"})
    assert held["held"] == 0


def test_item_without_a_version_can_be_changed_when_it_came_from_elsewhere(town: World, salon: Tenant) -> None:
    service_id = salon.service()
    key = {"PK": f"TENANT#{salon.tenant_id}", "SK": f"SERVICE#{service_id}"}
    item = town.item(NAMES.services, key)
    del item["version"]
    town.put(NAMES.services, item)

    assert salon.call(CHANGE, {"serviceId": service_id}, {"name": "New"}).status == 200
    assert town.item(NAMES.services, key)["version"] == 2


@pytest.mark.parametrize(
    ("name", "normalized"), [("Ñandú", "nandu"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("  a \t b ", "a-b")]
)
def test_name_is_normalized_when_it_is_written_in_other_ways(name: str, normalized: str) -> None:
    assert normalized_name(name) == normalized


class Crossed(Rows):
    """Tables in which another change gets in between the first read and the write."""

    def __init__(self, client: object, change: Callable[[], object]) -> None:
        super().__init__(client)
        self.__dict__["changes"] = [change]

    def replace(self, table: str, values: Mapping[str, object], read_version: int) -> bool:
        while self.__dict__["changes"]:
            self.__dict__["changes"].pop()()
        return super().replace(table, values, read_version)
