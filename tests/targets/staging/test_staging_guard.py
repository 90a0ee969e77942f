"""A run begins only when list, keys, caller, account and gateway all say that it may; each of them refuses alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.clock import ManualClock
from harness.targets.staging import gateway
from harness.targets.staging.guard import check
from harness.targets.staging.identity import AMAZONS, EMULATORS, UNKNOWN, keys_are
from harness.targets.staging.refusal import StagingRefused
from tests.targets.staging.account import (
    ACCOUNT,
    BEGAN,
    LISTED,
    REGION,
    Account,
    caller,
    gateway_that_says,
    stack,
)

MOCK = {"status": "ok"}, {"service": "mock-gateway"}
AT_HOME = {**LISTED, "REHEARSAL_STAGING_GATEWAY_URL": "https://mock.example.org"}


def nobody(_region: str, _endpoint_url: str) -> Any:
    raise AssertionError("STS was asked although the shell refuses already")


def may_begin(
    environ: Mapping[str, str], account: Account | None = None, *, who: Any = None, instance: str = "demo"
) -> Any:
    held = account or Account()
    return check(
        instance, REGION, environ, who=who or caller(), client=lambda *_: held.client, clock=ManualClock(BEGAN)
    )


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the gateway at the named https address be the mock."""
    monkeypatch.setattr(gateway, "_ask", lambda url: MOCK[0] if url.endswith("/health") else MOCK[1])


@pytest.mark.usefixtures("mocked")
def test_run_may_begin_when_everything_says_so() -> None:
    question = may_begin(AT_HOME)

    assert question.run.account_id == ACCOUNT
    assert question.run.prefix.startswith("rh-demo-")
    assert question.run.expires_at == "2026-11-22T12:00:00+00:00"
    assert question.run.endpoint_url == ""
    assert (question.expected, question.unread) == ((), ())


def test_run_is_refused_when_nothing_is_listed() -> None:
    with pytest.raises(StagingRefused, match="needs an allow list") as refused:
        may_begin({}, who=nobody)

    assert refused.value.exit_code == 2
    assert "staging.example.yaml" in refused.value.remedy


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({**LISTED, "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "AWS_ENDPOINT_URL is set"),
        ({**LISTED, "AWS_ENDPOINT_URL_STS": "https://192.0.2.7"}, "AWS_ENDPOINT_URL_STS is set"),
        ({**LISTED, "REHEARSAL_STAGING_ENDPOINT_URL": "http://192.0.2.7:4566"}, "expected http:// and a loopback"),
        ({**LISTED, "REHEARSAL_STAGING_ENDPOINT_URL": "https://sts.amazonaws.com"}, "expected http:// and a loopback"),
    ],
)
def test_run_is_refused_before_sts_is_asked_when_the_shell_leads_elsewhere(
    environ: Mapping[str, str], words: str
) -> None:
    with pytest.raises(StagingRefused, match=words):
        may_begin(environ, who=nobody)


def test_run_is_refused_when_its_name_would_be_taken_for_production() -> None:
    with pytest.raises(StagingRefused, match="the instance is named prod2"):
        may_begin(AT_HOME, who=nobody, instance="prod2")


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (caller("444455556666"), "account 444455556666 in eu-central-1 is not on the allow list"),
        (caller(arn=f"arn:aws:iam::{ACCOUNT}:root"), "root user"),
        (caller(keys=EMULATORS), "the credentials are an emulator's, and staging means AWS"),
        (caller(keys=UNKNOWN), "of no form that AWS gives"),
        (caller("000000000000"), "which only emulators have"),
        (caller(endpoints=("http://127.0.0.1:4566",)), "STS was not asked at AWS"),
    ],
)
def test_run_is_refused_when_the_caller_is_not_who_is_meant(who: Any, words: str) -> None:
    with pytest.raises(StagingRefused, match=words):
        may_begin(AT_HOME, who=who)


def test_run_is_refused_when_an_emulator_would_get_real_keys() -> None:
    proving = {**LISTED, "REHEARSAL_STAGING_ENDPOINT_URL": "http://127.0.0.1:4566"}

    with pytest.raises(StagingRefused, match="is an emulator, which must never see such"):
        may_begin(proving, who=caller(endpoints=("http://127.0.0.1:4566",), keys=AMAZONS))


