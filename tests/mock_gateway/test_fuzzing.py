"""Whatever is sent, the gateway answers in its own ways: bytes that mean nothing, and all that its document allows."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as draw

from mock_gateway.about.openapi import description
from tests.mock_gateway.driving import WAIT_S, InProcess, OverTheWire

# What Stripe's face takes by the same readers; one route for each of them.
STRIPE = ("/v1/charges", "/v1/customers", "/v1/payment_intents", "/v1/refunds", "/v1/webhook_endpoints")
POSTS = [*sorted(path for path, told in description()["paths"].items() if "post" in told), *STRIPE]
KEYS = {"X-API-Key": "any", "Authorization": "Bearer sk_test_any"}
TYPES = ("application/json", "application/x-www-form-urlencoded", "text/csv", "multipart/form-data; boundary=x", "")
SEED = 20_260_101
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Without the one that follows links from answer to request, of which these routes have none.
PHASES = "examples,coverage,fuzzing"
WITHIN_S = 300


NAMES = sorted({*re.findall(r"'(\w+)': \{", str(description())), "amount", "source", "email", "url"})
TEXTS = draw.text(max_size=12) | draw.sampled_from(("USD", "tok_visa", "ch_0", "\ud800", "\x00", "4242424242424242"))
NUMBERS = draw.integers() | draw.floats(allow_nan=False) | draw.sampled_from((0, 4000, 10**400))
SCALARS = draw.none() | draw.booleans() | NUMBERS | TEXTS
VALUES = SCALARS | draw.lists(SCALARS, max_size=2) | draw.dictionaries(draw.sampled_from(NAMES), SCALARS, max_size=3)
DOCUMENTS = (draw.dictionaries(draw.sampled_from(NAMES), VALUES, max_size=6) | VALUES).map(json.dumps)
BYTES = draw.binary(max_size=40).map(lambda sent: sent.decode("latin-1"))
VISIBLE = draw.text(draw.characters(min_codepoint=33, max_codepoint=126), max_size=20)
# What is set there would befall the requests after it, or takes its time: the slow tests have them.
APART = ("/_admin/faults", "/_admin/webhooks/wait")


@settings(
    max_examples=400,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    path=draw.sampled_from([path for path in POSTS if path not in APART]),
    body=DOCUMENTS | BYTES,
    kind=draw.sampled_from(TYPES),
    key=VISIBLE,
)
def test_every_post_is_answered_without_a_failure(
    gateway: InProcess, path: str, body: str, kind: str, key: str
) -> None:
    headers = {**KEYS, "Content-Type": kind, "Idempotency-Key": key}

    reply = gateway.send("POST", re.sub("{.*?}", "x", path), body, headers)

    assert reply.status < 500, reply.text


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", ["", "null", "[]", "{", '{"a": NaN}', "\x00", '"\\ud800"', "[" * 9_000, "1" * 5_000])
def test_post_is_refused_or_done_when_its_body_is_odd(gateway: InProcess, path: str, body: str) -> None:
    reply = gateway.send("POST", re.sub("{.*?}", "x", path), body, {**KEYS, "Content-Type": TYPES[0]})

    assert reply.status < 500, reply.text


@pytest.mark.parametrize(
    "fields", [{"reference": "\ud800"}, {"metadata": {"a": "\udfff"}}, {"metadata": {"\ud800": "a"}}]
)
def test_charge_is_refused_when_it_holds_half_a_character(gateway: InProcess, fields: dict[str, object]) -> None:
    assert gateway.charge(**fields).status == 400
    assert gateway.entries() == []


@pytest.mark.parametrize(
    ("request_line", "status", "code"),
    [
        (b"POST /charges HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n", b"413", b"body_too_large"),
        (b"POST /charges HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", b"400", b"request_refused"),
        (b"nonsense\r\n\r\n", b"400", b"request_refused"),
    ],
)
def test_what_is_no_request_is_refused_in_the_shape_of_all_errors(
    wire: OverTheWire, request_line: bytes, status: bytes, code: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", wire.port), timeout=WAIT_S) as connection:
        connection.sendall(request_line)
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")

    assert (head.split()[1], json.loads(body)["error"]["code"].encode()) == (status, code)
    assert b"Content-Type: application/json" in head


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "left_out", "examples"),
    [
        # A fault that is set befalls the requests after it, and erasing takes away what they are about.
        ("openapi.json", ["/_admin/faults", "/_admin/reset", "/_admin/webhooks/wait"], 30),
        ("openapi-stripe.json", [], 20),
    ],
)
def test_document_is_kept_to_whatever_it_allows(
    wire: OverTheWire, tmp_path: Path, document: str, left_out: list[str], examples: int
) -> None:
    _run(wire, tmp_path, document, examples, [word for path in left_out for word in ("--exclude-path", path)])


@pytest.mark.slow
def test_document_is_kept_to_by_the_routes_that_set_and_erase(wire: OverTheWire, tmp_path: Path) -> None:
    _run(wire, tmp_path, "openapi.json", 50, ["--include-path-regex", "^/_admin/(faults.*|reset)$", "--phases", PHASES])


def _run(wire: OverTheWire, folder: Path, document: str, examples: int, only: list[str]) -> None:
    command = [
        *(str(Path(sys.executable).with_name("st")), "run", f"http://127.0.0.1:{wire.port}/{document}"),
        *("--checks", CHECKS, "--max-examples", str(examples), "--seed", str(SEED)),
        *("--workers", "1", "--no-color", "--generation-database", "none", *only),
        *(word for name, value in KEYS.items() for word in ("--header", f"{name}: {value}")),
    ]
    # It keeps what it found in the folder in which it runs.
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=WITHIN_S)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
