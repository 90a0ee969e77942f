"""The Locust user that plays a trace: takes the next call, waits until it is due, makes it, takes the next.

All users of a process share its schedule, so a slow answer holds up one of them and not the trace. How late calls began
is counted, because a client that can't keep up hides what it measures.
"""

import os
import time
from functools import cache
from typing import Any

import gevent
from locust import User, task
from locust.exception import StopUser

from loadtests.briefing import WORKER_VARIABLE
from loadtests.calling import caller, session_at, where
from loadtests.keys import Drawn
from loadtests.replay.demand import replay_trace
from loadtests.replay.pace import Schedule
from loadtests.replay.places import Shapes, shapes_at
from loadtests.replay.requests import request_of
from loadtests.users.playing import briefing


@cache
def schedule() -> Schedule:
    """Return the calls of this process, read once."""
    settings = briefing().settings
    worker, workers = int(os.environ.get(WORKER_VARIABLE) or 0), max(1, settings.workers)
    return Schedule(replay_trace(settings), speed=settings.speed, worker=worker, workers=workers)


@cache
def began_s() -> float:
    """Return when the first user of this process began, on the process's monotonic clock."""
    return time.monotonic()


@cache
def tables() -> Shapes:
    """Return the tables that stand for the trace's, asked for once a process; raises SettingInvalid for absent ones."""
    told = briefing()
    client = session_at(where(told)).client("dynamodb", endpoint_url=told.endpoint_url or None)
    return shapes_at(client, replay_trace(told.settings).tables, told.outputs.values())


class ReplayUser(User):
    """Plays calls of the trace as they fall due, and ends with it."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.dynamodb = caller(briefing(), "dynamodb", environment.events.request)

    def wait_time(self) -> float:
        """Return no pause: calls have times of their own."""
        return 0.0

    @task
    def play(self) -> None:
        """Play the next call of the trace."""
        due = schedule().take()
        if due is None:
            raise StopUser
        at_s = began_s() + due.at_s
        gevent.sleep(max(0.0, at_s - time.monotonic()))
        schedule().lag.begin(at_s, time.monotonic())
        operation, request = request_of(due.call, tables())
        table, key = due.call.items[0]
        name = f"{operation} {tables()[table].name}"
        self.dynamodb.call(name, _method(operation), Drawn(key or table, ""), **request, ReturnConsumedCapacity="TOTAL")


@cache
def _method(operation: str) -> str:
    from botocore import xform_name

    return str(xform_name(operation))
