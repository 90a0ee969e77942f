"""Alarms are evaluated by themselves in their own account and region, and old metrics are looked for now and then."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from harness.targets.embedded.mends import alarms
from harness.waiting import wait_until

ACCOUNTS = ("111111111111", "222222222222")


@pytest.fixture
def engine() -> Iterator[Any]:
    """The engine's CloudWatch with nothing in it, in a process that serves nobody."""
    module = alarms.EVALUATE.module()
    yield module
    for store in (module._alarms, module._metrics, module._alarm_history):
        store._data.clear()


def in_scope(account: str, region: str = "eu-central-1") -> Any:
    return alarms.SCOPE.function()(account, region)


def make_alarm(engine: Any, account: str) -> dict[str, Any]:
    alarm = {
        "AlarmName": "errors",
        "AlarmArn": f"arn:aws:cloudwatch:eu-central-1:{account}:alarm:errors",
        "Namespace": "Shop",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0.0,
        "Period": 60,
        "EvaluationPeriods": 1,
        "StateValue": "INSUFFICIENT_DATA",
    }
    with in_scope(account):
        engine._alarms["errors"] = alarm
    return alarm


def test_metrics_of_one_account_raise_its_alarm_alone_without_anybody_putting_data(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = (make_alarm(engine, account) for account in ACCOUNTS)
    monkeypatch.setattr(engine, "_evaluate_alarm", alarms._by_the_rules(engine._evaluate_alarm))
    monkeypatch.setattr(alarms, "EVERY_S", 0.01)
    watch = alarms._Watch()
    with in_scope(ACCOUNTS[0]):
        engine.record_metric("Shop", "Errors", 1.0)

    async def run() -> None:
        monkeypatch.setattr(alarms.ON_LOOP.module(), "_MAIN_LOOP", asyncio.get_running_loop())
        watch.go_on()
        async with asyncio.timeout(5):
            await asyncio.to_thread(wait_until, "the alarm", lambda: mine["StateValue"] == "ALARM", within_s=4)

    asyncio.run(run())

    assert theirs["StateValue"] == "INSUFFICIENT_DATA"


def test_alarm_rests_when_its_state_was_set(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    rests, other = (make_alarm(engine, account) for account in ACCOUNTS)
    monkeypatch.setattr(engine, "_evaluate_alarm", lambda alarm: seen.append(alarm["AlarmArn"]))
    watch = alarms._Watch()
    watch.rest(rests["AlarmArn"], alarms.SET_LASTS_S)

    async def run() -> None:
        watch._evaluate(asyncio.get_running_loop())

    asyncio.run(run())

    assert seen == [other["AlarmArn"]]


def test_old_metrics_are_looked_for_once_in_every_account_when_calls_come_often(engine: Any) -> None:
    for account in ACCOUNTS:
        with in_scope(account):
            engine.record_metric("Shop", "Errors", 1.0)
    looked: list[str] = []
    evict = alarms._now_and_then(lambda: looked.append(engine.get_account_id()))

    for _ in range(5):
        evict()

    assert sorted(looked) == list(ACCOUNTS)
