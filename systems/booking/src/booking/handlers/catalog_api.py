"""The API of services, categories and providers: one table of routes, one function.

Writes need the scope `manage`; reads serve widgets too. What belongs to another tenant is answered as what isn't there.
"""

from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.observability import logger, tracer

from booking.adapters.catalog_wiring import Catalog
from booking.adapters.routing import answer_event, table
from booking.handlers.category_routes import CATEGORY_ROUTES
from booking.handlers.provider_routes import PROVIDER_ROUTES
from booking.handlers.service_routes import SERVICE_ROUTES

ROUTES = table(*SERVICE_ROUTES, *CATEGORY_ROUTES, *PROVIDER_ROUTES)


def handle(event: dict[str, Any], deps: Catalog, deadline: Deadline) -> dict[str, Any]:
    """Answer one call."""
    return answer_event(event, ROUTES, deps, deadline, admit=deps.rates.admit)


dependencies = cache(Catalog.from_environment)  # the first invoke builds, warm ones reuse


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=500))
