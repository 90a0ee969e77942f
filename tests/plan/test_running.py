"""Designs hold or don't, for the reasons that the model and the quotas give; changes heal what they should."""

from pathlib import Path

import numpy as np
import pytest

from harness.capacity.parameters import Parameters
from harness.plan.bill import bill_of
from harness.plan.design import Design
from harness.plan.prices import Prices
from harness.plan.running import CALM_SLICE_S, Settings, StageResult, Variant, run_stage, slice_s, step_s
from harness.plan.telling import table_paragraphs
from harness.plan.traffic import Traffic, day_of, steady
from harness.plan.what_if import changed, read_changes
from tests.plan.designs import design

HOT = ("count: 1000, main: true", "count: 1000, draw: 'hot:1', main: true")

NO_HOT_INDEX = ("indexes: { ByUser: user }", "indexes: { ByUser: payment }")


def run(told: Design, traffic: Traffic, **settings: float) -> StageResult:
    return run_stage(Variant("as designed", told), traffic, Prices.load(), Settings(**settings))  # type: ignore[arg-type]


def test_hot_key_is_throttled_and_named_first_although_its_table_has_plenty(tmp_path: Path) -> None:
    # 675 payments a second on one wallet ask 1,350 write units of a partition that serves 1,000.
    result = run(design(tmp_path, HOT, NO_HOT_INDEX), steady(900, 10))

    first = result.verdict.first
    assert not result.verdict.dynamodb_holds
    assert first is not None
    assert (first.table, first.key, first.reason) == ("Wallets", "user-0", "TableWriteKeyRangeThroughputExceeded")
    assert any("DynamoDB refuses" in reason for reason in result.verdict.reasons())


def test_sharding_removes_the_throttles_of_a_hot_key_and_multiplies_its_reads(tmp_path: Path) -> None:
    told = design(tmp_path, HOT, NO_HOT_INDEX)
    sharded = changed(told, read_changes("Wallets.shards=10"))

    plain, healed = run(told, steady(800, 10)), run(sharded, steady(800, 10))

    assert plain.verdict.throttled > 0
    assert healed.verdict.throttled == 0
    assert healed.verdict.offered > 3 * plain.verdict.offered


def test_calm_traffic_holds_and_says_nothing(tmp_path: Path) -> None:
    result = run(design(tmp_path), steady(5, 60))

    assert result.verdict.holds
    assert list(result.verdict.reasons()) == []
    assert result.verdict.first is None


def test_tolerated_share_of_refusals_holds(tmp_path: Path) -> None:
    told = changed(design(tmp_path), read_changes("Wallets.write=100,Payments.write=100"))

    assert not run(told, steady(200, 10), parameters=Parameters(burst_at_start=0.0)).verdict.dynamodb_holds
    assert run(told, steady(200, 10), parameters=Parameters(burst_at_start=0.0), tolerated=1.0).verdict.dynamodb_holds


def test_quotas_of_other_services_fail_a_design_that_dynamodb_serves(tmp_path: Path) -> None:
    told = design(tmp_path, ("counts: payment", "counts: payment\n    quotas: { lambda_concurrency: 20 }"))
    result = run(told, steady(100, 10))

    passed = {use.what: use for use in result.verdict.quotas if not use.holds}
    assert result.verdict.dynamodb_holds
    assert not result.verdict.holds
    # 75 payments a second that take half a second each.
    assert passed["Lambda, concurrent executions"].most == pytest.approx(37.5)


def test_token_bucket_is_passed_when_its_burst_is_used_up(tmp_path: Path) -> None:
    uses = {use.what: use for use in run(design(tmp_path), steady(1000, 10)).verdict.quotas}

    starts = uses["Step Functions, StartExecution"]
    # 750 a second of 300, from a bucket of 1,300: 550 too few after the third second.
    assert starts.passed_at_s == 2.0
    assert not starts.holds
    assert uses["API Gateway, calls"].holds


def test_token_bucket_is_not_passed_when_it_refills_faster_than_it_is_asked(tmp_path: Path) -> None:
    # More a second than the bucket of 5,000 holds, less than the 10,000 that flow in.
    told = design(tmp_path, ("counts: payment", "counts: payment\n    quotas: { starts_per_s: 10000 }"))
    uses = {use.what: use for use in run(told, steady(6000, 2)).verdict.quotas}

    assert uses["API Gateway, calls"].holds
    assert uses["Step Functions, StartExecution"].holds
    assert not uses["Step Functions, state transitions"].holds


