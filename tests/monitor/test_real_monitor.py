"""The monitor on a real cloud, in a real terminal: what users see."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from docs.pictures.terminal import Sheet, run

pytestmark = pytest.mark.slow
REHEARSE = str(Path(sys.executable).with_name("rehearse"))
USER = "user_test_001"
TASKS = ("CheckWalletBalance", "PaymentCreate", "DebitWallet", "ProcessPayment", "UpdatePaymentStatus")


class Cloud:
    """An environment of its own, with the payments system and a wallet in it."""

    def __init__(self, state_folder: Path) -> None:
        settings = {"REHEARSAL_INSTANCE": "monitored", "REHEARSAL_STATE_DIR": str(state_folder)}
        self.environ = {**os.environ, **settings}
        self.settings = settings

    def rehearse(self, *arguments: str, code: int = 0, **environ: str) -> str:
        answer = subprocess.run(
            [REHEARSE, *arguments], env=self.environ | environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert answer.returncode == code, answer.stderr + answer.stdout
        return answer.stdout

    def on_terminal(self, *arguments: str, **options: Any) -> tuple[Sheet, int]:
        return run([REHEARSE, *arguments], environ=self.settings, **options)

    def fault(self, **rule: Any) -> None:
        address = json.loads(self.rehearse("env", "--json"))["GATEWAY_URL"]
        assert httpx.post(f"{address}/_admin/faults", json=rule, trust_env=False).status_code == 201


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path_factory.mktemp("state"))
    try:
        cloud.rehearse("up", "--quiet")
        cloud.rehearse("deploy", "payments", "--quiet")
        cloud.rehearse("wallet", "open", USER, "1000.00", "--quiet")
        yield cloud
    finally:
        cloud.rehearse("down")


def test_five_states_are_shown_on_a_terminal_when_a_payment_succeeds(cloud: Cloud) -> None:
    sheet, code = cloud.on_terminal("pay", USER, "50.00", "--order-id", "order-7", "--payment-id", "pay-seen")

    lines = sheet.text().splitlines()
    assert code == 0
    assert lines[:2] == ["🚀 start payment pay-seen", f"📋 user {USER} · amount 50.00 USD · order order-7"]
    assert [line for line in lines if "[RUNNING]" in line] == [f"⏳ [RUNNING] {name}" for name in TASKS]
    assert [line.split()[2] for line in lines if "[SUCCESS]" in line] == [*TASKS]
    assert "payment COMPLETED" in sheet.text()
    assert lines[-1].startswith("🎉 complete: 5 states in ")


def test_way_back_is_shown_when_the_card_is_declined(cloud: Cloud) -> None:
    sheet, code = cloud.on_terminal("pay", USER, "40.00", "--card", "tok_chargeDeclined")

    assert code == 1
    assert "↩ CompensateWallet → MarkFailed → PaymentFailed" in sheet.text()
    assert "PaymentDeclined" in sheet.text()


def test_running_state_is_shown_with_its_time_and_ctrl_c_leaves_the_payment_alone(cloud: Cloud) -> None:
    cloud.fault(kind="slow", phase="before", delay_ms=2500, times=1, match={"reference": "pay-slow"})

    sheet, code = cloud.on_terminal(
        *("pay", USER, "30.00", "--payment-id", "pay-slow"),
        until=lambda seen: " ProcessPayment  1." in seen.text(),
        interrupt=True,
    )
    followed = json.loads(cloud.rehearse("monitor", "pay-slow", "--json"))

    assert code == 130
    assert "rehearse monitor pay-slow" in sheet.text()
    assert followed["execution"]["outcome"] == "SUCCEEDED"
    assert any("ProcessPayment took" in warning for warning in followed["warnings"])


def test_retries_are_told_when_the_answer_of_the_gateway_is_refused(cloud: Cloud) -> None:
    cloud.fault(kind="refuse", times=1, match={"operation": "charge", "reference": "pay-again"})

    told = cloud.rehearse("pay", USER, "20.00", "--payment-id", "pay-again")

    assert "⚠️ [WARNING] ProcessPayment" in told
    assert "🔄 [RETRY]   ProcessPayment  attempt 2" in told
    assert "answer reset" in told
    assert "\x1b" not in told


def test_next_execution_is_followed_whoever_starts_it(cloud: Cloud) -> None:
    waiting = subprocess.Popen(
        [REHEARSE, "monitor", "--next", "--json"],
        env=cloud.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert waiting.stderr is not None
        assert waiting.stderr.readline().startswith("waiting for the next execution")
        cloud.rehearse("pay", USER, "10.00", "--payment-id", "pay-next", "--json")
        out, _ = waiting.communicate(timeout=30)
    finally:
        waiting.kill()
        waiting.wait()

    assert (waiting.returncode, json.loads(out)["execution"]["name"]) == (0, "pay-next")


def test_output_is_ascii_when_it_can_not_be_more(cloud: Cloud) -> None:
    told = cloud.rehearse("pay", USER, "1.00", PYTHONIOENCODING="ascii")

    assert told.isascii()
    assert ".. [RUNNING] CheckWalletBalance" in told
    assert cloud.rehearse("wallet", "show", USER, PYTHONIOENCODING="ascii").startswith(f"$$ {USER} has ")


def test_unknown_payment_is_explained(cloud: Cloud) -> None:
    answer = subprocess.run(
        [REHEARSE, "monitor", "nobody"], env=cloud.environ, capture_output=True, text=True, timeout=60, check=False
    )

    assert (answer.returncode, answer.stdout) == (2, "")
    assert "there is no execution 'nobody'" in answer.stderr
