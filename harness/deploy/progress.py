"""What a deployment tells while it works: one line per package, upload and resource."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing that happened. `step` is package, upload, translate, stack, resource or note."""

    step: str
    subject: str
    status: str
    detail: str = ""

    def __str__(self) -> str:
        return "  ".join(part for part in (self.subject, self.status, self.detail) if part)


OnProgress = Callable[[Progress], None]


def unheard(_: Progress) -> None:
    """Drop a progress report: the listener when nobody listens."""
