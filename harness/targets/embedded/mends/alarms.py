"""Mend: an alarm heeds its dimensions, periods, M out of N and missing data, and goes on being evaluated.

Wrong: every point of a metric's name counts for every alarm on it, whatever the dimensions; all points since
now − Period × EvaluationPeriods are made one value; DatapointsToAlarm, TreatMissingData and Unit are ignored; alarms
are evaluated only when somebody puts metric data, so one whose metric has gone quiet stays as it is, and metrics that
the engine records itself (of Lambda, SQS …) never raise one.
AWS: `alarm_states` has the rules and their source. It evaluates every minute; here it is every second, so that a
rehearsal does not wait. A state that SetAlarmState set lasts until the next evaluation, a minute at most (documented):
here a minute, or until metric data come.
Left out: metric math (CloudFormation refuses it, PutMetricAlarm loses it), anomaly detection, and
EvaluateLowSampleCountPercentile. A mended engine whose CloudWatch has no alarm evaluates nothing.
"""

import asyncio
import contextvars
import time
from collections import defaultdict
from typing import Any

from harness.targets.embedded.mends.alarm_states import Rule, points_in_range, reason_for, rule_of, verdict_of
from harness.targets.embedded.mends.symbols import APP, Function, Mend, Symbol

CLOUDWATCH = "ministack.services.cloudwatch"
RESPONSES = "ministack.core.responses"
EVALUATE = Symbol(CLOUDWATCH, "_evaluate_alarm", "a0b0acd3d432b711")
SET_STATE = Symbol(CLOUDWATCH, "_set_alarm_state", "0fa9fef3bd1834a5")
EVICT = Symbol(CLOUDWATCH, "_evict_old_metrics", "cf47bc1522ad839b")
EVALUATE_ALL = Symbol(CLOUDWATCH, "_evaluate_all_alarms", "f83f88e57f1ccfc9")
STATISTICS = Symbol(CLOUDWATCH, "_calc_stats", "889e1bfc89dc8f3a")
STATISTIC = Symbol(CLOUDWATCH, "_stat_value", "cfaad95982333379")
RECORD = Symbol(CLOUDWATCH, "_record_history", "c5890b06e5c82d3d")
DISPATCH = Symbol(CLOUDWATCH, "_dispatch_alarm_actions", "fcf47c0d1e6ec4a0")
PARENTS = Symbol(CLOUDWATCH, "_evaluate_parent_alarms", "24a65a9e43d5d488")
DIMENSIONS_KEY = Symbol(CLOUDWATCH, "_dims_key", "a304eb3ef986fb56")
DIMENSIONS = Symbol(CLOUDWATCH, "_dims_from_list", "ebc530b8a5dcc5f2")
STORE = Symbol(CLOUDWATCH, "_store_datum", "e0194e701d568f0d")
SCOPE = Symbol(RESPONSES, "request_scope", "c1ee92e8e8c7ceef")
ON_LOOP = Symbol(APP, "call_service_handler_sync", "64e0d7e635005816")

EVERY_S = 1.0
SHARE_MAX = 0.02  # of one processor for one alarm: those on busy metrics are evaluated less often
RESTS_MAX_S = 30.0
SET_LASTS_S = 60.0
EVICT_EVERY_S = 600.0
LATE_S = 900.0  # points that come later than this after their time are not looked for (assumed)


class _Watch:
    """Evaluates all alarms every second on the engine's loop, as long as there are any."""

    def __init__(self) -> None:
        self._is_on = False
        self._due_s: dict[str, float] = {}  # by ARN, of the monotonic clock

    def go_on(self) -> None:
        """Watch from now on, wherever this is called: handlers run on the loop, CloudFormation beside it."""
        loop = ON_LOOP.module()._MAIN_LOOP
        if not self._is_on and loop is not None and not loop.is_closed():
            self._is_on = True
            loop.call_soon_threadsafe(self._wait, loop)

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        # A context of its own: what an alarm leads to belongs to no caller's trace.
        loop.call_later(EVERY_S, self._evaluate, loop, context=contextvars.Context())

    def rest(self, arn: str, duration_s: float) -> None:
        """Leave an alarm alone for a while."""
        self._due_s[arn] = time.monotonic() + duration_s

    def _evaluate(self, loop: asyncio.AbstractEventLoop) -> None:
        engine = EVALUATE.module()
        alarms = list(engine._alarms._data.items())
        self._is_on = bool(alarms)
        for (account, region, name), alarm in alarms:
            begun_s = time.monotonic()
            if begun_s < self._due_s.get(alarm["AlarmArn"], 0.0):
                continue
            with SCOPE.function()(account, region):
                try:
                    engine._evaluate_alarm(alarm)
                except Exception:
                    # As the engine does: one alarm that can't be evaluated must not hold up the others.
                    engine.logger.exception("alarm %s can't be evaluated", name)
            self.rest(alarm["AlarmArn"], min((time.monotonic() - begun_s) / SHARE_MAX, RESTS_MAX_S))
        if self._is_on:
            self._wait(loop)
        else:
            self._due_s.clear()


