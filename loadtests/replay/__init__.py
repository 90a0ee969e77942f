"""Replay: the DynamoDB calls that an edge recorded, played against a target with their keys, sizes and pace.

`trace` reads what was recorded, `requests` makes a call of it again, `pace` says when and by which worker, `places`
which table stands in for which, `player` is the Locust user that does it.
"""

from typing import Any


def user_classes() -> list[type[Any]]:
    """Return the Locust user that plays the run's trace; raises SettingInvalid when its tables are not there."""
    from loadtests.replay import player

    player.tables()
    return [player.ReplayUser]


def listen(environment: Any, process: str, measures: Any, *, is_worker: bool) -> None:
    """Have a process that plays tell, when it ends, how many calls it played and how late they began."""
    from loadtests.replay import lag

    lag.listen(environment, process, measures, is_worker=is_worker)
