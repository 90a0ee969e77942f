"""Whole payments through the API: five states, their writes, events and the gateway's charge."""

import json
import os

from benchmarks.load import Connection, Timing, post, run_clients
from harness.targets.environment import Environment


def measure(environment: Environment, api_key: str, clients: int, each: int) -> Timing:
    """Return the timing of `each` payments a client, each client with a wallet of its own; a refusal raises."""
    port = int(environment.api_url("payments").rpartition(":")[2])
    headers = {"x-api-key": api_key, "Content-Type": "application/json"}
    run = os.urandom(4).hex()

    def make_operation(client: int):  # type: ignore[no-untyped-def]
        connection = Connection(port)
        user = f"bench-{run}-{clients}-{client}"
        credit = json.dumps({"amount": "100000.00", "currency": "USD"}).encode()
        _expect(200, connection.exchange(post(f"/wallets/{user}/credits", credit, headers)))

        def pay(turn: int) -> None:
            body = {"payment_id": f"{user}-{turn}", "user_id": user, "amount": "1.00", "currency": "USD"}
            answer = _expect(200, connection.exchange(post("/payments", json.dumps(body).encode(), headers)))
            if answer["status"] != "COMPLETED":
                raise RuntimeError(f"payment ended {answer['status']}")

        return pay

    return run_clients(clients, each, make_operation)


def _expect(status: int, answer: tuple[int, bytes]) -> dict[str, object]:
    if answer[0] != status:
        raise RuntimeError(f"expected {status}, got {answer[0]}: {answer[1][:300]!r}")
    document: dict[str, object] = json.loads(answer[1])
    return document
