"""Whatever the systems' OpenAPI documents allow, the running systems answer as the documents say, and never fail.

By schemathesis, from a fixed seed: values that the document allows, and values that it doesn't, for ids that are there
and ids that are not.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.deploy import deploy_system
from harness.deploy.front_doors import api_keys
from harness.ids import new_token
from harness.targets import Environment, open_environment
from tests.command_line import run_rehearse

pytestmark = pytest.mark.slow
SYSTEMS = Path(__file__).parents[2] / "systems"
SEED = 20_260_101
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
WITHIN_S = 300
# So often an id is one that is there.
KNOWN = 0.6


@pytest.fixture(scope="module")
def cloud() -> Iterator[Environment]:
    with open_environment(instance=f"contracts-{new_token()}") as environment:
        deploy_system("payments", environment)
        deploy_system("booking", environment)
        yield environment


def test_payments_keep_to_their_document(cloud, tmp_path):
    outputs = deploy_system("payments", cloud)
    key = api_keys("payments", cloud, outputs)["PAYMENTS_API_KEY"]
    url = cloud.api_url("payments")
    with httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=30, trust_env=False) as http:
        credit = {"amount": "100000.00", "currency": "USD"}
        http.post("/wallets/rich/credits", json=credit).raise_for_status()
        paid = {"payment_id": "pay-known", "user_id": "rich", "amount": "500.00", "currency": "USD"}
        http.post("/payments", json=paid).raise_for_status()

    known = {"user_id": ["rich", "poor"], "payment_id": ["pay-known"]}
    _run(tmp_path, "payments", url, key, known, examples=20)


def test_bookings_keep_to_their_document(cloud, tmp_path, monkeypatch, capfd):
    keys = tmp_path / "keys.jsonl"
    where = ("--instance", cloud.instance, "--keys-file", str(keys), "--json")
    code, told, problems = run_rehearse(("seed", "booking", "--set", "dental-clinic", *where), monkeypatch, capfd)
    assert code == 0, told + problems
    key = json.loads(keys.read_text().splitlines()[0])["key"]
    url = cloud.api_url("booking")
    with httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=30, trust_env=False) as http:
        chats = http.get("/conversations").raise_for_status().json()["items"]
        providers = [one["providerId"] for one in http.get("/providers").raise_for_status().json()["items"]]
        bookings = [one["bookingId"] for provider in providers for one in _bookings(http, provider)]

    known = {
        "tenantId": ["tnt_dental-clinic", "tnt_hairdresser"],
        "providerId": providers,
        "serviceId": ["svc_limpieza-dental", "svc_implante"],
        "categoryId": ["cat_prevencion"],
        "conversationId": [one["conversationId"] for one in chats],
        "bookingId": bookings,
        "ruleId": ["rule_mon"],
    }
    _run(tmp_path, "booking", url, key, known, examples=3)


def _bookings(http: httpx.Client, provider_id: str) -> list[dict[str, str]]:
    from datetime import UTC, datetime, timedelta

    today, found = datetime.now(UTC).date(), []
    for days in range(15):
        params = {"date": f"{today + timedelta(days=days)}"}
        found += http.get(f"/providers/{provider_id}/bookings", params=params).raise_for_status().json()["items"]
    assert found
    return found


def _run(folder: Path, system: str, url: str, key: str, known: dict[str, list[str]], *, examples: int) -> None:
    config = folder / "schemathesis.toml"
    config.write_text(_config(known))
    command = [
        *(str(Path(sys.executable).with_name("st")), "--config-file", str(config)),
        *("run", str(SYSTEMS / system / "openapi.yaml"), "--url", url, "--header", f"x-api-key: {key}"),
        *("--checks", CHECKS, "--max-examples", str(examples), "--seed", str(SEED), "--workers", "1"),
        # Without the phase that follows links from answer to request, of which these documents have none.
        *("--phases", "examples,coverage,fuzzing", "--no-color", "--generation-database", "none"),
    ]
    # It keeps what it found in the folder in which it runs.
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=WITHIN_S)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]


def _config(known: dict[str, list[str]]) -> str:
    lists = [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}\n" for name, values in known.items()]
    uses = [f'"path.{name}" = {{ dictionary = "{name}", probability = {KNOWN} }}' for name in known]
    return "\n".join([*lists, "[parameters]", *uses, ""])