_watch = _Watch()


def _by_the_rules(_original: Function) -> Function:
    engine = EVALUATE.module()

    def evaluate_alarm(alarm: dict[str, Any]) -> None:
        _watch.go_on()
        rule = rule_of(alarm)
        if rule is None or not alarm.get("MetricName") or not alarm.get("Namespace"):
            return
        now_s = time.time()
        points = _points_by_period(engine, alarm, rule, now_s)
        verdict = verdict_of(
            rule, points_in_range(rule, now_s, lambda number: _value(engine, rule, points.get(number)))
        )
        old_state = alarm["StateValue"]
        if verdict is not None and verdict.state != old_state:
            _transition(engine, alarm, old_state, verdict.state, reason_for(rule, verdict, old_state))

    return evaluate_alarm


def _points_by_period(engine: Any, alarm: dict[str, Any], rule: Rule, now_s: float) -> dict[int, list[dict[str, Any]]]:
    key = engine._dims_key(engine._dims_from_list(alarm.get("Dimensions") or []))
    begins_s = (now_s // rule.period_s - rule.range_periods) * rule.period_s
    unit = alarm.get("Unit")
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for point in reversed(engine._metrics.get((alarm["Namespace"], alarm["MetricName"], key)) or ()):
        at_s = point["Timestamp"]
        if at_s < begins_s - LATE_S:
            break
        if unit in (None, "", point.get("Unit")):
            found[int(at_s // rule.period_s)].append(point)
    return found


def _value(engine: Any, rule: Rule, points: list[dict[str, Any]] | None) -> float | None:
    statistics = engine._calc_stats(points) if points else None
    value: float | None = engine._stat_value(statistics, rule.statistic, points) if statistics else None
    return value


def _transition(engine: Any, alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
    now_s = int(time.time())
    alarm.update(
        StateValue=new_state, StateReason=reason, StateUpdatedTimestamp=now_s, StateTransitionedTimestamp=now_s
    )
    engine._record_history(alarm["AlarmName"], old_state, new_state, reason)
    engine._dispatch_alarm_actions(alarm, old_state, new_state, reason)
    engine._evaluate_parent_alarms(alarm)


def _lasting_a_minute(original: Function) -> Function:
    engine = SET_STATE.module()

    def set_alarm_state(params: Any, cbor_data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        answer = original(params, cbor_data, is_cbor, is_json)
        name = cbor_data.get("AlarmName", "") if is_cbor or is_json else engine._p(params, "AlarmName")
        alarm = engine._alarms.get(name)
        if alarm is not None and answer[0] < 400:
            _watch.rest(alarm["AlarmArn"], SET_LASTS_S)
        return answer

    return set_alarm_state


def _now_and_then(original: Function) -> Function:
    due_s = 0.0

    def evict_old_metrics() -> None:
        nonlocal due_s
        if time.monotonic() >= due_s:
            due_s = time.monotonic() + EVICT_EVERY_S
            for account, region in {key[:2] for key in EVICT.module()._metrics._data}:
                with SCOPE.function()(account, region):
                    original()

    return evict_old_metrics


def _apply() -> None:
    EVALUATE.wrap(_by_the_rules)
    EVICT.wrap(_now_and_then)
    SET_STATE.wrap(_lasting_a_minute)


MEND = Mend(
    name="alarms",
    touches=(EVALUATE, SET_STATE, EVICT),
    relies_on=(
        EVALUATE_ALL,
        STATISTICS,
        STATISTIC,
        RECORD,
        DISPATCH,
        PARENTS,
        DIMENSIONS_KEY,
        DIMENSIONS,
        STORE,
        SCOPE,
        ON_LOOP,
    ),
    apply=_apply,
)
