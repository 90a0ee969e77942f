"""What users have in common: the run's briefing, keys of their own seeded draw, and a pace.

Each user keeps `rate / users` requests a second as long as answers are fast enough; a user that waits for an answer (or
through the SDK's backoff) asks for nothing meanwhile, as a caller in a Lambda would not.
"""

import itertools
import os
from functools import cache
from random import Random
from typing import Any

from locust import User, constant_throughput

from loadtests.briefing import WORKER_VARIABLE, Briefing, briefing_from_environment
from loadtests.keys import Drawn, Keys
from loadtests.settings import Settings

_NUMBERS = itertools.count()


@cache
def briefing() -> Briefing:
    """Return the run's briefing, read once a process."""
    return briefing_from_environment()


@cache
def keys() -> Keys:
    """Return the run's keys, made once a process."""
    return Keys(briefing().settings)


class Playing(User):
    """A user of any kind: `self.random` is its own, `self.settings` the run's."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.settings: Settings = briefing().settings
        # Processes draw apart, users too; the same run on one process draws the same again.
        process = os.environ.get(WORKER_VARIABLE, "0")
        self.random = Random(f"{self.settings.seed}/{process}/{next(_NUMBERS)}")  # noqa: S311 - no secret
        rate = self.settings.rate_per_user_s
        self._pace = constant_throughput(rate) if rate > 0 else None

    def wait_time(self) -> float:
        """Return how long to pause before the next request, in seconds."""
        return float(self._pace(self)) if self._pace else 0.0

    def on_start(self) -> None:
        """Begin anywhere within the first interval, so that users do not all ask at once."""
        rate = self.settings.rate_per_user_s
        if rate > 0:
            import gevent

            gevent.sleep(self.random.random() / rate)

    def draw(self) -> Drawn:
        """Return whose turn it is."""
        return keys().draw(self.random)

    def reads(self) -> bool:
        """Return whether the next request reads."""
        return self.random.random() < self.settings.read_share
