"""The admin face: pages of other sites, open in a browser on this machine, reach nothing of it."""

import httpx
import pytest

from tests.mock_gateway.driving import InProcess, OverTheWire, eventually

OWN = {"Host": "localhost:3000"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": "https://evil.example"}, "foreign_origin"),
        ({"Origin": "null"}, "foreign_origin"),
        ({"Origin": "http://localhost:8000"}, "foreign_origin"),
        ({"Origin": "https://localhost:3000"}, "foreign_origin"),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, "foreign_origin"),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, "foreign_origin"),
        ({"Host": "evil.example"}, "host_not_local"),
        ({"Host": "evil.example:3000", "Origin": "http://evil.example:3000"}, "host_not_local"),
        ({"Host": "127.0.0.1.evil.example"}, "host_not_local"),
        ({"Host": "192.0.2.1"}, "host_not_local"),
        ({"Host": "[::1"}, "host_not_local"),
        ({"Host": ""}, "host_not_local"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/_admin/reset"), ("GET", "/_admin/calls")])
def test_request_is_refused_when_another_sites_page_makes_it(
    gateway: InProcess, method: str, path: str, headers: dict[str, str], code: str
) -> None:
    gateway.charge()

    reply = gateway.send(method, path, headers={**OWN, **headers})

    assert (reply.status, reply.code) == (403, code)
    assert gateway.amounts() == [4000]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "none"},
        {"Host": "127.0.0.1:3000", "Origin": "http://127.0.0.1:3000"},
        {"Host": "[::1]:3000", "Origin": "http://[::1]:3000"},
        {"Host": "gateway.localhost:3000"},
    ],
)
def test_request_is_answered_when_it_comes_from_here(gateway: InProcess, headers: dict[str, str]) -> None:
    assert gateway.send("POST", "/_admin/reset", headers={**OWN, **headers}).status == 200


def test_page_opens_when_another_sites_link_is_followed(gateway: InProcess) -> None:
    followed = {**OWN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    assert gateway.send("GET", "/_admin/faults", headers=followed).status == 200
    assert gateway.send("DELETE", "/_admin/faults", headers=followed).status == 403


def test_webhook_is_refused_when_it_is_sent_to_the_admin_face(wire: OverTheWire) -> None:
    key = {"Authorization": "Bearer sk_test_1"}
    fields = {"url": f"http://localhost:{wire.port}/_admin/reset", "enabled_events[]": "*"}
    wire.charge()
    assert httpx.post(f"http://127.0.0.1:{wire.port}/v1/webhook_endpoints", headers=key, data=fields).status_code == 200

    wire.send("POST", "/v1/customers", headers=key)

    def answers() -> list[int]:
        (delivery,) = wire.get("/_admin/webhooks/deliveries").json["deliveries"]
        return [attempt["status_code"] for attempt in delivery["attempts"]]

    eventually(lambda: answers() != [])
    assert answers()[0] == 403
    assert wire.amounts() == [4000]
