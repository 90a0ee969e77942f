"""Seeded tenants and the running system: keys open it, bookings hold their time, items are as the system's own."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.deploy import deploy_system, stack_outputs
from harness.ids import new_token
from harness.seeding.booking.tables import SHAPES
from harness.targets import Environment, open_environment
from tests.command_line import run_rehearse

pytestmark = pytest.mark.slow
ARGUMENTS = ("--tenants", "3", "--days", "30", "--size", "12", "--json")
# What an item has only for some of its kind; requests are not seeded, because nobody will repeat what nobody sent.
SOMETIMES = {
    "Service": {"requestFingerprint"},
    "Category": {"requestFingerprint"},
    "Provider": {"requestFingerprint"},
    "Tenant": {"requestFingerprint", "version"},
    "ApiKey": {"requestFingerprint", "lastUsedAt"},
    "Booking": {"cancelReason"},
    "Conversation": {
        *("serviceId", "serviceName", "price", "providerId", "providerName", "date", "datetime"),
        *("customerName", "customerEmail", "bookingId"),
    },
    "Usage": {"month", "messages", "tokensIA", "errors", "plan", "updatedAt"},  # a month that only had bookings
}
NOT_SEEDED = {"Request", "Rate"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Environment]:
    with open_environment(instance=f"seeding-{new_token()}") as environment:
        deploy_system("payments", environment)
        deploy_system("booking", environment)
        yield environment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seeded")


class Customer:
    """The booking API as somebody with a key asks it."""

    def __init__(self, url: str, key: str = "", origin: str = "") -> None:
        headers = {name: value for name, value in (("x-api-key", key), ("origin", origin)) if value}
        self.url, self._headers = url, headers

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        with httpx.Client(base_url=self.url, headers=self._headers, timeout=30, trust_env=False) as http:
            return http.request(method, path, **more)

    def ask(self, method: str, path: str, status: int = 200, **more: Any) -> dict[str, Any]:
        answer = self.send(method, path, **more)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return answer.json() if answer.content else {}


def seeded(
    cloud: Environment, folder: Path, monkeypatch: Any, capfd: Any, *, seed: int
) -> tuple[dict[str, Any], list[Any]]:
    where = ("--seed", str(seed), "--instance", cloud.instance, "--keys-file", str(folder / "keys.jsonl"))
    code, told, problems = run_rehearse(("seed", "booking", *ARGUMENTS, *where), monkeypatch, capfd)
    assert code == 0, told + problems
    return json.loads(told), [json.loads(line) for line in (folder / "keys.jsonl").read_text().splitlines()]


def test_seeded_tenant_works_with_the_system(cloud, folder, monkeypatch, capfd):
    told, keys = seeded(cloud, folder, monkeypatch, capfd, seed=4)
    again, _ = seeded(cloud, folder, monkeypatch, capfd, seed=4)

    assert (told["found"]["problems"], again["found"]["problems"]) == ([], [])
    assert not told["loaded_before"]
    assert again["loaded_before"]
    assert again["found"]["more"] == 0
    assert again["by_table"] == told["by_table"]

    manage, widget, lost = keys[:3]
    url = cloud.api_url("booking")
    owner, visitor = Customer(url, manage["key"]), Customer(url, widget["key"], widget["allowedOrigins"][0])
    Customer(url, lost["key"]).ask("GET", "/services", 403)
    Customer(url, widget["key"], "https://elsewhere.example").ask("GET", "/services", 403)
    assert owner.ask("GET", f"/tenants/{manage['tenantId']}")["tenantId"] == manage["tenantId"]
    services = {one["serviceId"]: one for one in visitor.ask("GET", "/services")["items"]}
    assert sum(month["bookings"] for month in owner.ask("GET", "/usage")["items"]) > 0

    booked = _a_day_with_bookings(owner)
    slots = _slots(visitor, booked["providerId"], services, booked["day"])
    assert slots
    assert not any(booked["from"] <= one["start"] < booked["to"] for one in slots)
    body = {
        "serviceId": booked["serviceId"],
        "providerId": booked["providerId"],
        "customerName": "Late Comer",
        "customerEmail": "late@example.com",
    }
    assert (
        visitor.ask("POST", "/bookings", 409, json={**body, "datetime": booked["from"]})["error"]["code"]
        == "slot_taken"
    )
    free = next(one for one in slots if one["serviceId"] == booked["serviceId"])
    assert visitor.ask("POST", "/bookings", 201, json={**body, "datetime": free["start"]})["status"] == "CONFIRMED"


def _a_day_with_bookings(owner: Customer) -> dict[str, str]:
    for provider in owner.ask("GET", "/providers")["items"]:
        for number in range(1, 20):
            day = _day_from_now(number)
            path = f"/providers/{provider['providerId']}/bookings"
            for one in owner.ask("GET", path, params={"date": day})["items"]:
                if one["status"] == "CONFIRMED":
                    times = {"day": day, "from": one["datetime"], "to": one["endsAt"]}
                    return times | {name: one[name] for name in ("providerId", "serviceId")}
    raise AssertionError("no provider has a booking in the next days")


def _slots(visitor: Customer, provider_id: str, services: Mapping[str, Any], day: str) -> list[dict[str, Any]]:
    found = []
    for service_id, service in services.items():
        if service.get("deposit"):
            continue
        params = {"serviceId": service_id, "from": day, "to": day}
        answer = visitor.send("GET", f"/providers/{provider_id}/slots", params=params)
        if answer.status_code == 200:
            found.extend({**one, "serviceId": service_id} for one in answer.json()["items"])
    return found


def _day_from_now(days: int) -> str:
    from datetime import UTC, datetime, timedelta

    return f"{datetime.now(UTC).date() + timedelta(days=days)}"


def test_seeded_items_have_the_attributes_of_the_systems_own(cloud, folder, monkeypatch, capfd):
    seeded(cloud, folder, monkeypatch, capfd, seed=5)
    own = _live_the_life_of_a_tenant(Customer(cloud.api_url("booking")))

    items = list(_all_items(cloud))
    of_system, of_seed = ({} for _ in range(2))
    for item in items:
        kinds = {name: next(iter(value)) for name, value in item.items()}
        told = of_system if item["tenantId"]["S"] == own else of_seed
        told.setdefault(item["entity"]["S"], {}).update(kinds)

    compared = of_system.keys() - NOT_SEEDED
    assert {"Tenant", "ApiKey", "Service", "Category", "Provider", "ProviderService", "Schedule", "Rule"} <= compared
    assert {"Exception", "Booking", "Claim", "Conversation", "Usage", "Metered", "Held"} <= compared
    differing = {
        entity: different
        for entity in compared
        if (different := _different(of_system[entity], of_seed[entity]) - SOMETIMES.get(entity, set()))
    }
    assert differing == {}


def _different(expected: Mapping[str, str], found: Mapping[str, str]) -> set[str]:
    """The attributes that only one of two has, or that have another type."""
    return {name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)}


def _live_the_life_of_a_tenant(anybody: Customer) -> str:
    """Sign up and do everything once that leaves an item; return the tenant's id."""
    owner = {
        "name": "Own",
        "country": "ES",
        "timezone": "Europe/Madrid",
        "plan": "PRO",
        "billingEmail": "own@example.com",
    }
    made = anybody.ask("POST", "/tenants", 201, json=owner)
    tenant = Customer(anybody.url, made["apiKey"])
    tenant.ask("POST", "/categories", 201, json={"name": "Hair", "displayOrder": 1})
    service = {"name": "Cut", "durationMinutes": 30, "price": "20.00", "currency": "EUR", "category": "Hair"}
    service_id = tenant.ask("POST", "/services", 201, json={**service, "description": "Short."})["serviceId"]
    provider = {"name": "Eva", "bio": "Cuts.", "timezone": "Europe/Madrid", "serviceIds": [service_id]}
    provider_id = tenant.ask("POST", "/providers", 201, json=provider)["providerId"]
    ranges = [{"start": "09:00", "end": "24:00"}]
    for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"):
        rule = {"dayOfWeek": day, "timeRanges": ranges}
        tenant.ask("POST", f"/providers/{provider_id}/availability", 201, json=rule)
    closed = {
        "date": _day_from_now(20),
        "reason": "Fair",
        "allDay": False,
        "timeRanges": [{"start": "09:00", "end": "10:00"}],
    }
    tenant.ask("POST", f"/providers/{provider_id}/exceptions", 201, json=closed)
    who = {
        "customerName": "Ada",
        "customerEmail": "ada@example.com",
        "serviceId": service_id,
        "providerId": provider_id,
    }
    tenant.ask("POST", "/bookings", 201, json={**who, "datetime": f"{_day_from_now(9)}T12:00:00Z"})
    chat = tenant.ask("POST", "/conversations", 201, json={"language": "es", "channel": "web"})
    said = {"messageId": "m-1", "text": "Cut"}
    tenant.ask("POST", f"/conversations/{chat['conversationId']}/messages", json=said)
    return str(made["tenantId"])


def _all_items(cloud: Environment) -> Iterator[dict[str, Any]]:
    outputs = stack_outputs("booking", cloud)
    client = cloud.client("dynamodb")
    for table in SHAPES:
        for page in client.get_paginator("scan").paginate(TableName=outputs[table]):
            yield from page["Items"]
    client.close()
