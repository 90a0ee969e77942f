"""AWS's own SDKs meet faults at the edge and do what they do on AWS: retry, back off, slow down, give up.

The expectations are botocore's documented ones (boto3 guide, "Retries") and those of its data (`_retry.json`); where a
test says more than the documents, that is what botocore 1.43 was seen to do.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.exceptions import ChecksumError, ClientError, ConnectionClosedError, ReadTimeoutError

from tests.edge.faults.sdk import KEY, Place, serving

# Adaptive mode is standard mode with a limit of its own on the rate; it is tried where that does not take seconds.
TWO_MODES = ("legacy", "standard")
MODES = (*TWO_MODES, "adaptive")
THROTTLES = ("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded")
# Documented: 3 attempts in standard and adaptive mode; 5 in legacy mode, for DynamoDB 10.
ATTEMPTS = {"legacy": 10, "standard": 3, "adaptive": 3}
ALL = {"everybody": True}
ADD = {
    "TableName": "t",
    "Key": KEY,
    "UpdateExpression": "ADD #n :one",
    "ExpressionAttributeNames": {"#n": "Number"},
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


@pytest.fixture(scope="module")
def served() -> Iterator[Place]:
    with serving() as place:
        yield place


@pytest.fixture
def place(served: Place) -> Place:
    served.table.__init__()  # type: ignore[misc]
    return served


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let botocore's back-off pass at once, and return what it would have waited, in seconds."""
    waited: list[float] = []
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=waited.append))
    return waited


def read(client: Any) -> Any:
    return client.get_item(TableName="t", Key=KEY)


def retries_of(answer: Any) -> int:
    return int(answer["ResponseMetadata"]["RetryAttempts"])


# ---- how often, and when -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", TWO_MODES)
@pytest.mark.parametrize("code", THROTTLES[:2])
def test_call_succeeds_when_it_was_throttled_for_a_moment(
    place: Place, pauses: list[float], mode: str, code: str
) -> None:
    with place.faults.throttle("GetItem", code, times=2, **ALL) as throttled:
        answer = read(place.client(mode=mode))

    assert (retries_of(answer), throttled.fired, len(pauses)) == (2, 2, 2)
    assert place.table.calls == ["GetItem"]


@pytest.mark.parametrize("mode", TWO_MODES)
@pytest.mark.parametrize("code", THROTTLES[:2])
def test_client_gives_up_after_its_attempts_when_throttling_goes_on(
    place: Place, pauses: list[float], mode: str, code: str
) -> None:
    client = place.client(mode=mode)

    with place.faults.throttle("GetItem", code, **ALL) as throttled, pytest.raises(ClientError) as given_up:
        read(client)

    assert given_up.value.response["Error"]["Code"] == code
    assert isinstance(given_up.value, getattr(client.exceptions, code))
    assert (throttled.fired, len(pauses)) == (ATTEMPTS[mode], ATTEMPTS[mode] - 1)
    assert place.table.calls == []


def test_request_limit_is_retried_by_the_newer_modes_alone(place: Place, pauses: list[float]) -> None:
    fired = {}
    for mode in TWO_MODES:
        with place.faults.throttle("GetItem", "RequestLimitExceeded", **ALL) as throttled, pytest.raises(ClientError):
            read(place.client(mode=mode))
        fired[mode] = throttled.fired

    assert fired == {"legacy": 1, "standard": 3}


def test_legacy_mode_doubles_its_pauses_from_50_ms_when_dynamodb_throttles(place: Place, pauses: list[float]) -> None:
    with place.faults.throttle("GetItem", **ALL), pytest.raises(ClientError):
        read(place.client(mode="legacy"))

    assert pauses == [pytest.approx(0.05 * 2**number) for number in range(9)]


def test_standard_mode_pauses_at_random_below_a_bound_that_doubles_up_to_20_s(
    place: Place, pauses: list[float]
) -> None:
    with place.faults.throttle("GetItem", **ALL), pytest.raises(ClientError):
        read(place.client(mode="standard", attempts=12))

    bounds = [min(2.0**number, 20.0) for number in range(11)]
    assert len(pauses) == len(bounds)
    assert all(0 <= pause <= bound for pause, bound in zip(pauses, bounds, strict=True))
    # That all draws stay below 1.5 s although their bounds grow happens by chance once in a thousand million runs.
    assert max(pauses) > 1.5


def test_throttling_tells_which_table_and_which_limit(place: Place) -> None:
    client = place.client(mode="standard", attempts=1)

    with place.faults.throttle("GetItem", **ALL), pytest.raises(ClientError) as refused:
        read(client)

    (reason,) = refused.value.response["ThrottlingReasons"]  # type: ignore[typeddict-item]
    assert reason["reason"].startswith("TableRead")
    assert reason["resource"].startswith("arn:aws:dynamodb:us-east-1:")


