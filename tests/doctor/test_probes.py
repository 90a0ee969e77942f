"""Probes are described well enough to be believed, and are found by their names."""

import re

import pytest

from harness.doctor import Probe, all_probes, chosen_probes
from harness.errors import SettingInvalid

PROBES = all_probes()
# Ids are stable: scenarios name them. One may be added; one that is renamed breaks somebody's tests.
PUBLISHED = {
    "apigateway.api-keys",
    "apigateway.form-bodies",
    "apigateway.http-authorizer",
    "apigateway.lambda-proxy",
    "apigateway.usage-plan-limits",
    "cloudwatch.alarms",
    "dynamodb.backups",
    "dynamodb.capacity-figures",
    "dynamodb.conditional-writes",
    "dynamodb.limits",
    "dynamodb.malformed-requests",
    "dynamodb.numbers",
    "dynamodb.pitr",
    "dynamodb.queries",
    "dynamodb.streams",
    "dynamodb.transactions.atomic",
    "dynamodb.transactions.isolated",
    "dynamodb.transactions.token",
    "dynamodb.ttl",
    "lambda.async-dead-letters",
    "lambda.async-retries",
    "lambda.error-types",
    "lambda.event-source-mappings",
    "lambda.runs",
    "lambda.stream-failures",
    "lambda.stream-mappings",
    "lambda.timeout",
    "s3.conditional-puts",
    "sns.fan-out",
    "sqs.fifo",
    "sqs.redrive",
    "states.catch",
    "states.catch-by-name",
    "states.definitions",
    "states.dynamodb-integration",
    "states.execution-names",
    "states.retry",
    "states.timeouts",
    "sts.session-tags",
}


def test_no_id_is_lost_that_was_published() -> None:
    assert {one.id for one in PROBES} >= PUBLISHED


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.id)
def test_probe_says_what_it_does_and_what_is_documented_where(probe: Probe) -> None:
    assert re.fullmatch(r"[a-z0-9]+(\.[a-z-]+)+", probe.id)
    assert probe.description[0].isupper()
    assert not probe.description.endswith(".")
    assert len(probe.does) > 20
    assert len(probe.documented) > 10
    assert probe.source.startswith("https://docs.aws.amazon.com/")
    assert 0 < probe.bound_s <= 120


def test_family_is_chosen_when_the_beginning_is_named() -> None:
    assert [one.id for one in chosen_probes(["dynamodb.transactions", "lambda.runs"])] == [
        "dynamodb.transactions.atomic",
        "dynamodb.transactions.isolated",
        "dynamodb.transactions.token",
        "lambda.runs",
    ]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("dynamodb.transaction.token", "did you mean 'dynamodb.transactions.token'?"),
        ("retry", "did you mean 'states.retry'?"),
        ("lambda.", "did you mean"),
        ("", "tells all"),
        ("zzz", "tells all"),
    ],
)
def test_choice_is_refused_when_there_is_no_such_probe(name: str, remedy: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        chosen_probes([name])

    assert remedy in str(refused.value)
