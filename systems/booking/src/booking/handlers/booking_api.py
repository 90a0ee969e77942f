"""The API of availability, exceptions, free slots and bookings: one table of routes, one function."""

from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.observability import logger, tracer

from booking.adapters.booking_wiring import Desks
from booking.adapters.routing import answer_event, table
from booking.handlers.booking_routes import BOOKING_ROUTES
from booking.handlers.schedule_routes import SCHEDULE_ROUTES

ROUTES = table(*SCHEDULE_ROUTES, *BOOKING_ROUTES)
dependencies = cache(Desks.from_environment)  # the first invoke builds, warm ones reuse


def handle(event: dict[str, Any], desks: Desks, deadline: Deadline) -> dict[str, Any]:
    """Answer one call."""
    return answer_event(event, ROUTES, desks, deadline, admit=desks.rates.admit)


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=1_000))
