"""What a failed test shows of its own run: how to repeat it, its operations, its executions, its gateway calls."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.clients.executions import Executions
from harness.clients.gateway import GatewayClient
from harness.history import History
from harness.report.timeline import timeline

PAYMENTS_SHOWN_MAX = 5
CALLS_SHOWN_MAX = 20


def failure_section(history: History, replay: str, executions: Executions | None, gateway: GatewayClient) -> str:
    """Return the section's text; `executions` are those of payments, None when that system was not in use.

    Reads that fail are told in it, they never hide the failure itself.
    """
    lines = [f"seed {history.seed}, again with: {replay}", "", timeline(history).rstrip()]
    payment_ids = list(dict.fromkeys(_payment_ids(history))) if executions else []
    try:
        for payment_id in payment_ids[:PAYMENTS_SHOWN_MAX]:
            lines += ["", f"payment {payment_id}"]
            lines += [f"  {line}" for line in (*_execution(executions, payment_id), *_calls(gateway, payment_id))]
    except Exception as problem:  # noqa: BLE001 - told, because the test's own failure is what matters here
        # The first one ends it: when the environment is gone, every further read would wait in vain.
        return "\n".join([*lines, f"  the rest could not be read: {type(problem).__name__}: {problem}"])
    if len(payment_ids) > PAYMENTS_SHOWN_MAX:
        lines += ["", f"and {len(payment_ids) - PAYMENTS_SHOWN_MAX} payments more"]
    return "\n".join(lines)


def _payment_ids(history: History) -> Iterator[str]:
    for operation in history.of("pay"):
        payment_id = str(operation.result.get("payment_id") or operation.subject)
        if payment_id:
            yield payment_id


def _execution(executions: Executions | None, payment_id: str) -> list[str]:
    found = executions.find(payment_id) if executions else None
    if executions is None or found is None:
        return ["no execution"]
    return [f"execution {found.status} {found.error}".rstrip(), *map(str, executions.steps(payment_id))]


def _calls(gateway: GatewayClient, payment_id: str) -> list[str]:
    calls = gateway.calls(payment_id)[-CALLS_SHOWN_MAX:]
    return [f"gateway {_told(call)}" for call in calls] or ["no call at the gateway"]


def _told(call: Mapping[str, Any]) -> str:
    """Return one call in a line: when, what, under which key, how it was answered and how that travelled."""
    fault = f", {call['delivery']}" if call.get("delivery", "whole") != "whole" else ""
    answered = f"{call.get('status') or 'no answer'} after {call.get('duration_ms', '?')} ms"
    return (
        f"{str(call.get('at'))[11:23]} {call.get('operation')} {call.get('idempotency_key') or ''} → {answered}{fault}"
    )