@pytest.mark.slow
def test_adaptive_mode_sends_slower_once_it_was_throttled(place: Place, pauses: list[float]) -> None:
    took_s = {}
    for mode in ("standard", "adaptive"):
        client = place.client(mode=mode)
        with place.faults.throttle("GetItem", times=1, **ALL):
            started_s = time.monotonic()
            read(client)
            read(client)
            took_s[mode] = time.monotonic() - started_s

    # The back-off itself takes no time here: what is left is the client's own rate limit.
    assert took_s["standard"] < 0.5
    assert took_s["adaptive"] > 1.0


# ---- errors of the service -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", TWO_MODES)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_errors_are_retried(place: Place, pauses: list[float], mode: str, status: int) -> None:
    with place.faults.fail_with("GetItem", "InternalServerError", status=status, times=1, **ALL) as failed:
        answer = read(place.client(mode=mode))

    assert (retries_of(answer), failed.fired) == (1, 1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "code", ["ResourceNotFoundException", "AccessDeniedException", "ValidationException", "ExpiredTokenException"]
)
def test_refusals_are_not_retried(place: Place, pauses: list[float], mode: str, code: str) -> None:
    with place.faults.fail_with("GetItem", code, **ALL) as refused, pytest.raises(ClientError) as caught:
        read(place.client(mode=mode))

    assert caught.value.response["Error"]["Code"] == code
    assert (refused.fired, pauses) == (1, [])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ConditionalCheckFailed"])
def test_cancelled_transactions_are_the_caller_s_to_retry(
    place: Place, pauses: list[float], mode: str, reason: str
) -> None:
    client = place.client(mode=mode)
    items = [{"Put": {"TableName": "t", "Item": KEY}}, {"Delete": {"TableName": "t", "Key": {"ID": {"S": "b"}}}}]

    cancelled = place.faults.fail_with("TransactWriteItems", "TransactionCanceledException", reasons=[reason], **ALL)
    with cancelled, pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=items)

    codes = [one["Code"] for one in caught.value.response["CancellationReasons"]]
    assert codes == [reason, "None"]
    assert (cancelled.fired, pauses) == (1, [])


def test_transaction_in_progress_is_retried(place: Place, pauses: list[float]) -> None:
    for mode in TWO_MODES:
        with place.faults.fail_with("TransactWriteItems", "TransactionInProgressException", times=1, **ALL) as busy:
            place.client(mode=mode).transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": KEY}}])
        assert busy.fired == 1


def test_unprocessed_items_are_the_caller_s_to_write_again(place: Place, pauses: list[float]) -> None:
    entries = [{"PutRequest": {"Item": {"ID": {"S": name}}}} for name in "abc"]

    with place.faults.leave_unprocessed("BatchWriteItem", keep=1, **ALL) as left:
        answer = place.client(mode="standard").batch_write_item(RequestItems={"t": entries})

    assert (left.fired, pauses, place.table.number) == (1, [], 1)
    assert answer["UnprocessedItems"] == {"t": entries[1:]}


# ---- the connection ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", TWO_MODES)
@pytest.mark.parametrize("how", ["reset", "truncate"])
def test_broken_connections_are_retried(place: Place, pauses: list[float], mode: str, how: str) -> None:
    with place.faults.lose_answer("GetItem", how, times=1, **ALL) as lost:  # type: ignore[arg-type]
        answer = read(place.client(mode=mode))

    assert (retries_of(answer), lost.fired) == (1, 1)
    assert place.table.calls == ["GetItem", "GetItem"]


def test_connection_error_is_told_when_every_attempt_is_reset(place: Place, pauses: list[float]) -> None:
    client = place.client(mode="standard")

    with place.faults.refuse("GetItem", **ALL) as refused, pytest.raises(ConnectionClosedError):
        read(client)

    assert (refused.fired, place.table.calls) == (3, [])


@pytest.mark.parametrize("mode", TWO_MODES)
def test_hung_call_is_tried_again_when_reading_times_out(place: Place, pauses: list[float], mode: str) -> None:
    with place.faults.hang("GetItem", times=1, **ALL) as hung:
        answer = read(place.client(mode=mode, read_timeout_s=0.2))

    assert (retries_of(answer), hung.fired) == (1, 1)


def test_time_out_is_told_when_every_attempt_hangs(place: Place, pauses: list[float]) -> None:
    client = place.client(mode="standard", attempts=2, read_timeout_s=0.1)

    with place.faults.hang("GetItem", **ALL) as hung, pytest.raises(ReadTimeoutError):
        read(client)

    assert hung.fired == 2


@pytest.mark.parametrize("mode", TWO_MODES)
def test_garbled_answer_is_retried_when_its_checksum_is_wrong(place: Place, pauses: list[float], mode: str) -> None:
    with place.faults.garble_answer("GetItem", times=1, **ALL) as garbled:
        answer = read(place.client(mode=mode))

    assert (retries_of(answer), garbled.fired) == (1, 1)
    assert answer["Item"]["ID"] == {"S": "a"}


