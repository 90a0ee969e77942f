"""Shows an execution while it goes on, then gathers and shows its account."""

from harness.clients.flow import Flow
from harness.monitor.account import Account
from harness.monitor.following import Following
from harness.monitor.screen import Screen
from harness.monitor.subject import Subject
from harness.monitor.telling import Telling
from harness.monitor.witnesses import Witnesses


def watch(following: Following, screen: Screen) -> Flow:
    """Tell an execution's transitions until it has ended; return it. Raises StatusTimeout."""
    telling = Telling()
    for batch in following.batches():
        for line in telling.take(batch):
            screen.say(line)
        screen.now(_now(following.flow))
    return following.flow


def account_of(subject: Subject, flow: Flow, witnesses: Witnesses, initial_balance: str) -> Account:
    """Gather what is known of an execution in the end."""
    stopped_at = flow.transitions[-1].at if flow.transitions and flow.outcome != "RUNNING" else None
    return Account(
        subject=subject,
        flow=flow,
        payment=witnesses.payment(subject.payment_id) if subject.payment_id else {},
        initial_balance=initial_balance,
        final_balance=witnesses.final_balance(subject),
        gateway=witnesses.gateway_calls(subject, stopped_at),
    )


def _now(flow: Flow) -> str:
    step = flow.current
    if step is None:
        return ""
    # One failure per attempt means that the last one failed and the next has not begun.
    waits = f", waiting after {step.failures[-1]}" if len(step.failures) == step.attempts else ""
    return f"{step.state}, attempt {step.attempts}{waits}" if step.attempts > 1 or waits else step.state
