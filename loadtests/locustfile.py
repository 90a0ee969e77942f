"""What Locust runs: the users of the run's story, the shape of its settings, and a recorder.

Started by the program (`python -m loadtests`), which names the briefing in the environment; the same file serves one
process, a master and its workers, with and without Locust's web UI.
"""

import signal
from importlib import import_module
from typing import Any

from locust import LoadTestShape, User, events
from locust.runners import MasterRunner, WorkerRunner

from loadtests.measures import Measures
from loadtests.recording import Recording, process_name
from loadtests.shapes import spawn_rate_s, users_at
from loadtests.stories import PLAYERS, story_named
from loadtests.users.playing import briefing

measures = Measures()


class Shape(LoadTestShape):
    """The run's curve of users, second by second."""

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there are now, and how many may change a second; None at the end."""
        settings = briefing().settings
        users = users_at(settings, self.get_run_time())  # type: ignore[no-untyped-call]
        return None if users is None else (users, spawn_rate_s(settings))


def user_classes() -> list[type[User]]:
    """Return the classes of the users who play this run's story, or its trace."""
    settings = briefing().settings
    if settings.shape == "replay":
        from loadtests import replay

        return list(replay.user_classes())
    players = [PLAYERS[name] for name in story_named(settings.story).players]
    return [getattr(import_module(player.module), player.class_name) for player in players]


# Locust takes the classes that stand in this module's names.
globals().update({one.__name__: one for one in user_classes()})


def extend(environment: Any, **_: Any) -> None:
    """Attach the recorder, the web UI's tab and the spend's watch to Locust."""
    # Without its web UI Locust hears SIGTERM only after the run, and would die without a word.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runner = environment.runner
    is_worker, is_master = isinstance(runner, WorkerRunner), isinstance(runner, MasterRunner)
    Recording(briefing(), measures, process_name()).listen(environment, is_worker=is_worker, is_master=is_master)
    if is_worker:
        from loadtests import distributed

        distributed.keep(environment, briefing().folder, measures)
    if briefing().settings.shape == "replay" and not is_master:
        from loadtests import replay

        replay.listen(environment, process_name(), measures, is_worker=is_worker)
    if environment.web_ui is not None:
        from loadtests import web

        web.extend(environment, briefing(), measures)
    if not is_worker and not briefing().settings.is_local:
        from loadtests import spend

        spend.watch(environment, briefing(), measures)


events.init.add_listener(extend)  # type: ignore[no-untyped-call]
