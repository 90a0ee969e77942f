"""An edge of its own: each service has its server, and what can't be is said in words."""

import asyncio
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ConnectionClosedError

from harness.edge.standalone import Alone, Behind, ByService
from harness.errors import SettingInvalid
from harness.targets.ports import free_ports
from harness.waiting import wait_until
from tests.edge.images.engine import call_of
from tests.edge.standing import REHEARSE, dynamodb, edge_before, make_table, moto_server


def test_upstreams_are_known_when_they_are_given_by_service() -> None:
    behind = Behind.parse(["http://a:1", "dynamodb=http://b:2/?x=1", "s3=http://c"])

    assert behind.describe() == {"dynamodb": "http://b:2/?x=1", "s3": "http://c", "*": "http://a:1"}


@pytest.mark.parametrize("options", [[], ["http://a", "http://b"], ["s3=http://a", "s3=http://b"]])
def test_upstreams_are_refused_when_they_are_none_or_two(options: list[str]) -> None:
    with pytest.raises(SettingInvalid):
        Behind.parse(options)


def test_service_is_named_when_it_has_no_upstream() -> None:
    call = call_of("GetItem", {})

    answer = asyncio.run(ByService(Behind.parse(["s3=http://127.0.0.1:1"]))(call))

    assert answer.status == 502
    assert "--upstream dynamodb=URL" in answer.document["message"]


@pytest.mark.parametrize(
    ("key", "account"), [("test", "555555555555"), ("123456789012", "123456789012"), ("", "555555555555")]
)
def test_account_is_the_keys_own_when_the_key_is_one(key: str, account: str) -> None:
    assert Alone(Behind.parse(["http://a"]), "555555555555").account_of(key) == account


def rehearse_edge(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*REHEARSE, "edge", *options], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--upstream", "127.0.0.1:8000"], "no URL of an upstream"),
        (["--upstream", "http://127.0.0.1:{free}", "--within", "0"], "http://127.0.0.1:{free} can't be reached"),
        (["--upstream", "http://a", "--upstream", "http://b"], "two upstreams are given"),
        (["--upstream", "http://a", "--faults", "/nowhere.yaml"], "/nowhere.yaml can't be read"),
        (["--upstream", "http://a", "--directory", "/dev/null/x"], "--directory /dev/null/x can't be used: Not a dir"),
    ],
)
def test_command_ends_with_words_when_it_can_not_be_done(options: list[str], words: str) -> None:
    free = str(free_ports().aws)

    ended = rehearse_edge("--port", "0", *(option.format(free=free) for option in options))

    assert ended.returncode == 2
    assert words.format(free=free) in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_edge_serves_records_and_ends_when_an_engine_is_behind_it(tmp_path: Path) -> None:
    with moto_server() as moto, edge_before(moto, "--guard", "--directory", str(tmp_path)) as url:
        client = dynamodb(url)
        make_table(client, "Wallets")
        client.put_item(TableName="Wallets", Item={"PK": {"S": "alice"}})
        assert client.get_item(TableName="Wallets", Key={"PK": {"S": "alice"}})["Item"] == {"PK": {"S": "alice"}}

        health = httpx.get(f"{url}/_rehearsal/health").raise_for_status().json()
        calls = httpx.get(f"{url}/_rehearsal/calls").raise_for_status().json()["calls"]
        busy = rehearse_edge("--upstream", moto, "--port", url.rpartition(":")[2])
        second = rehearse_edge("--upstream", moto, "--port", "0", "--directory", str(tmp_path))

    assert (health["target"], health["upstreams"]) == ("standalone", {"*": moto})
    assert [call["operation"] for call in calls] == ["CreateTable", "PutItem", "GetItem"]
    assert (busy.returncode, "PortBusy" in busy.stderr) == (2, True)
    assert (second.returncode, "is another edge's, which still runs" in second.stderr) == (2, True)


@pytest.mark.slow
def test_held_call_is_let_go_when_the_edge_is_told_to_end(tmp_path: Path) -> None:
    rules = tmp_path / "faults.yaml"
    rules.write_text("- kind: hang\n", encoding="utf-8")
    options = ("--faults", str(rules), "--no-images", "--no-guard")
    with ThreadPoolExecutor(1) as apart, moto_server() as moto:
        with edge_before(moto, *options) as url:
            held = apart.submit(dynamodb(url).list_tables)
            wait_until(
                "the call is held",
                lambda: httpx.get(f"{url}/_rehearsal/faults").json()["faults"][0]["fired"] == 1,
                within_s=5,
            )

        with pytest.raises(ConnectionClosedError):
            held.result(5)
