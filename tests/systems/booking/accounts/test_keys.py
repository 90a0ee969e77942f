"""API keys: made, shown once, listed, revoked; never all that manage."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.systems.booking.world import NAMES, Tenant, World, world

KEY = "GET /keys/{apiKeyId}"
REVOKE = "DELETE /keys/{apiKeyId}"


@pytest.fixture(scope="module", name="town")
def _town() -> Iterator[World]:
    with world() as made:
        yield made


def widget(tenant: Tenant, **more: object) -> dict[str, str]:
    return tenant.made("POST /keys", {"scopes": ["widget"], **more})


def test_key_is_shown_once_when_it_is_made(town: World) -> None:
    tenant = town.tenant()
    made = widget(tenant, name="web", allowedOrigins=["https://shop.example"])

    shown = tenant.call(KEY, {"apiKeyId": made["apiKeyId"]}).document

    assert town.authorized(made["apiKey"], origin="https://shop.example")["context"]["scopes"] == "widget"
    assert shown == {name: value for name, value in made.items() if name != "apiKey"}
    assert "apiKeyHash" not in shown


def test_keys_are_listed_when_there_are_several(town: World) -> None:
    tenant = town.tenant()
    ids = {tenant.api_key_id, widget(tenant)["apiKeyId"]}

    listed = tenant.call("GET /keys").document["items"]

    assert {one["apiKeyId"] for one in listed} == ids


def test_key_is_refused_at_once_when_it_was_revoked(town: World) -> None:
    tenant = town.tenant()
    made = widget(tenant)
    assert town.authorized(made["apiKey"])["isAuthorized"]

    answer = tenant.call(REVOKE, {"apiKeyId": made["apiKeyId"]})

    assert answer.status == 204
    assert not town.authorized(made["apiKey"])["isAuthorized"]
    assert tenant.call(KEY, {"apiKeyId": made["apiKeyId"]}).document["status"] == "REVOKED"


def test_revocation_is_counted_once_when_it_is_repeated(town: World) -> None:
    tenant = town.tenant()
    made = widget(tenant)

    answers = [tenant.call(REVOKE, {"apiKeyId": made["apiKeyId"]}).status for _ in range(2)]

    assert answers == [204, 204]
    assert held(town, tenant) == 1


def test_last_key_that_manages_stays_when_it_is_to_be_revoked(town: World) -> None:
    tenant = town.tenant()
    widget(tenant)

    answer = tenant.call(REVOKE, {"apiKeyId": tenant.api_key_id})

    assert (answer.status, answer.code) == (409, "conflict")
    assert town.authorized(tenant.key)["isAuthorized"]


def test_first_key_goes_when_another_manages(town: World) -> None:
    tenant = town.tenant()
    second = tenant.made("POST /keys", {"scopes": ["manage"]})

    assert tenant.call(REVOKE, {"apiKeyId": tenant.api_key_id}).status == 204
    assert not town.authorized(tenant.key)["isAuthorized"]
    assert town.authorized(second["apiKey"])["isAuthorized"]


def test_key_of_another_tenant_is_not_there_when_it_is_read_or_revoked(town: World) -> None:
    mine, other = town.tenant(), town.tenant()

    for route in (KEY, REVOKE):
        there = mine.call(route, {"apiKeyId": other.api_key_id})
        nowhere = mine.call(route, {"apiKeyId": "key_aaaaaaaaaaaaaaaa"})
        assert there.status == nowhere.status == 404
        assert str(there.document).replace(other.api_key_id, "key_aaaaaaaaaaaaaaaa") == str(nowhere.document)
    assert town.authorized(other.key)["isAuthorized"]


def test_key_is_refused_when_the_plan_has_no_more(town: World) -> None:
    tenant = town.tenant(plan="FREE")
    for _ in range(4):
        widget(tenant)

    answer = tenant.call("POST /keys", body={"scopes": ["widget"]})

    assert (answer.status, answer.code) == (402, "limit_reached")
    assert held(town, tenant) == 5


def test_key_that_is_widgets_manages_nothing_when_it_tries(town: World) -> None:
    tenant = replace(town.tenant(), scopes="widget")

    answers = [
        tenant.call("GET /keys"),
        tenant.call("POST /keys", body={"scopes": ["manage"]}),
        tenant.call("POST /services", body={}),
        tenant.call("GET /usage"),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(403, "forbidden_scope")}
    assert tenant.call("GET /services").status == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"scopes": "required"}),
        ({"scopes": []}, {"scopes": "wrong_length"}),
        ({"scopes": ["root"]}, {"scopes[0]": "unknown_value"}),
        ({"scopes": ["manage", "manage"]}, {"scopes": "repeated"}),
        ({"scopes": ["widget"], "allowedOrigins": ["shop.example"]}, {"allowedOrigins[0]": "malformed"}),
        ({"scopes": ["widget"], "allowedOrigins": ["https://shop.example/path"]}, {"allowedOrigins[0]": "malformed"}),
        ({"scopes": ["widget"], "allowedOrigins": ["https://shop.example\n"]}, {"allowedOrigins[0]": "malformed"}),
    ],
)
def test_key_is_refused_when_its_form_is_no_good(town: World, body: object, fields: dict[str, str]) -> None:
    answer = town.tenant().call("POST /keys", body=body)

    assert (answer.status, answer.fields) == (400, fields)


def held(town: World, tenant: Tenant) -> int:
    return int(town.item(NAMES.usage, {"PK": f"TENANT#{tenant.tenant_id}", "SK": "HELD#keys"})["held"])
