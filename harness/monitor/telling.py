"""Puts transitions into lines: which icon, which words, which colour."""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.clients.flow import Transition
from harness.monitor.account import ROUTING
from harness.monitor.subject import REFUND, Subject

BACK = "↩ "


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `icon` is a glyph's name; `aside` is shown dim, `style` colours the rest (in rich's words)."""

    icon: str
    text: str
    aside: str = ""
    style: str = ""


def opening(subject: Subject, initial_balance: str) -> list[Line]:
    """Return what is said before the first state: who pays how much for what, and from which balance."""
    whose = [("user", subject.user_id), ("amount", subject.price), ("order", subject.order_id)]
    if subject.flow == REFUND:
        whose.append(("of payment", subject.payment_id))
    told = [f"{label} {text}" for label, text in whose if text]
    lines = [Line("start", f"start {subject.flow} {subject.name}", style="bold")]
    lines += [Line("details", " · ".join(told))] if told else []
    return [*lines, Line("balance", f"initial balance {initial_balance}")] if initial_balance else lines


class Telling:
    """Tells transitions in order. A failed attempt waits for what follows it: a retry, or the end of its state."""

    def __init__(self) -> None:
        self._held: Transition | None = None

    def take(self, batch: Iterable[Transition]) -> list[Line]:
        """Return the lines of what one look brought; nothing new means that a failed attempt is being retried."""
        lines: list[Line] = []
        several = list(batch)
        for one in several:
            if self._held and (one.kind, one.state) != ("failed", self._held.state):
                lines.append(_warning(self._held))
            self._held = one if one.kind == "attempt_failed" else None
            lines += _told(one)
        if self._held and not several:
            lines.append(_warning(self._held))
            self._held = None
        return lines


def _told(one: Transition) -> list[Line]:
    state = f"{BACK}{one.state}" if one.after_catch else one.state
    if one.form in ROUTING:
        return []
    match one.kind:
        case "running" if one.form != "Fail":
            return [Line("running", f"[RUNNING] {state}", style="cyan")]
        case "success":
            return [Line("success", f"[SUCCESS] {state}", f"({duration(one.took_ms)})", "green")]
        case "failed":
            took = "" if one.form == "Fail" else f"({duration(one.took_ms)}) "
            return [Line("failed", f"[FAILED]  {state}", f"{took}{_why(one)}".rstrip(), "red")]
        case "retry":
            return [Line("retry", f"[RETRY]   {state}", one.detail, "yellow")]
    return []


def _warning(one: Transition) -> Line:
    state = f"{BACK}{one.state}" if one.after_catch else one.state
    return Line(
        "warning", f"[WARNING] {state}", f"attempt {one.attempt} failed, retry in progress: {_why(one)}", "yellow"
    )


def _why(one: Transition) -> str:
    # A cause may be a whole stack trace; its first line is what fits here, the account has the rest.
    cause = one.cause.strip().splitlines()[0] if one.cause.strip() else ""
    return ": ".join(filter(None, (one.detail, "" if one.form == "Fail" else cause)))


def duration(took_ms: float) -> str:
    """Return a duration as people read it: `25 ms`, `1.87 s`."""
    return f"{took_ms:.0f} ms" if took_ms < 1000 else f"{took_ms / 1000:.2f} s"
