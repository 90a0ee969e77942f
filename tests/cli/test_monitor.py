"""`rehearse monitor` and `rehearse pay`: lines, one JSON document, exit codes, errors in words."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from harness.cli import monitor, paying, wallets
from harness.cli.asking import Api
from harness.cli.watched import Watched
from harness.monitor import Machines, Witnesses
from tests.clients.fakes import FakeGateway, answer
from tests.command_line import run_rehearse
from tests.monitor.recordings import MACHINES, FakeStepFunctions, Recording

WALLET = {"user_id": "user_test_001", "balance": "991.00", "currency": "USD", "version": 3}
NAMES = ("paid", "declined", "gateway_down", "insufficient_funds", "refunded")


class Requests:
    """The payments API: documents by path, and what it was asked to start."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {"/wallets/user_test_001": WALLET}
        self.submitted: list[dict[str, Any]] = []
        self.answers_submission = answer(202)
        self.breaks = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.breaks:
            raise httpx.ConnectError("connection refused")
        if request.method == "POST":
            self.submitted.append(json.loads(request.content))
            return self.answers_submission
        found = self.documents.get(request.url.path)
        return answer(200, **found) if found else answer(404, error={"code": "not_found", "message": "there is none"})


@dataclass
class Shell:
    """Runs the command line on recorded executions."""

    run: Callable[..., tuple[int, str, str]]
    client: FakeStepFunctions
    requests: Requests


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Shell:
    client, requests = FakeStepFunctions(*map(Recording, NAMES)), Requests()
    api = Api(httpx.Client(base_url="http://api.test", transport=httpx.MockTransport(requests)))
    system = Watched(client, api, Machines(client, MACHINES), Witnesses(api, FakeGateway().client))
    for module in (monitor, paying):
        monkeypatch.setattr(module, "running", lambda *_: None)
        monkeypatch.setattr(module, "watched", lambda _: system)
    monkeypatch.setattr(wallets, "running", lambda *_: None)
    monkeypatch.setattr(wallets, "payments_api", lambda _: api)

    def run(*arguments: str) -> tuple[int, str, str]:
        return run_rehearse(arguments, monkeypatch, capfd)

    return Shell(run, client, requests)


def test_recent_ones_are_listed(shell: Shell) -> None:
    code, out, _ = shell.run("monitor")

    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["id", "ok-1", "down-1", "dec-1", "ref-1", "insuff-1"]


def test_fewer_are_listed_state_by_state_when_asked(shell: Shell) -> None:
    code, out, _ = shell.run("monitor", "--last", "2", "--states")

    assert code == 0
    assert [line for line in out.splitlines() if "🚀" in line] == [
        "🚀 refund ref-1 SUCCEEDED",
        "🚀 payment insuff-1 FAILED  CheckWalletBalance: InsufficientFunds",
    ]
    assert out.count("[SUCCESS]") == 4


def test_list_is_json_when_asked(shell: Shell) -> None:
    code, out, _ = shell.run("monitor", "--last", "1", "--json")

    (listed,) = json.loads(out)
    assert (code, listed["name"], listed["status"], listed["error"]) == (0, "insuff-1", "FAILED", "InsufficientFunds")


def test_it_says_how_to_start_one_when_there_is_none(shell: Shell) -> None:
    shell.client.recordings.clear()

    code, out, _ = shell.run("monitor")

    assert (code, out) == (0, "📋 no execution yet; start one: rehearse pay user_test_001 50.00\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("ok-1",), 0), (("ref-1",), 0), (("dec-1",), 1), (("dec-1", "--expect", "FAILED"), 0), (("ok-1", "--json"), 0)],
)
def test_exit_code_says_whether_it_ended_as_expected(arguments: tuple[str, ...], code: int, shell: Shell) -> None:
    assert shell.run("monitor", *arguments)[0] == code


def test_ended_execution_is_told_from_its_start_to_its_end(shell: Shell) -> None:
    _, out, err = shell.run("monitor", "dec-1")

    lines = out.splitlines()
    assert lines[0] == "🚀 start payment dec-1"
    assert lines[2] == "💰 initial balance 991.00 USD"
    assert "❌ payment failed in ProcessPayment: PaymentDeclined: card_declined: the card was declined" in lines
    assert err == ""


def test_nothing_but_one_document_is_printed_when_json_is_asked(shell: Shell) -> None:
    code, out, err = shell.run("monitor", "dec-1", "--json")

    document = json.loads(out)
    assert (code, err) == (1, "")
    assert document["compensation"] == ["CompensateWallet", "MarkFailed", "PaymentFailed"]
    assert (document["execution"]["failed_in"], document["final_balance"]) == ("ProcessPayment", "991.00 USD")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody",), "there is no execution 'nobody'"),
        (("ok-1", "--next"), "can't go together"),
        (("ok-1", "--expect", "GREAT"), "expected one of SUCCEEDED, FAILED, TIMED_OUT, ABORTED"),
    ],
)
def test_what_can_not_be_done_is_explained(arguments: tuple[str, ...], words: str, shell: Shell) -> None:
    code, out, err = shell.run("monitor", *arguments)

    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_next_one_is_followed_when_somebody_starts_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = shell.client.recordings.pop(Recording("paid").arn)
    asked: list[int] = []

    def newest(watched: Machines) -> set[str]:
        asked.append(1)
        if len(asked) == 3:
            shell.client.recordings[fresh.arn] = fresh
        return set(shell.client.recordings)

    monkeypatch.setattr(Machines, "newest", newest)

    code, out, err = shell.run("monitor", "--next")

    assert (code, out.splitlines()[0]) == (0, "🚀 start payment ok-1")
    assert err == "waiting for the next execution, at most 300 s; Ctrl-C ends it\n"