@pytest.mark.parametrize(("rate", "holds"), [(2000, True), (3000, False)])
def test_new_environments_are_counted_by_function_as_their_quota_is(tmp_path: Path, rate: int, holds: bool) -> None:
    second = "bytes: 9000 }\n        functions:\n          see: { duration_ms: 1500, memory_mb: 128 }"
    told = design(tmp_path, ("bytes: 9000 }", second))
    rates = np.repeat([0.0, float(rate)], [10, 2])
    result = run(told, Traffic("a wall of people", rates, 1e6, (10.0,) * 24))

    # Each function takes 0.375 s of an average request.
    use = next(one for one in result.verdict.quotas if one.what == "Lambda, new environments of one function in 10 s")
    assert use.most == pytest.approx(0.375 * rate)
    assert use.holds is holds


def test_slices_grow_only_where_no_limit_is_near(tmp_path: Path) -> None:
    told = design(tmp_path)

    assert slice_s(told, steady(5, 60), Parameters()) == CALM_SLICE_S
    assert slice_s(told, steady(500, 60), Parameters()) == 1
    assert slice_s(told, steady(5, 60), Parameters(scale=0.01)) == 1
    assert slice_s(changed(told, read_changes("Wallets.write=20")), steady(5, 60), Parameters()) == 1


def test_picture_has_about_sixty_steps() -> None:
    assert [step_s(length) for length in (10, 60, 3600, 86_400)] == [1.0, 1.0, 60.0, 600.0]


def test_bill_counts_throughput_storage_and_services(tmp_path: Path) -> None:
    told = design(tmp_path)
    bill, tables = bill_of(told, steady(4, 10), Prices.load())
    month = 730 * 3600
    lines = {(line.service, line.what): line for line in bill.lines}

    # 3 payments a second: 2 + 4 + 2 write units each, in Wallets, Payments and its index.
    payments = next(one for one in tables if one.table == "Payments")
    reads = month * 1.5 * 0.125e-6
    assert payments.on_demand_usd == pytest.approx(month * 3 * 6 * 0.625e-6 + reads)
    assert lines["Step Functions", "state transitions"].amount == pytest.approx(month * 3 * 5)
    assert lines["Lambda", "run time on arm64"].amount == pytest.approx(month * 3 * 0.5 * 0.5)
    # Ten days of payments, in the table and in its index.
    assert lines["DynamoDB", "storage"].amount == pytest.approx(2 * 3 * 864_000 * 1600 / 1024**3)
    assert bill.usd == pytest.approx(sum(bill.by_service().values()))


def test_auto_scaling_is_cheaper_than_on_demand_for_steady_traffic_and_follows_the_day(tmp_path: Path) -> None:
    told = design(tmp_path)
    _, tables = bill_of(told, day_of(told, 10e6), Prices.load())

    for cost in tables:
        assert cost.scaled_usd < cost.on_demand_usd
        assert cost.usd == cost.on_demand_usd


def test_provisioned_table_costs_what_is_provisioned_whatever_comes(tmp_path: Path) -> None:
    told = changed(design(tmp_path), read_changes("Wallets.write=100,Wallets.read=200"))
    _, tables = bill_of(told, steady(1, 10), Prices.load())

    wallets = next(one for one in tables if one.table == "Wallets")
    assert wallets.usd == pytest.approx(730 * (100 * 0.00065 + 200 * 0.00013))


def test_auto_scaling_is_told_with_the_time_until_it_had_caught_up(tmp_path: Path) -> None:
    told = changed(design(tmp_path), read_changes("Wallets.write.scaling=100:9000,Wallets.read=9000"))
    result = run(told, steady(200, 900), parameters=Parameters(burst_at_start=0.0))

    wallets = next(fate for fate in result.verdict.resources if fate.name == "Wallets")
    (line,) = table_paragraphs(result)
    assert wallets.caught_up
    assert wallets.last_throttled_s is not None
    assert 120 <= wallets.last_throttled_s < 900
    assert line.startswith("Wallets: ")
    assert "auto scaling provisions writes: 100 to " in line
