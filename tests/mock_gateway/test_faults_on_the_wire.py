"""Faults of the connection, over real sockets: each bites on both sides of the commit, and each heals."""

import json
import socket
import time
from pathlib import Path

import httpx
import pytest

from mock_gateway.application import Settings, create_gateway
from mock_gateway.database import Database
from mock_gateway.faces.exchange import IS_FREE
from mock_gateway.server import GatewayServer, serve_in_thread
from tests.mock_gateway.driving import CHARGES, NO_CERTIFICATES, OverTheWire, eventually, served

LOST = ("reset", "hang", "timeout", "truncate")


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize(("phase", "charged"), [("before", []), ("after", [4000])])
def test_answer_is_lost_until_healed(wire: OverTheWire, kind: str, phase: str, charged: list[int]) -> None:
    delay = {"delay_ms": 20} if kind in ("hang", "timeout") else {}
    fault = wire.set_fault(kind, phase=phase, **delay)

    with pytest.raises(httpx.TransportError):
        wire.charge(key="k-1")

    assert wire.amounts() == charged
    assert wire.fired(fault) == 1
    wire.heal(fault)
    assert wire.charge(key="k-1").status == 201
    assert wire.amounts() == [4000]


def test_connection_is_refused_until_healed(wire: OverTheWire) -> None:
    fault = wire.set_fault("refuse")

    with pytest.raises(httpx.TransportError):
        wire.charge()

    assert (wire.amounts(), wire.fired(fault)) == ([], 1)
    wire.heal(fault)
    assert wire.charge().status == 201


def test_connection_ends_with_rst_when_it_is_reset(wire: OverTheWire) -> None:
    with (
        wire.begun({}, {"X-Gateway-Fault": "kind=reset; phase=after"}) as connection,
        pytest.raises(ConnectionResetError),
    ):
        connection.recv(1)


def test_half_of_the_body_comes_when_it_is_truncated(wire: OverTheWire) -> None:
    received = b""
    with wire.begun({}, {"X-Gateway-Fault": "kind=truncate; phase=after"}) as connection:
        while chunk := connection.recv(65_536):  # ends: the server closes the connection
            received += chunk

    head, _, body = received.partition(b"\r\n\r\n")
    promised = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
    assert head.startswith(b"HTTP/1.1 201")
    assert len(body) == promised // 2
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_request_is_held_until_its_client_gives_up_when_it_hangs(wire: OverTheWire) -> None:
    fault = wire.set_fault("hang", phase="after")

    began_s = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        wire.send("POST", "/charges", {"amount_minor": 1, "currency": "USD", "card": "tok_visa"}, timeout_s=0.1)

    assert time.monotonic() - began_s >= 0.1
    assert (wire.amounts(), wire.fired(fault)) == ([1], 1)


def test_others_are_served_when_more_requests_hang_than_there_are_threads() -> None:
    with served(threads=2) as wire:
        wire.set_fault("hang", match={"merchant": "m-1"}, delay_ms=60_000)
        held = [wire.begun({"merchant": "m-1"}, {}) for _ in range(10)]
        connections: list[socket.socket] = [one.__enter__() for one in held]
        try:
            eventually(lambda: len(wire.get("/_admin/fired").json["fired"]) == 10)
            assert wire.charge(merchant="m-2").status == 201
        finally:
            for connection in connections:
                connection.close()


def test_others_are_served_when_more_requests_are_slow_than_there_are_threads() -> None:
    with served(threads=2) as wire:
        wire.set_fault("slow", match={"merchant": "m-1"}, delay_ms=60_000)
        with (
            wire.begun({"merchant": "m-1"}, {}),
            wire.begun({"merchant": "m-1"}, {}),
            wire.begun({"merchant": "m-1"}, {}),
        ):
            eventually(lambda: len(wire.get("/_admin/fired").json["fired"]) == 3)
            assert wire.charge(merchant="m-2").status == 201


@pytest.mark.parametrize("phase", ["before", "after"])
def test_answer_is_late_and_right_when_slow(wire: OverTheWire, phase: str) -> None:
    fault = wire.set_fault("slow", phase=phase, delay_ms=80)

    began_s = time.monotonic()
    reply = wire.charge(key="k-1")
    took_s = time.monotonic() - began_s

    assert (reply.status, wire.amounts(), wire.fired(fault)) == (201, [4000], 1)
    assert took_s >= 0.08
    call = wire.get("/_admin/calls").json["calls"][-1]
    assert (call["status"], call["request_id"]) == (201, reply.headers["request-id"])
    assert call["duration_ms"] >= 80


def test_charge_is_committed_at_once_when_only_its_answer_is_slow(wire: OverTheWire) -> None:
    wire.set_fault("slow", match=CHARGES, phase="after", delay_ms=60_000, times=1)
    with wire.begun({}, {"Idempotency-Key": "k-1"}):
        eventually(lambda: wire.amounts() == [4000])

        assert wire.charge(key="k-1").headers["idempotent-replayed"] == "true"


def test_connection_is_kept_when_nothing_breaks_it(wire: OverTheWire) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{wire.port}", trust_env=False, verify=NO_CERTIFICATES) as client:
        bodies = [client.get("/health", headers={"Connection": "keep-alive"}) for _ in range(3)]
        ports = {id(answer.extensions["network_stream"]) for answer in bodies}

    assert {answer.status_code for answer in bodies} == {200}
    assert len(ports) == 1


def test_requests_are_answered_in_order_when_they_are_pipelined(wire: OverTheWire) -> None:
    health = b"GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n"
    with wire.begun({}, {"X-Gateway-Fault": "kind=slow; delay_ms=30"}) as connection:
        connection.sendall(health)
        received = b""
        while b'"status":"ok"' not in received:
            received += connection.recv(65_536)

    assert received.index(b"HTTP/1.1 201") < received.index(b"HTTP/1.1 200")


def test_head_has_no_body(wire: OverTheWire) -> None:
    with socket.create_connection(("127.0.0.1", wire.port), timeout=5) as connection:
        connection.sendall(b"HEAD /health HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk

    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(b"\r\n\r\n")


def test_connection_is_closed_when_the_application_breaks() -> None:
    def broken(_environ: object, _start: object) -> list[bytes]:
        raise ZeroDivisionError

    server = GatewayServer(broken, host="localhost", port=0, threads=1)
    thread = serve_in_thread(server)
    try:
        with pytest.raises(httpx.TransportError):
            OverTheWire(server.port).get("/health")
    finally:
        server.stop()
        thread.join(5)


def test_others_are_answered_while_a_charge_waits_for_the_database(tmp_path: Path) -> None:
    application, close = create_gateway(Settings(database=tmp_path / "gateway.sqlite3", seed=1))
    database: Database = application.config[IS_FREE].__self__
    server = GatewayServer(application, host="127.0.0.1", port=0, threads=4)
    thread = serve_in_thread(server)
    wire = OverTheWire(server.port)

    with database.write(), wire.begun({}, {"Idempotency-Key": "k-1"}):
        assert wire.get("/health").status == 200

    eventually(lambda: wire.get("/idempotency-keys/k-1").status == 200)
    wire.close()
    server.stop()
    thread.join(5)
    close()
