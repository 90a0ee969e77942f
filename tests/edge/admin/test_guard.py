"""The admin endpoints answer programs on this machine; other machines and other sites' pages are refused in words."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from harness.edge.admin import Access
from harness.edge.admin.guard import BODY_BYTES_MAX
from harness.errors import SettingInvalid
from tests.edge.admin.edges import ask, edge_of, words

RESET = "/_rehearsal/reset"
ENGINE_RESET = "/_ministack/reset"


@pytest.mark.parametrize("path", [RESET, ENGINE_RESET, "/_localstack/state/reset", "/_aws/sqs/messages"])
@pytest.mark.parametrize("client", ["192.0.2.7", "10.1.2.3", "2001:db8::1", "::ffff:192.0.2.7", "testclient", ""])
def test_stranger_is_refused(path: str, client: str) -> None:
    edge, target = edge_of()

    answer = ask(edge, "POST", path, client=client)

    assert answer.status_code == 403
    assert "on this machine" in words(answer)
    assert target.resets == []


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "localhost:80", "127.0.0.1:1", "[::1]:4566", "a.localhost", "LocalHost"])
def test_client_on_this_machine_is_answered(client: str, host: str) -> None:
    edge, _ = edge_of()

    assert ask(edge, "GET", "/_rehearsal/health", client=client, host=host).status_code == 200


@pytest.mark.parametrize("path", [RESET, ENGINE_RESET])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.example", "10.0.0.1", "edge"])
def test_request_is_refused_when_its_host_is_no_name_of_this_machine(path: str, host: str) -> None:
    edge, target = edge_of()

    answer = ask(edge, "POST", path, host=host)

    assert answer.status_code == 403
    assert host in words(answer)
    assert target.resets == []


@pytest.mark.parametrize("path", [RESET, ENGINE_RESET])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
    ids=str,
)
def test_request_is_refused_when_another_sites_page_sends_it(path: str, headers: dict[str, str]) -> None:
    edge, target = edge_of()

    answer = ask(edge, "POST", path, headers=headers)

    assert answer.status_code == 403
    assert "other sites' pages" in words(answer)
    assert target.resets == []


def test_page_of_the_edges_own_is_answered_when_it_sends_json() -> None:
    edge, target = edge_of()
    headers = {"Origin": "http://localhost:4566", "Sec-Fetch-Site": "same-origin"}

    answer = ask(edge, "POST", RESET, host="localhost:4566", headers=headers, json={})

    assert answer.status_code == 200
    assert target.resets == [None]
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_page_is_refused_when_it_sends_what_a_form_could(kind: str) -> None:
    edge, target = edge_of()
    headers = {"Origin": "http://localhost", "Content-Type": kind}

    answer = ask(edge, "POST", RESET, headers=headers, content=b"{}")

    assert (answer.status_code, target.resets) == (403, [])


def test_reader_is_answered_when_following_a_link_to_a_page() -> None:
    edge, _ = edge_of()
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    assert ask(edge, "GET", "/_rehearsal/health", headers=headers).status_code == 200


def test_no_page_is_told_that_it_may_when_it_asks_before_it_sends() -> None:
    edge, _ = edge_of()
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}

    answer = ask(edge, "OPTIONS", RESET, headers=headers)

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "path", ["/_aws/execute-api/abc/live/pay", "/_aws/lambda-url/abc/x", "/_awsome", "/restapis/a/b/_user_request_/c"]
)
def test_apis_of_users_are_open_when_strangers_call_them(path: str) -> None:
    edge, _ = edge_of()

    answer = ask(
        edge, "POST", path, client="192.0.2.7", host="shop.example", headers={"Origin": "https://shop.example"}
    )

    assert (answer.status_code, answer.json()) == (200, {"path": path})


def test_engines_admin_is_reached_when_the_client_is_on_this_machine() -> None:
    edge, _ = edge_of()

    assert ask(edge, "POST", ENGINE_RESET).json() == {"path": ENGINE_RESET}


def test_other_networks_and_names_are_let_in_when_they_were_named() -> None:
    edge, _ = edge_of(access=Access(networks=("172.16.0.0/12",), hosts=("edge",)))

    assert ask(edge, "GET", "/_rehearsal/health", client="172.17.0.1", host="edge:4566").status_code == 200
    assert ask(edge, "GET", "/_rehearsal/health", client="192.0.2.7", host="edge:4566").status_code == 403
    assert ask(edge, "GET", "/_rehearsal/health", client="172.17.0.1", host="other").status_code == 403


def test_network_is_refused_when_it_is_none() -> None:
    with pytest.raises(SettingInvalid, match=r"admin network '172\.16'"):
        Access(networks=("172.16",))


@pytest.mark.parametrize("is_declared", [True, False])
def test_body_is_refused_when_it_is_too_large(is_declared: bool) -> None:
    edge, target = edge_of()
    body = b'{"account":"' + b"1" * BODY_BYTES_MAX + b'"}'

    def parts() -> Iterator[bytes]:
        yield from (body[at : at + 65_536] for at in range(0, len(body), 65_536))

    answer = ask(edge, "POST", RESET, content=body if is_declared else _async(parts()))

    assert (answer.status_code, target.resets) == (413, [])
    assert str(BODY_BYTES_MAX) in words(answer)


async def _async(parts: Iterator[bytes]) -> Any:
    for part in parts:
        yield part


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/_rehearsal/nothing", 404), ("GET", "/_rehearsal", 404), ("DELETE", "/_rehearsal/health", 405)],
)
def test_refusal_is_json_when_there_is_no_such_endpoint(method: str, path: str, status: int) -> None:
    edge, _ = edge_of()

    answer = ask(edge, method, path)

    assert answer.status_code == status
    assert words(answer)
    assert answer.headers.get("allow", "GET, HEAD").split(", ")


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"account": NaN}', b'{"acount": "1"}', b'{"account": 1}',
     b'{"account": "11"}', b'{"account": "111111111111", "region": 1}', b"1" * 5000],
)  # fmt: skip
def test_reset_is_refused_when_its_body_makes_no_sense(body: bytes) -> None:
    edge, target = edge_of()

    answer = ask(edge, "POST", RESET, content=body)

    assert (answer.status_code, target.resets) == (400, [])
    assert words(answer)


def test_nothing_is_done_when_the_client_leaves_before_its_body_is_whole() -> None:
    edge, target = edge_of()
    messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[object] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: object) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": RESET, "headers": [(b"host", b"localhost")],
             "client": ("127.0.0.1", 1), "query_string": b"", "scheme": "http"}  # fmt: skip
    asyncio.run(edge(scope, receive, send))

    assert (sent, target.resets) == ([], [])
