"""The REST API: takes payments and refunds in, waits a bounded time for their executions, and reads.

Validates, names the execution by the id, and answers from records. Moves no money itself.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from groundwork.aws import client
from groundwork.deadline import Deadline, LambdaContext
from groundwork.money import format_amount
from groundwork.observability import OperationLine, logger, operation_line, tracer
from groundwork.settings import Environment
from groundwork.step_functions import StepFunctionsExecutions

from payments.adapters import wiring
from payments.adapters.functions import LambdaFunction
from payments.adapters.lists import DynamoLists
from payments.adapters.rest import RestAnswer, RestRequest, error_answer, not_found, retry_headers, status_of
from payments.adapters.settings import limits
from payments.adapters.store import TableNames
from payments.domain.documents import event_document, payment_document, refund_document, wallet_document
from payments.domain.errors import PaymentNotFound, WalletNotFound
from payments.domain.payment import Payment, Status
from payments.domain.refund_desk import RefundDesk, RefundStanding
from payments.domain.store import Lists, Store
from payments.domain.submission import Pace, PaymentDesk
from payments.domain.validation import (
    Limits,
    Problem,
    RequestInvalid,
    check_id,
    parse_body,
    parse_credit,
    parse_payment,
    parse_refund,
)
from payments.domain.wallets import Balance

_PAGE_MAX = 100


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What this function needs from outside; `wait_s` bounds how long a client waits for an execution."""

    store: Store
    lists: Lists
    payments: PaymentDesk
    refunds: RefundDesk
    credit_wallet: Callable[[dict[str, Any]], dict[str, Any]]
    limits: Limits
    wait_s: float

    @classmethod
    def from_environment(cls) -> "Dependencies":
        """Build them from this process's environment."""
        environment = Environment.current()
        store, pace = wiring.store(environment), Pace()
        machines = client("stepfunctions")
        payment_flow = StepFunctionsExecutions(machines, environment.text("PAYMENT_FLOW_ARN"))
        refund_flow = StepFunctionsExecutions(machines, environment.text("REFUND_FLOW_ARN"))
        return cls(
            store=store,
            lists=DynamoLists(client("dynamodb"), TableNames.from_environment(environment)),
            payments=PaymentDesk(store, payment_flow, pace, time.sleep),
            refunds=RefundDesk(store, refund_flow, time.sleep),
            credit_wallet=LambdaFunction(client("lambda"), environment.text("WALLET_FUNCTION")).call,
            limits=limits(environment),
            wait_s=environment.number("API_WAIT_SECONDS", 10),
        )


