"""Providers: the main item, one link per service and the schedule, changed together."""

from collections.abc import Iterator

import pytest

from tests.systems.booking.world import NAMES, Tenant, World, world

PROVIDER = "GET /providers/{providerId}"
CHANGE = "PATCH /providers/{providerId}"
DELETE = "DELETE /providers/{providerId}"


@pytest.fixture(scope="module", name="town")
def _town() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture(name="salon")
def _salon(town: World) -> Tenant:
    return town.tenant()


def schedule(town: World, salon: Tenant, provider_id: str) -> dict[str, object]:
    partition = f"TENANT#{salon.tenant_id}#PROVIDER#{provider_id}"
    return town.item(NAMES.availability, {"PK": partition, "SK": "SCHEDULE"})


def links(town: World, provider_id: str) -> dict[str, dict[str, object]]:
    items = town.items(NAMES.providers, "ProviderService")
    return {str(one["serviceId"]): one for one in items if one["providerId"] == provider_id}


def by_service(salon: Tenant, service_id: str) -> list[str]:
    found = salon.call("GET /providers", query={"serviceId": service_id}).document["items"]
    return [one["providerId"] for one in found]


def test_provider_is_found_by_each_service_when_there_are_several(town: World, salon: Tenant) -> None:
    services = [salon.service() for _ in range(3)]
    provider_id = salon.provider(*services)

    assert [by_service(salon, service_id) for service_id in services] == [[provider_id]] * 3
    assert set(links(town, provider_id)) == set(services)
    assert salon.call(PROVIDER, {"providerId": provider_id}).document["serviceIds"] == services


def test_schedule_is_there_when_a_provider_is_made(town: World, salon: Tenant) -> None:
    provider_id = salon.provider(timezone="Europe/Madrid")

    made = schedule(town, salon, provider_id)

    assert (made["version"], made["rulesVersion"]) == (1, 1)
    assert (made["timezone"], made["active"], made["entity"]) == ("Europe/Madrid", True, "Schedule")


def test_links_follow_when_services_change(town: World, salon: Tenant) -> None:
    kept, gone, new = (salon.service() for _ in range(3))
    provider_id = salon.provider(kept, gone)

    answer = salon.call(CHANGE, {"providerId": provider_id}, {"serviceIds": [new, kept], "name": "Eva"})

    assert answer.document["serviceIds"] == [new, kept]
    assert set(links(town, provider_id)) == {kept, new}
    assert {link["name"] for link in links(town, provider_id).values()} == {"Eva"}
    assert by_service(salon, gone) == []


@pytest.mark.parametrize(
    ("change", "version", "rules_version"),
    [
        ({"name": "Eva"}, 1, 1),
        ({"active": False}, 2, 1),
        ({"timezone": "Asia/Kathmandu"}, 2, 2),
        ({"timezone": "America/Santiago", "active": True}, 1, 1),
        ({"timezone": "Asia/Kathmandu", "active": False}, 2, 2),
    ],
)
def test_schedule_is_counted_up_when_what_bookings_rely_on_changes(
    town: World, salon: Tenant, change: dict[str, object], version: int, rules_version: int
) -> None:
    provider_id = salon.provider(salon.service())

    answer = salon.call(CHANGE, {"providerId": provider_id}, change)

    counted = schedule(town, salon, provider_id)
    assert answer.status == 200
    assert (counted["version"], counted["rulesVersion"]) == (version, rules_version)
    assert (counted["timezone"], counted["active"]) == (answer.document["timezone"], answer.document["active"])


def test_all_forty_services_change_at_once_when_they_are_replaced(town: World, salon: Tenant) -> None:
    before, after = ([salon.service() for _ in range(40)] for _ in range(2))
    provider_id = salon.provider(*before)

    answer = salon.call(CHANGE, {"providerId": provider_id}, {"serviceIds": after, "timezone": "Europe/Madrid"})

    assert answer.status == 200
    assert set(links(town, provider_id)) == set(after)