@pytest.mark.parametrize(
    ("account", "finding"),
    [
        (Account(aliases=["acme-prod"]), "alias:acme-prod"),
        (Account(name="Acme Production"), "account-name:Acme Production"),
        (Account(stacks=[stack("LiveOrders")]), "stack:LiveOrders"),
        (Account(stacks=[stack("shop", protected=True)]), "stack:shop  a stack with termination protection"),
        (Account(stacks=[stack("shop", tags={"env": "prod"})]), "stack:shop  a stack's tag env=prod"),
        (Account(tables=["orders-prod"]), "table:orders-prod"),
        (Account(functions=["prd-checkout"]), "function:prd-checkout"),
        (Account(tags=[("arn:aws:rds:x", "Environment", "Production")]), "has the tag Environment=Production"),
    ],
)
@pytest.mark.usefixtures("mocked")
def test_run_is_refused_with_where_it_was_seen_when_the_account_smells_of_production(
    account: Account, finding: str
) -> None:
    with pytest.raises(StagingRefused, match="smells of production: 1 sign") as refused:
        may_begin(AT_HOME, account)

    assert finding in str(refused.value)


@pytest.mark.usefixtures("mocked")
def test_run_may_begin_when_every_finding_is_expected_by_name(tmp_path: Path) -> None:
    file = tmp_path / "list.yaml"
    file.write_text(f"accounts: [{{account: '{ACCOUNT}', region: {REGION}, expected: ['stack:live-demo']}}]")
    environ = {**AT_HOME, "REHEARSAL_STAGING_FILE": str(file), "REHEARSAL_STAGING_ACCOUNTS": ""}

    assert may_begin(environ, Account(stacks=[stack("live-demo")])).expected == ("stack:live-demo",)
    with pytest.raises(StagingRefused, match="1 sign") as refused:
        may_begin(environ, Account(stacks=[stack("live-demo"), stack("live-shop")]))
    assert "stack:live-shop" in str(refused.value)
    assert "stack:live-demo" not in str(refused.value)


@pytest.mark.usefixtures("mocked")
def test_own_runs_are_no_finding_when_they_are_tagged() -> None:
    own = stack("rh-live-abc123-payments", tags={"rehearsal:run": "abc123"})

    assert may_begin(AT_HOME, Account(stacks=[own])).expected == ()


@pytest.mark.usefixtures("mocked")
def test_unread_places_are_told_when_the_policy_forbids_what_is_not_suspicious() -> None:
    forbidden = {"list_account_aliases": "AccessDenied", "describe_account": "AWSOrganizationsNotInUseException"}

    assert may_begin(AT_HOME, Account(refuses=forbidden)).unread == ("the alias", "the name in Organizations")


@pytest.mark.parametrize("operation", ["describe_stacks", "list_tables", "list_functions", "get_resources"])
def test_run_is_refused_when_what_has_to_be_seen_is_forbidden(operation: str) -> None:
    with pytest.raises(StagingRefused, match="can't be read, so nothing says that it is no production account"):
        may_begin(AT_HOME, Account(refuses={operation: "AccessDenied"}))


@pytest.mark.parametrize(
    ("key", "whose"),
    [
        ("test", EMULATORS), ("000000000000", EMULATORS), ("111122223333", EMULATORS), ("LKIAQAAAHFR7TQ", EMULATORS),
        ("AKIAIOSFODNN7EXAMPLE", EMULATORS), ("AKIA" + "Z" * 16, AMAZONS), ("ASIA" + "Z" * 16, AMAZONS),
        ("AKIA" + "Z" * 9, UNKNOWN), ("", UNKNOWN),
    ],
)  # fmt: skip
def test_keys_are_told_apart_by_their_form(key: str, whose: str) -> None:
    assert keys_are(key) == whose


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "needs a card gateway"),
        ("https://api.stripe.com", "api.stripe.com, a real card gateway"),
        ("https://checkout-test.adyen.com/v71", "a real card gateway"),
        ("https://API.STRIPE.COM./v1", "a real card gateway"),
        ("http://127.0.0.1:3000", "expected https://"),
        ("http://mock.example.org", "expected https://"),
        ("https://me:secret@mock.example.org", "expected neither user nor password"),
        ("https://mock.example.org/?token=secret", "expected neither user nor password"),
    ],
)
def test_run_is_refused_when_the_gateway_is_none_that_a_rehearsal_may_use(url: str, words: str) -> None:
    with pytest.raises(StagingRefused, match=words) as refused:
        may_begin({**LISTED, "REHEARSAL_STAGING_GATEWAY_URL": url})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("health", "about"), [({"status": "ok"}, {"service": "nginx"}), ({"status": "down"}, MOCK[1]), ([], "hello")]
)
def test_gateway_is_refused_when_it_does_not_say_that_it_is_the_mock(health: object, about: object) -> None:
    with gateway_that_says(health, about) as url, pytest.raises(StagingRefused, match="does not say that it is"):
        gateway.checked_gateway({gateway.GATEWAY_VARIABLE: url}, proving=True)


def test_gateway_is_taken_when_it_says_that_it_is_the_mock() -> None:
    with gateway_that_says(*MOCK) as url:
        assert gateway.checked_gateway({gateway.GATEWAY_VARIABLE: f"{url}/"}, proving=True) == url
