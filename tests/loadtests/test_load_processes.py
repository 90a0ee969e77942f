"""Load processes against a stand-in for AWS: a replay plays its trace, and a run on staging ends at its cap."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from loadtests import process
from loadtests.measures import JUDGED
from loadtests.program import read_measures
from loadtests.replay import lag
from loadtests.replay.demand import fitted
from loadtests.settings import Settings
from tests.loadtests.fake_aws import ACCOUNT, REGION, FakeAws, fake_aws, launch
from tests.loadtests.recorded import recorded

WALLETS = {
    "TableName": "load-x-Wallets",
    "KeySchema": [{"AttributeName": "UserID", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "UserID", "AttributeType": "S"}],
}


@pytest.fixture
def fake() -> Iterator[FakeAws]:
    with fake_aws() as served:
        yield served


def trace(folder: Path, *names: str) -> str:
    file = folder / "calls.jsonl"
    records = [recorded("PutItem", (names[n % len(names)], f"UserID=u{n % 5}"), at_s=n / 50) for n in range(150)]
    file.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return str(file)


@pytest.mark.slow
def test_every_call_of_a_trace_is_played_once_with_its_key(fake: FakeAws, tmp_path: Path) -> None:
    fake.tables = {"load-x-Wallets": WALLETS}
    asked = Settings(shape="replay", trace=trace(tmp_path, "payments-Wallets"), speed=2.0, users=5, capacity="off")

    ended = process.run(launch(fake, tmp_path, fitted(asked)))

    assert ended.problems == ()
    assert {(operation, asked["TableName"]) for operation, asked in fake.calls} == {("PutItem", "load-x-Wallets")}
    assert Counter(asked["Item"]["UserID"]["S"] for _, asked in fake.calls) == {f"u{n}": 30 for n in range(5)}
    measures = read_measures(tmp_path)
    assert measures.view(JUDGED).requests == 150
    assert lag.words(measures).startswith("150 of 150 calls of the trace were played")


@pytest.mark.slow
def test_replay_says_which_tables_are_absent_when_the_target_lacks_them(fake: FakeAws, tmp_path: Path) -> None:
    fake.tables = {"load-x-Wallets": WALLETS}
    asked = Settings(shape="replay", trace=trace(tmp_path, "payments-Wallets", "payments-Other"), capacity="off")

    ended = process.run(launch(fake, tmp_path, fitted(asked)))

    assert "1 of 2 tables of the trace are not at the target: payments-Other" in "\n".join(ended.problems)
    assert fake.calls == []


STAGING = Settings(
    story="wallets", target="staging", region=REGION, users=5, rate_per_s=50.0, duration_s=60.0, capacity="off",
    spend_cap_usd=0.05, yes=True,
)  # fmt: skip


@pytest.mark.slow
def test_run_on_staging_ends_below_its_cap_when_it_consumes_more_than_was_estimated(
    fake: FakeAws, tmp_path: Path
) -> None:
    fake.units = 1000.0  # 625 USD a million

    ended = process.run(launch(fake, tmp_path, STAGING, REHEARSAL_STAGING_ACCOUNTS=f"{ACCOUNT}:{REGION}"))

    measures = read_measures(tmp_path)
    assert ended.problems == ()
    assert [reason.split(":")[0] for reason in measures.stop_reasons] == ["spend cap"]
    # Far less than the run was to take; what came between two looks is all that is beyond the cap.
    assert 0 < len(fake.calls) < 400


@pytest.mark.slow
def test_load_process_refuses_when_the_account_is_not_listed_any_more(fake: FakeAws, tmp_path: Path) -> None:
    other = {"REHEARSAL_STAGING_ACCOUNTS": f"444455556666:{REGION}"}

    ended = process.run(launch(fake, tmp_path, replace(STAGING, duration_s=5.0), **other))

    assert f"account {ACCOUNT} in {REGION} is not on the allow list" in "\n".join(ended.problems)
    assert fake.calls == []


@pytest.mark.slow
def test_what_was_measured_is_written_when_a_run_is_interrupted(fake: FakeAws, tmp_path: Path) -> None:
    settings = Settings(story="wallets", users=5, rate_per_s=50.0, duration_s=60.0, capacity="off")

    def interrupt() -> None:
        if len(fake.calls) > 50:
            raise KeyboardInterrupt

    made = launch(fake, tmp_path, settings)
    ended = process.run(process.Launch(settings, made.briefing_path, tmp_path, made.cloud_environ, interrupt))

    assert ended.interrupted
    assert read_measures(tmp_path).view(JUDGED).requests > 40
