"""Sign-up, a tenant's own data, its usage, and how many requests it may make."""

from collections.abc import Iterator

import pytest

from tests.systems.booking.world import NAMES, SIGN_UP, World, world

LONG_KEY = "a-key-of-at-least-thirty-two-characters"


@pytest.fixture(scope="module", name="town")
def _town() -> Iterator[World]:
    with world() as made:
        yield made


def test_first_key_opens_the_door_when_a_business_signed_up(town: World) -> None:
    tenant = town.tenant()

    told = town.authorized(tenant.key)

    assert told["isAuthorized"]
    assert told["context"] == {
        "tenantId": tenant.tenant_id,
        "apiKeyId": tenant.api_key_id,
        "scopes": "manage",
        "plan": "PRO",
    }


def test_no_text_of_a_key_is_kept_when_a_business_signed_up(town: World) -> None:
    tenant = town.tenant()

    kept = town.item(NAMES.api_keys, {"PK": f"TENANT#{tenant.tenant_id}", "SK": f"APIKEY#{tenant.api_key_id}"})

    assert tenant.key[12:] not in str(kept)
    assert kept["apiKeyHash"].startswith("$2b$04$")
    assert kept["GSI1PK"] == f"APIKEY#{kept['publicKey']}"
    assert tenant.key.startswith(kept["publicKey"])


def test_one_tenant_is_made_when_a_sign_up_is_repeated(town: World) -> None:
    headers = {"idempotency-key": LONG_KEY}

    first, second = (town.call("POST /tenants", body=SIGN_UP, headers=headers) for _ in range(2))

    assert first.document == second.document
    assert town.authorized(first.document["apiKey"])["isAuthorized"]


def test_key_is_told_no_more_when_it_was_used_before_the_sign_up_is_repeated(town: World) -> None:
    headers = {"idempotency-key": LONG_KEY + "-used"}
    first = town.call("POST /tenants", body=SIGN_UP, headers=headers)
    town.authorized(first.document["apiKey"])

    again = town.call("POST /tenants", body=SIGN_UP, headers=headers)

    assert again.document["tenantId"] == first.document["tenantId"]
    assert "apiKey" not in again.document


def test_other_business_is_refused_when_the_sign_up_key_was_used_for_one(town: World) -> None:
    headers = {"idempotency-key": LONG_KEY + "-other"}
    town.call("POST /tenants", body=SIGN_UP, headers=headers)

    other = town.call("POST /tenants", body=SIGN_UP | {"name": "Another"}, headers=headers)

    assert (other.status, other.code) == (409, "idempotency_conflict")


def test_sign_up_is_refused_when_its_idempotency_key_could_be_guessed(town: World) -> None:
    answer = town.call("POST /tenants", body=SIGN_UP, headers={"idempotency-key": "1"})

    assert (answer.status, answer.fields) == (400, {"Idempotency-Key": "malformed"})


def test_every_wrong_field_is_told_when_a_sign_up_is_no_good(town: World) -> None:
    body = {"country": "Chile", "timezone": "America/Nowhere", "billingEmail": "nobody", "plan": "GOLD", "status": "X"}

    answer = town.call("POST /tenants", body=body)

    assert answer.fields == {
        "name": "required",
        "country": "malformed",
        "billingEmail": "malformed",
        "plan": "unknown_value",
        "status": "unknown_field",
    }


def test_zone_is_refused_when_it_is_none(town: World) -> None:
    answer = town.call("POST /tenants", body=SIGN_UP | {"timezone": "America/Nowhere"})

    assert answer.fields == {"timezone": "unknown_zone"}


def test_settings_that_were_not_named_stay_when_one_is_changed(town: World) -> None:
    tenant = town.tenant(settings={"widget": {"primaryColor": "#00ff00"}, "conversationTtlDays": 7})
    path = {"tenantId": tenant.tenant_id}

    answer = tenant.call("PATCH /tenants/{tenantId}", path, {"settings": {"widget": {"language": "en"}}})

    assert answer.document["settings"] == {
        "widget": {"primaryColor": "#00ff00", "language": "en"},
        "ai": {"mode": "FSM"},
        "conversationTtlDays": 7,
    }
    assert tenant.call("GET /tenants/{tenantId}", path).document == answer.document


