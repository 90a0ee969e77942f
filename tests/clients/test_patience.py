"""Bounds of waits are stretched by the target's factor, in one place, and errors tell the bound that held."""

from collections.abc import Iterator

import pytest

from harness.clients import concurrently
from harness.clients.patience import be_patient, patience_of, patient_s
from harness.errors import SettingInvalid, StatusTimeout
from tests.clients.fakes import Clients, answer, answers


@pytest.fixture
def patience() -> Iterator[None]:
    yield
    be_patient(1.0)


@pytest.mark.parametrize(("target", "factor"), [("embedded", 1.0), ("docker", 5.0), ("staging", 10.0)])
def test_factor_is_the_target_s_when_nothing_is_set(target: str, factor: float) -> None:
    assert patience_of(target, {}) == factor


def test_factor_is_the_variable_s_when_it_is_set() -> None:
    assert patience_of("docker", {"REHEARSAL_PATIENCE": "2.5"}) == 2.5


@pytest.mark.parametrize("text", ["0", "-1", "much", "nan", "inf", "101"])
def test_factor_is_refused_when_it_is_none(text: str) -> None:
    with pytest.raises(SettingInvalid, match="REHEARSAL_PATIENCE"):
        patience_of("docker", {"REHEARSAL_PATIENCE": text})


def test_bound_is_the_stretched_one_when_a_payment_is_waited_for(patience: None) -> None:
    be_patient(3.0)
    payments = Clients(answers(answer(202, payment_id="pay-1", status="PROCESSING"))).payments
    started = payments.payment(payments.wallet(balance=None), amount="1.00").submit()

    with pytest.raises(StatusTimeout, match=r"is still PROCESSING after 0\.3 s"):
        started.reaches("COMPLETED", within_s=0.1)


def test_calls_have_as_much_longer_when_the_target_is_slow(patience: None) -> None:
    be_patient(4.0)

    assert patient_s(2.5) == 10.0
    assert concurrently(lambda: 1, within_s=0.5) == [1]
