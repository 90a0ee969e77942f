"""What is said after the last state: status, balances, gateway calls, time per state, and what went wrong."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from harness.clients.flow import Step
from harness.monitor.account import Account
from harness.monitor.subject import REFUND
from harness.monitor.telling import BACK, Line, duration

BAR_WIDTH = 24


def closing(account: Account) -> list[Line]:
    """Return the summary as lines, the verdict last."""
    facts = [
        Line(icon_of(label), f"{label} {text}")
        for label, text in facts_of(account)
        if label != "initial balance"  # the opening told it
    ]
    times = [Line("", f"  {_time(step, account)}") for step in account.executed]
    return [*facts, *([Line("details", "time per state")] if times else []), *times, *verdict(account)]


def facts_of(account: Account) -> list[tuple[str, str]]:
    """Return what is known in the end, as labels and texts; what is not known is left out."""
    subject, payment = account.subject, account.payment
    refused = payment.get("failure") or {}
    facts = [
        ("payment id", subject.payment_id),
        ("refund id", subject.refund_id),
        ("final status", _status(account)),
        ("reason", ": ".join(filter(None, (refused.get("code"), refused.get("message"))))),
        ("gateway reference", str(payment.get("gateway_ref") or "")),
        *(("gateway call", told) for told in calls_told(account.gateway.calls)),
        ("gateway calls", f"not known: {account.gateway.problem}" if account.gateway.problem else ""),
        (_way_back_label(account), f"{BACK}{' → '.join(account.way_back)}" if account.way_back else ""),
        ("initial balance", account.initial_balance),
        ("final balance", account.final_balance),
        ("total time", duration(account.took_ms)),
        ("states executed", str(len(account.executed))),
    ]
    return [(label, text) for label, text in facts if text]


def icon_of(label: str) -> str:
    """Return the icon of a fact."""
    return "balance" if label.endswith("balance") else "details"


def verdict(account: Account) -> list[Line]:
    """Return the last lines: what was slow, how it ended, and what to do when it failed."""
    lines = [Line("warning", sentence, style="yellow") for sentence in account.slow]
    if account.succeeded:
        told = f"complete: {len(account.executed)} states in {duration(account.took_ms)}"
        return [*lines, Line("complete", told, style="bold green")]
    if account.flow.outcome == "RUNNING":
        return [*lines, Line("running", f"{account.subject.flow} still runs", style="cyan")]
    lines.append(Line("failed", f"{account.subject.flow} failed in {account.failure}", style="bold red"))
    return [*lines, *([Line("", f"do  {account.advice}")] if account.advice else [])]


def calls_told(calls: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the gateway's calls in words, such as `charge 201 in 1.1 ms`; equal ones in a row are told once."""
    return [_call_told(what, [*several]) for what, several in groupby(calls, _what_was_called)]


def _call_told(what: str, calls: list[Mapping[str, Any]]) -> str:
    times_ms = [call["duration_ms"] for call in calls if call.get("duration_ms") is not None]
    took = f"in {'up to ' if len(calls) > 1 else ''}{max(times_ms)} ms" if times_ms else "not answered yet"
    return f"{what}, {took}" + (f", {len(calls)} times" if len(calls) > 1 else "")


def _what_was_called(call: Mapping[str, Any]) -> str:
    """Return a call without its time: operation, status, and what became of its answer."""
    operation = call.get("operation") or f"{call.get('method', '')} {call.get('path', '')}"
    status = str(call.get("status") or "")
    delivery = str(call.get("delivery") or "whole")
    oddities = [
        f"answer {delivery}" if delivery != "whole" else "",
        "replayed" if call.get("replayed") else "",
        f"fault {call['fault']}" if call.get("fault") else "",
    ]
    return ", ".join(filter(None, (f"{operation} {status}".strip(), *oddities)))


def bar(step: Step, account: Account) -> str:
    """Return how much of the longest state's time this one took, as a bar; at least one block."""
    longest_ms = max((one.took_ms for one in account.executed), default=0.0)
    return "━" * max(1, round(BAR_WIDTH * step.took_ms / longest_ms)) if longest_ms else ""


def _time(step: Step, account: Account) -> str:
    name = f"{BACK}{step.state}" if step.after_catch else step.state
    tries = f"  {step.attempts} attempts" if step.attempts > 1 else ""
    return f"{name:<24}{duration(step.took_ms):>9}  {bar(step, account)}{tries}"


def _status(account: Account) -> str:
    if account.subject.flow != REFUND or not account.payment:
        return account.status
    payment = account.payment
    whole = f"{payment.get('amount', '')} {payment.get('currency', '')}"
    refunded = f"{payment.get('refunded_amount')} of {whole} refunded"
    return f"{account.status}; the payment is {payment.get('status')}, {refunded}"


def _way_back_label(account: Account) -> str:
    return "recovery" if account.succeeded else "compensation"