def test_tenant_stays_as_it_was_when_a_change_is_empty(town: World) -> None:
    tenant = town.tenant()
    path = {"tenantId": tenant.tenant_id}
    before = tenant.call("GET /tenants/{tenantId}", path).document
    town.clock.passes(seconds=1)

    after = tenant.call("PATCH /tenants/{tenantId}", path, {})

    assert after.status == 200
    assert after.document == before


def test_answer_is_the_same_when_a_tenant_is_anothers_or_nobodys(town: World) -> None:
    mine, other = town.tenant(), town.tenant()

    there = mine.call("GET /tenants/{tenantId}", {"tenantId": other.tenant_id})
    nowhere = mine.call("GET /tenants/{tenantId}", {"tenantId": "tnt_aaaaaaaaaaaaaaaa"})

    assert there.status == nowhere.status == 404
    assert str(there.document).replace(other.tenant_id, "") == str(nowhere.document).replace("tnt_aaaaaaaaaaaaaaaa", "")


def test_usage_is_zero_when_nothing_was_used(town: World) -> None:
    answer = town.tenant(plan="FREE").call("GET /usage/{month}", {"month": "2026-11"})

    assert answer.document == {
        "month": "2026-11", "plan": "FREE", "messages": 0, "bookings": 0, "tokensIA": 0, "errors": 0,
    }  # fmt: skip


def test_months_are_listed_latest_first_when_there_are_pages(town: World) -> None:
    tenant = town.tenant()
    for month in ("2026-09", "2026-10", "2026-11"):
        key = {"PK": f"TENANT#{tenant.tenant_id}", "SK": f"USAGE#{month}"}
        town.put(NAMES.usage, {**key, "tenantId": tenant.tenant_id, "entity": "Usage", "bookings": 3, "tokensIA": 9})

    first = tenant.call("GET /usage", query={"limit": "2"}).document
    second = tenant.call("GET /usage", query={"limit": "2", "cursor": first["nextCursor"]}).document

    assert [one["month"] for one in first["items"] + second["items"]] == ["2026-11", "2026-10", "2026-09"]
    assert "nextCursor" not in second
    assert second["items"][0]["tokensIA"] == 9


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "november", "2026-11#X"])
def test_month_is_refused_when_it_is_none(town: World, month: str) -> None:
    answer = town.tenant().call("GET /usage/{month}", {"month": month})

    assert (answer.status, answer.fields) == (400, {"month": "malformed"})


def test_requests_are_refused_until_the_next_minute_when_the_plan_is_used_up(town: World) -> None:
    tenant = town.tenant(plan="FREE")
    town.clock.now = town.clock.now.replace(second=20)
    minute = {"PK": f"TENANT#{tenant.tenant_id}", "SK": f"RATE#{town.clock.now:%Y-%m-%dT%H:%M}"}
    town.put(NAMES.usage, {**minute, "tenantId": tenant.tenant_id, "entity": "Rate", "requests": 119})

    last, refused = (tenant.call("GET /usage") for _ in range(2))
    town.clock.passes(seconds=40)
    later = tenant.call("GET /usage")

    assert (last.status, refused.status, later.status) == (200, 429, 200)
    assert refused.code == "too_many_requests"
    assert refused.headers["retry-after"] == "40"
    assert town.item(NAMES.usage, minute)["requests"] == 120


def test_health_is_told_when_nobody_is_authorized(town: World) -> None:
    assert town.call("GET /health").document == {"status": "ok"}


def test_request_is_refused_when_its_route_lost_its_authorizer(town: World) -> None:
    answer = town.call("GET /keys")

    assert (answer.status, answer.code) == (403, "forbidden_scope")
