"""Puts the adapters of deposits together for a worker, from its environment."""

import os
import time

from groundwork.aws import client
from groundwork.http_pool import HttpPool
from groundwork.instants import utc_now
from groundwork.settings import Environment
from groundwork.step_functions import StepFunctionsExecutions

from booking.adapters.booking_store import DynamoBookingStore
from booking.adapters.payments_api import PaymentsApi
from booking.adapters.secrets import Secret
from booking.adapters.tables import TableNames
from booking.adapters.tenant_access import client_for
from booking.domain.bookings import BookingDesk
from booking.domain.deposit_steps import DepositPolicy, DepositSteps
from booking.domain.deposits import BookingReader, DepositDesk


def deposit_steps(environment: Environment) -> DepositSteps:
    """Return everything that the steps of deposits need."""
    return DepositSteps(
        bookings=BookingDesk(DynamoBookingStore(client_for, TableNames.from_environment(environment))),
        payments=payments_api(environment),
        policy=deposit_policy(environment),
        clock=utc_now,
        sleep=time.sleep,
    )


def deposit_desk(environment: Environment, bookings: BookingReader) -> DepositDesk:
    """Return the desk that takes bookings with a deposit in, and cancels them."""
    machines = client("stepfunctions")
    return DepositDesk(
        bookings=bookings,
        deposits=StepFunctionsExecutions(machines, environment.text("DEPOSIT_FLOW_ARN")),
        cancellations=StepFunctionsExecutions(machines, environment.text("CANCELLATION_FLOW_ARN")),
        sleep=time.sleep,
    )


def payments_api(environment: Environment) -> PaymentsApi:
    """Return the payments system's API, with its key from Secrets Manager."""
    key = Secret(client("secretsmanager"), environment.text("PAYMENTS_API_KEY_SECRET"))
    # Set anew by the runtime for each invocation (Lambda developer guide, "Using Lambda environment variables").
    return PaymentsApi(
        HttpPool(),
        environment.text("PAYMENTS_API_URL").rstrip("/"),
        key,
        lambda: os.environ.get("_X_AMZN_TRACE_ID", ""),
    )


def deposit_policy(environment: Environment) -> DepositPolicy:
    """Return the bounds of deposits."""
    return DepositPolicy(
        call_s=environment.number("PAYMENTS_TIMEOUT_MS", 3_000) / 1000,
        hold_s=environment.number("DEPOSIT_HOLD_SECONDS", 900),
        quiet_s=environment.number("DEPOSIT_QUIET_SECONDS", 60),
    )