@pytest.mark.parametrize("route", ["POST /providers", CHANGE])
def test_service_of_another_tenant_is_none_when_a_provider_would_give_it(
    town: World, salon: Tenant, route: str
) -> None:
    own, foreign = salon.service(), town.tenant().service()
    path = {"providerId": salon.provider()}
    base = {"name": "Eva", "timezone": "Europe/Madrid"} if route.startswith("POST") else {}

    there = salon.call(route, path, base | {"serviceIds": [own, foreign]})
    nowhere = salon.call(route, path, base | {"serviceIds": [own, "srv_aaaaaaaaaaaaaaaa"]})

    assert there.status == 400
    assert there.fields == {"serviceIds[1]": "unknown"}
    assert there.document == nowhere.document


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"timezone": "America"}, {"timezone": "unknown_zone"}),
        ({"timezone": "../etc/passwd"}, {"timezone": "unknown_zone"}),
        ({"serviceIds": ["srv_a", "srv_a"]}, {"serviceIds": "repeated"}),
        ({"serviceIds": ["a#b"]}, {"serviceIds[0]": "malformed"}),
        ({"serviceIds": [f"srv_{n}" for n in range(41)]}, {"serviceIds": "wrong_length"}),
    ],
)
def test_provider_is_refused_when_a_field_is_no_good(salon: Tenant, change: dict[str, object], fields: object) -> None:
    answer = salon.call("POST /providers", body={"name": "Ana", "timezone": "America/Santiago"} | change)

    assert (answer.status, answer.fields) == (400, fields)


def test_nothing_leads_to_a_provider_when_it_was_deleted(town: World, salon: Tenant) -> None:
    service_id = salon.service()
    provider_id = salon.provider(service_id)

    assert salon.call(DELETE, {"providerId": provider_id}).status == 204
    assert salon.call(PROVIDER, {"providerId": provider_id}).status == 404
    assert salon.call(DELETE, {"providerId": provider_id}).status == 404
    assert by_service(salon, service_id) == []
    assert links(town, provider_id) == schedule(town, salon, provider_id) == {}


def test_limit_is_kept_when_providers_come_and_go(town: World) -> None:
    free = town.tenant(plan="FREE")
    ids = [free.provider() for _ in range(3)]

    refused = free.call("POST /providers", body={"name": "Ana", "timezone": "America/Santiago"})
    free.call(DELETE, {"providerId": ids[0]})

    assert (refused.status, refused.code) == (402, "limit_reached")
    assert free.provider()


def test_one_provider_is_made_when_the_request_is_repeated(salon: Tenant) -> None:
    body = {"name": "Ana", "timezone": "America/Santiago", "serviceIds": [salon.service()]}
    headers = {"idempotency-key": "k1"}

    ids = {salon.made("POST /providers", body, headers=headers)["providerId"] for _ in range(2)}
    other = salon.call("POST /providers", body=body | {"name": "Eva"}, headers=headers)

    assert len(ids) == 1
    assert (other.status, other.code) == (409, "idempotency_conflict")
    assert len(salon.call("GET /providers").document["items"]) == 1


def test_pages_hold_each_provider_once_when_links_lie_between(salon: Tenant) -> None:
    services = [salon.service() for _ in range(4)]
    ids = {salon.provider(*services) for _ in range(5)}

    walked, query = list[str](), {"limit": "2"}
    while True:
        page = salon.call("GET /providers", query=query).document
        walked += [one["providerId"] for one in page["items"]]
        if "nextCursor" not in page:
            break
        query["cursor"] = page["nextCursor"]

    assert len(walked) == len(ids)
    assert set(walked) == ids


def test_provider_is_left_out_when_its_link_is_behind(town: World, salon: Tenant) -> None:
    service_id, other = salon.service(), salon.service()
    provider_id = salon.provider(service_id)
    link = links(town, provider_id)[service_id]
    salon.call(CHANGE, {"providerId": provider_id}, {"serviceIds": [other]})

    town.put(NAMES.providers, link)

    assert by_service(salon, service_id) == []


@pytest.mark.parametrize("route", [PROVIDER, CHANGE, DELETE])
def test_answer_is_the_same_when_a_provider_is_anothers_or_nobodys(town: World, salon: Tenant, route: str) -> None:
    provider_id = town.tenant().provider()

    there = salon.call(route, {"providerId": provider_id}, {})
    nowhere = salon.call(route, {"providerId": "prv_aaaaaaaaaaaaaaaa"}, {})

    assert there.status == nowhere.status == 404
    assert str(there.document).replace(provider_id, "prv_aaaaaaaaaaaaaaaa") == str(nowhere.document)


@pytest.mark.parametrize("kind", ["service", "provider"])
def test_thing_stays_as_it_was_when_a_change_is_empty(town: World, salon: Tenant, kind: str) -> None:
    path = {f"{kind}Id": salon.service() if kind == "service" else salon.provider()}
    before = salon.call(f"GET /{kind}s/{{{kind}Id}}", path).document
    town.clock.passes(seconds=1)

    after = salon.call(f"PATCH /{kind}s/{{{kind}Id}}", path, {})

    assert (after.status, after.document) == (200, before)
