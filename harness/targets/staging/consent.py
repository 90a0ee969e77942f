"""Who says yes to what a run costs: the command line asks its user; nobody else's yes is taken for granted.

A lifecycle has no place for a question, and an environment that costs money must not come up because some program asked
for one: whoever brings staging up gives his consent around the call.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from harness.targets.staging.allow_list import Bounds
from harness.targets.staging.refusal import StagingRefused
from harness.targets.staging.run import Run


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is asked: the run that is about to begin, its bounds, and what was seen of the account."""

    run: Run
    bounds: Bounds
    caller: str  # an ARN
    expected: tuple[str, ...] = ()  # findings that the allow list names
    unread: tuple[str, ...] = ()


Consent = Callable[[Question], bool]
_CONSENT: ContextVar[Consent | None] = ContextVar("consent", default=None)


@contextmanager
def consent_by(consent: Consent) -> Iterator[None]:
    """Let `consent` answer within the block; it may raise StagingRefused in words of its own."""
    token = _CONSENT.set(consent)
    try:
        yield
    finally:
        _CONSENT.reset(token)


def require_consent(question: Question) -> None:
    """Raise StagingRefused unless somebody is there to be asked, and says yes."""
    consent = _CONSENT.get()
    if consent is None:
        raise StagingRefused(
            "an environment on staging is brought up by a person, and nobody is here to ask",
            remedy=f"rehearse up --target staging --instance {question.run.instance}",
        )
    if not consent(question):
        raise StagingRefused("the run was not confirmed", remedy="answer yes, or give --yes")