def test_garbled_answer_is_taken_for_an_empty_one_when_every_attempt_was_garbled(
    place: Place, pauses: list[float]
) -> None:
    legacy, standard = place.client(mode="legacy"), place.client(mode="standard")

    with place.faults.garble_answer("GetItem", **ALL) as garbled:
        with pytest.raises(ChecksumError):
            read(legacy)
        attempts = garbled.fired
        answer = read(standard)

    assert (attempts, garbled.fired) == (10, 13)
    assert "Item" not in answer, "as if the item did not exist, and no error is raised"


@pytest.mark.parametrize("mode", MODES)
def test_garbled_answer_is_taken_for_an_empty_one_when_the_service_sends_no_checksum(
    place: Place, pauses: list[float], mode: str
) -> None:
    client = place.client("stepfunctions", mode=mode)

    with place.faults.garble_answer("StartExecution", service="states", times=1, **ALL) as garbled:
        answer = client.start_execution(stateMachineArn="arn:aws:states:us-east-1:000000000000:stateMachine:flow")

    assert garbled.fired == 1
    assert "executionArn" not in answer


# ---- what a retry does to a write ----------------------------------------------------------------------------------

LOST = ("reset", "truncate", "error")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("how", LOST)
def test_addition_happens_twice_when_its_answer_is_lost(place: Place, pauses: list[float], mode: str, how: str) -> None:
    with place.faults.lose_answer("UpdateItem", how, times=1, **ALL) as lost:  # type: ignore[arg-type]
        place.client(mode=mode).update_item(**ADD)

    assert lost.fired == 1
    assert place.table.number == 2, "nobody asked for two, and nobody was told"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("how", LOST)
def test_transaction_happens_once_when_its_answer_is_lost(
    place: Place, pauses: list[float], mode: str, how: str
) -> None:
    with place.faults.lose_answer("TransactWriteItems", how, times=2, **ALL) as lost:  # type: ignore[arg-type]
        place.client(mode=mode).transact_write_items(TransactItems=[{"Update": ADD}])

    assert lost.fired == 2
    assert place.table.calls == ["TransactWriteItems"] * 3
    assert place.table.number == 1, "the SDK sends one ClientRequestToken with all attempts"


@pytest.mark.parametrize("mode", MODES)
def test_writer_is_told_of_a_conflict_with_itself_when_the_answer_to_a_conditional_put_is_lost(
    place: Place, pauses: list[float], mode: str
) -> None:
    client = place.client(mode=mode)

    lost = place.faults.lose_answer("PutItem", times=1, **ALL)
    with lost, pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.put_item(TableName="t", Item=KEY, ConditionExpression="attribute_not_exists(ID)")

    assert lost.fired == 1
    assert place.table.number == 1


# ---- the AWS CLI ---------------------------------------------------------------------------------------------------


def cli(place: Place, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    own |= {"AWS_ENDPOINT_URL": place.url, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    command = [str(Path(sys.executable).with_name("aws")), "dynamodb", *arguments, "--table-name", "t"]
    return subprocess.run(command, env=own | environ, capture_output=True, text=True, timeout=60, check=False)


GET = ("get-item", "--key", '{"ID": {"S": "a"}}')


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_aws_cli_retries_when_it_is_throttled_for_a_moment(place: Place, mode: str) -> None:
    with place.faults.throttle("GetItem", times=2, **ALL) as throttled:
        told = cli(place, *GET, AWS_RETRY_MODE=mode)

    assert told.returncode == 0, told.stderr
    assert '"Number"' in told.stdout
    assert throttled.fired == 2


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "attempts"), [("legacy", "4"), ("standard", "3")])
def test_aws_cli_gives_up_after_its_attempts_when_throttling_goes_on(place: Place, mode: str, attempts: str) -> None:
    with place.faults.throttle("GetItem", **ALL) as throttled:
        told = cli(place, *GET, AWS_RETRY_MODE=mode, AWS_MAX_ATTEMPTS=attempts)

    assert told.returncode != 0
    assert "ProvisionedThroughputExceededException" in told.stderr
    assert throttled.fired == int(attempts)


@pytest.mark.slow
def test_aws_cli_adds_twice_when_the_answer_is_lost(place: Place) -> None:
    with place.faults.lose_answer("UpdateItem", times=1, **ALL) as lost:
        told = cli(
            place,
            *("update-item", "--key", '{"ID": {"S": "a"}}', "--update-expression", "ADD #n :one"),
            *("--expression-attribute-names", '{"#n": "Number"}'),
            *("--expression-attribute-values", '{":one": {"N": "1"}}'),
        )

    assert told.returncode == 0, told.stderr
    assert (lost.fired, place.table.number) == (1, 2)