dependencies = cache(Dependencies.from_environment)  # the first invoke builds, warm ones reuse


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way, with the line that will tell of it."""

    request: RestRequest
    deps: Dependencies
    deadline: Deadline
    line: OperationLine


def handle(event: dict[str, Any], deps: Dependencies, deadline: Deadline) -> dict[str, Any]:
    """Answer one call; every error becomes an answer in the one documented shape."""
    request = RestRequest.parse(event)
    answer_route = ROUTES.get(request.route)
    if answer_route is None:
        answer = not_found("there is nothing under this path and method", request.request_id)
        return answer.to_event(request.request_id)
    line: OperationLine | None = None
    try:
        with operation_line(request.route, request.request_id, requestId=request.request_id) as line:
            answer = answer_route(Call(request, deps, deadline, line))
            line.add(status=answer.status)
    except Exception as error:  # noqa: BLE001 - the line above has told it; the client gets a shape, never a trace
        answer = error_answer(error, line.correlation_id if line else request.request_id)
    return answer.to_event(line.correlation_id if line else request.request_id)


def submit_payment(call: Call) -> RestAnswer:
    """POST /payments."""
    body = parse_body(call.request.body, call.deps.limits)
    request = parse_payment(body, _default_id(call.request, "pay_"), call.deps.limits)
    call.line.correlation_id = request.payment_id
    call.line.add(user_id=request.user_id, amount_minor=request.amount_minor, currency=request.currency)
    payment = call.deps.payments.submit(
        request, call.deadline.within(call.deps.wait_s), wait=not call.request.prefers_async()
    )
    call.line.add(payment_status=str(payment.status))
    return _payment_answer(payment)


def read_payment(call: Call) -> RestAnswer:
    """GET /payments/{payment_id}."""
    payment_id = _path_id(call, "payment_id")
    payment = call.deps.payments.standing(payment_id)
    if payment is None:
        raise PaymentNotFound("there is no payment with this id")
    return RestAnswer(200, payment_document(payment))


def read_events(call: Call) -> RestAnswer:
    """GET /payments/{payment_id}/events."""
    events = call.deps.lists.events_of(_path_id(call, "payment_id"))
    if not events:
        raise PaymentNotFound("there is no payment with this id")
    return RestAnswer(200, {"events": [event_document(event) for event in events]})


def list_payments(call: Call) -> RestAnswer:
    """GET /users/{user_id}/payments."""
    user_id = _path_id(call, "user_id")
    limit = _limit(call.request.query.get("limit", "20"))
    page = call.deps.lists.payments_of(user_id, limit, call.request.query.get("cursor"))
    document: dict[str, Any] = {"payments": [payment_document(payment) for payment in page.payments]}
    return RestAnswer(200, document | ({"cursor": page.cursor} if page.cursor else {}))


def submit_refund(call: Call) -> RestAnswer:
    """POST /payments/{payment_id}/refunds."""
    payment_id = _path_id(call, "payment_id")
    body = parse_body(call.request.body or "{}", call.deps.limits)
    payment = call.deps.store.payment(payment_id)
    if payment is None:
        raise PaymentNotFound("there is no payment with this id")
    default_id = _default_id(call.request, "ref_")
    request = parse_refund(body, payment_id, payment.currency, default_id, call.deps.limits)
    call.line.correlation_id = request.refund_id
    call.line.add(user_id=payment.user_id, payment_id=payment_id, amount_minor=request.amount_minor)
    call.line.add(currency=payment.currency)
    wait = not call.request.prefers_async()
    standing = call.deps.refunds.submit(request, payment, call.deadline.within(call.deps.wait_s), wait=wait)
    return _refund_answer(standing, payment, request.amount_minor)


def credit_wallet(call: Call) -> RestAnswer:
    """POST /wallets/{user_id}/credits."""
    user_id = _path_id(call, "user_id")
    body = parse_body(call.request.body, call.deps.limits)
    credit = parse_credit(body, user_id, _default_id(call.request, "cred_"), call.deps.limits)
    call.line.correlation_id = credit.credit_id
    call.line.add(user_id=user_id, amount_minor=credit.amount_minor, currency=credit.currency)
    balance = Balance(**call.deps.credit_wallet({"operation": "CreditWallet", "state": asdict(credit)}))
    call.line.add(balance_minor=balance.balance_minor)
    return RestAnswer(200, wallet_document(balance, credit_id=credit.credit_id))


def read_wallet(call: Call) -> RestAnswer:
    """GET /wallets/{user_id}."""
    wallet = call.deps.store.wallet(_path_id(call, "user_id"))
    if wallet is None:
        raise WalletNotFound("this user has no wallet")
    return RestAnswer(200, wallet_document(Balance.of(wallet), updated_at=wallet.updated_at))


def tell_health(_: Call) -> RestAnswer:
    """GET /health."""
    return RestAnswer(200, {"status": "ok", "service": "payments"})


ROUTES: dict[str, Callable[[Call], RestAnswer]] = {
    "POST /payments": submit_payment,
    "GET /payments/{payment_id}": read_payment,
    "GET /payments/{payment_id}/events": read_events,
    "POST /payments/{payment_id}/refunds": submit_refund,
    "GET /users/{user_id}/payments": list_payments,
    "POST /wallets/{user_id}/credits": credit_wallet,
    "GET /wallets/{user_id}": read_wallet,
    "GET /health": tell_health,
}


def _payment_answer(payment: Payment) -> RestAnswer:
    document = payment_document(payment)
    if payment.status is Status.FAILED:
        status = status_of(payment.failure.code if payment.failure else "internal_error")
        return RestAnswer(status, document, retry_headers(status))
    if payment.status in (Status.PENDING, Status.PROCESSING):
        return RestAnswer(202, document, {"Location": f"/payments/{payment.payment_id}"})
    return RestAnswer(200, document)


def _refund_answer(standing: RefundStanding, payment: Payment, asked_minor: int | None) -> RestAnswer:
    if standing.settled:
        return RestAnswer(200, refund_document(standing.settled))
    document = {
        "refund_id": standing.refund_id,
        "payment_id": payment.payment_id,
        "currency": payment.currency,
        "status": "PENDING",
        "payment_status": str(payment.status),
    }
    if asked_minor is not None:
        # Every answer to this refund tells the same amount; what "all that is left" is comes out at the end.
        document["amount"] = format_amount(asked_minor, payment.currency)
    return RestAnswer(202, document, {"Location": f"/payments/{payment.payment_id}"})


def _path_id(call: Call, name: str) -> str:
    value = check_id(name, call.request.path.get(name, ""))
    call.line.add(**{name: value})
    if name == "payment_id":
        call.line.correlation_id = value
    return value


def _default_id(request: RestRequest, prefix: str) -> str:
    key = request.headers.get("idempotency-key")
    return check_id("Idempotency-Key", key) if key else f"{prefix}{uuid.uuid4().hex}"


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= _PAGE_MAX:
        raise RequestInvalid([Problem("limit", "out_of_range", f"must be a number from 1 to {_PAGE_MAX}")])
    return int(text)


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=1_000))