def test_it_ends_with_130_and_says_that_the_payment_goes_on_when_interrupted(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shell.client, "get_execution_history", interrupt)

    code, _, err = shell.run("monitor", "ok-1")

    assert code == 130
    assert "execution ok-1 goes on by itself; see how it ended with: rehearse monitor ok-1" in err


def test_payment_is_started_and_told(shell: Shell) -> None:
    code, out, _ = shell.run("pay", "user_test_001", "5.00", "--payment-id", "ok-1", "--order-id", "o-7")

    assert code == 1  # nothing was recorded under this id here, so its status is the execution's
    assert shell.requests.submitted == [
        {"payment_id": "ok-1", "user_id": "user_test_001", "amount": "5.00", "currency": "USD", "order_id": "o-7"}
    ]
    assert out.splitlines()[:3] == [
        "🚀 start payment ok-1",
        "📋 user user_test_001 · amount 5.00 USD · order o-7",
        "💰 initial balance 991.00 USD",
    ]


@pytest.mark.parametrize(("expect", "code"), [("COMPLETED", 1), ("FAILED", 0)])
def test_exit_code_of_a_payment_follows_its_status(expect: str, code: int, shell: Shell) -> None:
    shell.requests.documents["/payments/dec-1"] = {"payment_id": "dec-1", "status": "FAILED"}

    arguments = ("pay", "user_test_001", "4.00", "--payment-id", "dec-1", "--expect", expect, "--json")
    found, out, _ = shell.run(*arguments)

    assert (found, json.loads(out)["payment"]["status"]) == (code, "FAILED")


def test_it_is_said_when_the_payment_was_made_before(shell: Shell) -> None:
    shell.requests.answers_submission = answer(402, payment_id="dec-1", status="FAILED")

    _, out, _ = shell.run("pay", "user_test_001", "4.00", "--payment-id", "dec-1")

    assert "📋 this id was used before: nothing new is paid, this is how it went" in out


def test_missing_wallet_is_explained_when_nothing_was_recorded(shell: Shell) -> None:
    recording = shell.client.recordings[Recording("insufficient_funds").arn]
    for event in recording.events:
        if "Failed" in event["type"]:
            next(value for key, value in event.items() if key.endswith("Details"))["error"] = "WalletNotFound"

    code, out, _ = shell.run("pay", "nobody", "4.00", "--payment-id", "insuff-1")

    assert code == 1
    assert "💰 initial balance none: no wallet yet" in out
    assert "do  the user has no wallet; open one: rehearse wallet open" in out


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (409, "idempotency_conflict", "choose another, or none"),
        (404, "wallet_not_found", "rehearse wallet open"),
        (403, "", "rehearse deploy makes the API key anew"),
        (500, "", "rehearse logs --function payments-api"),
    ],
)
def test_refused_payment_says_what_to_do(status: int, code: str, words: str, shell: Shell) -> None:
    shell.requests.answers_submission = answer(status, error={"code": code, "message": "no"})

    found, _, err = shell.run("pay", "user_test_001", "4.00", "--json")

    assert found == 2
    assert f"POST /payments was answered with {status}: no" in err
    assert words in err


def test_api_that_does_not_answer_is_named(shell: Shell) -> None:
    shell.requests.breaks = True

    code, out, err = shell.run("pay", "user_test_001", "4.00", "--json")

    assert (code, out) == (2, "")
    assert "the payments API did not answer GET /wallets/user_test_001" in err
    assert "rehearse status" in err


def test_status_that_no_payment_has_is_refused(shell: Shell) -> None:
    code, _, err = shell.run("pay", "user_test_001", "4.00", "--expect", "SUCCEEDED")

    assert code == 2
    assert "a payment never ends as 'SUCCEEDED', expected one of COMPLETED, FAILED, PROCESSING" in err


def test_wallet_is_shown(shell: Shell) -> None:
    assert shell.run("wallet", "show", "user_test_001") == (0, "💰 user_test_001 has 991.00 USD\n", "version 3\n")
    assert json.loads(shell.run("wallet", "show", "user_test_001", "--json")[1]) == WALLET
    assert shell.run("wallet", "open", "user_test_001", "5.00")[1] == "💰 user_test_001 has 991.00 USD\n"


def test_path_is_blamed_not_the_key_when_the_api_has_no_such_path(shell: Shell) -> None:
    shell.requests.answers_submission = httpx.Response(403, json={"message": "Missing Authentication Token"})

    code, _, err = shell.run("wallet", "credit", "a/b", "5.00")

    assert code == 2
    assert "the API has no such path" in err
    assert "rehearse deploy" not in err


def test_missing_wallet_is_named(shell: Shell) -> None:
    code, _, err = shell.run("wallet", "show", "a/b")

    assert code == 2
    assert "GET /wallets/a%2Fb was answered with 404: there is none" in err
