"""The program: starts, stops with its parent, says what is wrong, and keeps what it committed."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from mock_gateway import __version__
from mock_gateway.__main__ import main
from tests.mock_gateway.driving import CHARGES, WAIT_S, OverTheWire, Reply, eventually

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "mock_gateway")


@contextmanager
def running(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", OverTheWire]]:
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found, process.communicate(timeout=WAIT_S)[1]
        wire = OverTheWire(int(found[1]))
        yield process, wire
        wire.close()
    finally:
        process.kill()
        process.communicate(timeout=WAIT_S)


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )


def test_everything_committed_is_there_when_the_process_was_killed(tmp_path: Path) -> None:
    database = str(tmp_path / "gateway.sqlite3")
    with running("--database", database) as (process, wire):
        first = wire.charge(key="k-1", reference="pay-1")
        refund = wire.refund(first.json["id"], key="r-1", amount_minor=1500)
        wire.set_fault("error", phase="after", times=1)
        lost = wire.charge(key="k-2")
        wire.set_fault("slow", match=CHARGES, delay_ms=60_000, times=1)
        with wire.begun({}, {"Idempotency-Key": "k-3"}):
            eventually(lambda: wire.get("/idempotency-keys/k-3").status == 200)
            before = wire.entries()
            process.send_signal(signal.SIGKILL)
            process.wait(WAIT_S)

    with running("--database", database) as (_, wire):
        assert wire.entries() == before
        assert len(before) == 3
        assert (wire.charge(key="k-1", reference="pay-1").text, wire.charge(key="k-2").text) == (first.text, lost.text)
        assert wire.refund(first.json["id"], key="r-1", amount_minor=1500).text == refund.text
        # What was in flight had no effect, and its key is free.
        assert wire.get("/idempotency-keys/k-3").status == 404
        assert wire.charge(key="k-3").status == 201
        assert wire.refund(first.json["id"], amount_minor=2501).code == "amount_too_large"


def test_ledger_agrees_with_every_answer_given_when_killed_under_load(tmp_path: Path) -> None:
    database = str(tmp_path / "gateway.sqlite3")
    clients = 4
    answered: list[Reply] = []

    def charge(client: int) -> None:
        for turn in range(10_000):
            card = "tok_chargeDeclined" if turn % 5 == 4 else "tok_visa"
            try:
                answered.append(wire.charge(key=f"k-{client}-{turn}", amount_minor=100 + turn, card=card))
            except httpx.TransportError:
                return

    with running("--database", database) as (process, wire):
        threads = [threading.Thread(target=charge, args=(client,)) for client in range(clients)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(answered) >= 200)
        process.kill()
        for thread in threads:
            thread.join(WAIT_S)

    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.close()
    with running("--database", database) as (_, wire):
        kept = {entry["id"]: entry for page in range(3) for entry in wire.entries(f"limit=1000&after={page * 1000}")}
        told = {reply.json.get("id") or reply.json["error"]["charge"]: reply for reply in answered}
        assert len(told) == len(answered)
        for charge_id, reply in told.items():
            entry = kept[charge_id]
            assert entry["status"] == ("succeeded" if reply.status == 201 else "declined")
            if reply.status == 201:
                told_of = ("amount_minor", "currency", "idempotency_key", "created_at")
                assert {name: reply.json[name] for name in told_of} == {name: entry[name] for name in told_of}
        # What was committed and not yet answered: at most one request of each client.
        assert len(kept) <= len(answered) + clients
        assert len({entry["idempotency_key"] for entry in kept.values()}) == len(kept)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_process_ends_cleanly_when_told_to(tmp_path: Path, stop: signal.Signals) -> None:
    database = tmp_path / "gateway.sqlite3"
    with running("--database", str(database)) as (process, wire):
        wire.charge()
        process.send_signal(stop)

        assert process.wait(WAIT_S) == 0
    assert [path.name for path in tmp_path.iterdir()] == [database.name]


def test_process_ends_when_its_parent_is_gone() -> None:
    with running("--stop-with-parent") as (process, wire):
        wire.set_fault("hang")
        with wire.begun({}, {}):
            assert process.stdin is not None
            process.stdin.close()

            assert process.wait(WAIT_S) == 0
        process.stdin = None


def test_process_stays_when_its_input_ends_and_nobody_asked_to_watch_it() -> None:
    with running() as (process, wire):
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None

        assert wire.get("/health").status == 200


def test_firings_are_logged_without_card_numbers() -> None:
    with running("--seed", "7") as (process, wire):
        wire.charge(key="k-1", reference="pay-1", card="4242424242424242", fault="kind=error; phase=after")
        process.terminate()
        _, log = process.communicate(timeout=WAIT_S)

    assert "fault header (error, after) bit charge reference='pay-1' idempotency_key='k-1'" in log
    assert "4242424242424242" not in log


def test_port_is_said_to_be_busy_when_it_is() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        answer = run("--port", str(port))

    assert answer.returncode == 2
    assert answer.stderr == (
        f"mock gateway: can't listen on 127.0.0.1:{port}: Address already in use; choose another with --port\n"
    )


def test_address_is_said_to_be_unusable_when_it_is() -> None:
    answer = run("--host", "no.such.host.invalid", "--port", "0")

    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
    assert answer.stderr.startswith("mock gateway: can't listen on no.such.host.invalid:0: ")


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be one", None])
def test_database_is_said_to_be_unusable_when_it_is(tmp_path: Path, content: bytes | None) -> None:
    database = tmp_path / "missing" / "x" if content is None else tmp_path / "x"
    if content:
        database.write_bytes(content * 100)

    answer = run("--port", "0", "--database", str(database))

    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
    assert answer.stderr.startswith(f"mock gateway: {database} can't be used as the gateway's database: ")


def test_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    database = tmp_path / "other.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()

    answer = run("--port", "0", "--database", str(database))

    assert answer.returncode == 2
    assert "or an empty file" in answer.stderr


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--threads", "0"], ["--idempotency", "never"]])
def test_option_is_refused_when_it_is_out_of_bounds(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_help_shows_every_option_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    text = capsys.readouterr().out
    for option in ("--host", "--port", "--database", "--seed", "--threads", "--idempotency", "--stop-with-parent"):
        assert option in text
    assert "examples:" in text


def test_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    with pytest.raises(SystemExit):
        main(["--version"])

    assert capsys.readouterr().out.strip() == __version__ == project["version"]


def test_program_imports_nothing_of_the_library() -> None:
    code = "import mock_gateway.__main__, sys, json; print(json.dumps(sorted(sys.modules)))"
    modules = json.loads(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    )

    assert not [name for name in modules if name.partition(".")[0] in ("harness", "boto3", "httpx", "requests")]
