"""Advice where a whole table or index is short: provisioned units, burst, on-demand growth, maxima, the account."""

import json
import shlex

from harness.capacity.advice.case import ACCESSES, Access, Advice, Case
from harness.capacity.advice.words import counted, told_key, told_number, told_share
from harness.capacity.charge import Cause
from harness.capacity.parameters import Parameters

# The part of provisioned throughput that auto scaling aims at, and a good part to aim at by hand.
TARGET = Parameters().scaling_target
# Traffic whose peak is so many times its mean pays for its peak all day when it is provisioned.
SPIKY_MIN = 4.0
# With less of its burst than this a resource that takes more than it has is soon out of it.
BURST_LOW = 0.25


def starved(case: Case, access: Access, refused: int) -> Advice:
    """Return what to do about a table or index that asks for more than is provisioned and has no burst left."""
    wanted = case.to_set(case.asked(access) / TARGET)
    verb = access.lower()
    why = (
        f"up to {case.told_rate(case.asked(access))} of {verb}s were asked for, {told_number(case.allowed(access))} "
        f"are provisioned{_burst_told(case, access)}. {counted(refused, f'{verb} request')} were refused."
    )
    if case.heat.resource and access == "Write":
        why += f" A write to {told_key(case.table.table)} needs room in its index, too: the table's own do not help."
    what = (
        f"Provision {wanted:,} {verb} units/s: the peak is then {told_share(TARGET)} of it. "
        f"{_paying(case, access, wanted)}"
    )
    kind = "starved index" if case.heat.resource else "out of burst"
    title = f"raise the {verb}s of {case.name} to {wanted:,} units/s"
    return case.advice(kind, title, why, what, provision_command(case, access, wanted), about=refused)


def growth(case: Case, access: Access, refused: int) -> Advice:
    """Return what to do about an on-demand table whose traffic grew faster than it follows."""
    wanted = case.to_set(case.asked(access))
    figures = Parameters()
    why = (
        f"{access.lower()}s grew to {case.told_rate(case.asked(access))} while {told_number(case.allowed(access))} "
        f"were served: on demand follows to {figures.on_demand_growth:g} times the previous peak at once, beyond that "
        f"within {figures.on_demand_growth_s / 60:.0f} minutes. No partition refused anything."
    )
    what = f"Before a launch raise the warm throughput to {wanted:,}; or ramp up, doubling each 30 minutes."
    title = f"warm {case.name} to {wanted:,} {access.lower()} units/s"
    return case.advice("on-demand growth", title, why, what, warm_command(case, access, wanted), about=refused)


def maximum(case: Case, access: Access, refused: int) -> Advice:
    """Return what to do about an on-demand maximum that was reached."""
    wanted = case.to_set(case.asked(access) / TARGET)
    verb = access.lower()
    why = (
        f"its own maximum of {told_number(case.allowed(access))} {verb} units/s was reached, "
        f"{case.told_rate(case.asked(access))} were asked for. {counted(refused, 'request')} were refused."
    )
    what = f"If the load is meant, raise the maximum to {wanted:,}; if not, the maximum did its work: find who asks."
    title = f"raise the maximum of {case.name} to {wanted:,} {verb} units/s"
    command = _update(case, "--on-demand-throughput", "OnDemandThroughput", {f"Max{access}RequestUnits": wanted})
    return case.advice("on-demand maximum", title, why, what, command, about=refused)


def account(case: Case, access: Access, refused: int) -> Advice:
    """Return what to do about a quota of the account."""
    verb = access.lower()
    why = (
        f"all tables of the account together asked for more {verb} units/s than its quota; {case.name} alone "
        f"{case.told_rate(case.asked(access))}. {counted(refused, 'request')} were refused."
    )
    what = "Ask for a higher quota (Service Quotas, DynamoDB), days ahead; meanwhile slow down what can wait."
    command = "aws service-quotas list-service-quotas --service-code dynamodb"
    return case.advice("account limit", f"raise the account's quota of {verb}s", why, what, command, about=refused)


def draining(case: Case) -> Advice | None:
    """Return a warning about a burst that will soon be gone; None when it will not."""
    for access in ACCESSES:
        left, most = case.burst(access)
        rate = (case.rates(access) or (0.0,))[-1]
        above = rate - case.allowed(access)
        if most > 0 and above > 0 and left / most < BURST_LOW and not case.refused(access, Cause.PROVISIONED):
            wanted = case.to_set(rate / TARGET)
            verb = access.lower()
            why = (
                f"{case.told_rate(rate)} of {verb}s are taken, {told_number(case.allowed(access))} are provisioned; "
                f"{told_share(left / most)} of the burst is left, which lasts {left / above:.0f} s more."
            )
            what = f"Provision {wanted:,} {verb} units/s before it is gone. {_paying(case, access, wanted)}"
            title = f"the burst of {case.name} ends in {left / above:.0f} s"
            return case.advice("burst low", title, why, what, provision_command(case, access, wanted), weight="watch")
    return None


def _burst_told(case: Case, access: Access) -> str:
    left, most = case.burst(access)
    return f", and {told_share(max(0.0, left) / most)} of the burst is left" if most > 0 else ""


def _paying(case: Case, access: Access, wanted: int) -> str:
    mean, peak = case.asked_mean(access), case.asked(access)
    if mean > 0 and peak / mean >= SPIKY_MIN:
        return f"The peak is {peak / mean:.0f} times the mean: on demand pays for what is asked, not for peaks all day."
    least = min(wanted, case.to_set(mean / TARGET))
    return f"Or auto scaling from {least:,} to {wanted:,} at a target of {told_share(TARGET)}: it follows in minutes."


def provision_command(case: Case, access: Access, wanted: int) -> str:
    """Return the command that provisions so many units a second, and the other access what it has."""
    units = {
        f"{one}CapacityUnits": wanted if one == access else max(1, round(case.aws(case.allowed(one))))
        for one in ACCESSES
    }
    return _update(case, "--provisioned-throughput", "ProvisionedThroughput", units)


def warm_command(case: Case, access: Access, wanted: int) -> str:
    """Return the command that raises the warm throughput to so many units a second."""
    return _update(case, "--warm-throughput", "WarmThroughput", {f"{access}UnitsPerSecond": wanted})


def _update(case: Case, option: str, member: str, values: dict[str, int]) -> str:
    command = f"aws dynamodb update-table --table-name {shlex.quote(told_key(case.table.table, 260))} \\\n  "
    if not case.heat.resource:
        return f"{command}{option} {','.join(f'{name}={value}' for name, value in values.items())}"
    update = [{"Update": {"IndexName": told_key(case.heat.resource, 260), member: values}}]
    return f"{command}--global-secondary-index-updates {shlex.quote(json.dumps(update))}"
