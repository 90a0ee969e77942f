"""What to do about an error that a state ended with. Errors are named for what the caller does next; so is this."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from harness.monitor.subject import Subject

_GATEWAY = (
    "see what the gateway was told to do, and heal it: curl $GATEWAY_URL/_admin/faults; "
    "curl -X DELETE $GATEWAY_URL/_admin/faults; then pay with a new id"
)
_LOG = "read the function's log: rehearse logs --function {function}"
# The first pattern that an error's name matches counts; {…} are filled in from the execution.
_ADVICE = (
    ("InsufficientFunds", "the wallet holds less than the amount; top it up: rehearse wallet credit {user} {amount}"),
    ("WalletNotFound", "the user has no wallet; open one: rehearse wallet open {user} {amount}"),
    ("CurrencyMismatch", "pay in the wallet's currency: rehearse wallet show {user}"),
    ("PaymentDeclined", "the card was declined; pay with a new id and a card that works: --card tok_visa"),
    ("GatewayUnavailable", _GATEWAY),
    ("CircuitOpen", f"the circuit breaker is open and lets nothing through for a while; {_GATEWAY}"),
    ("ChargeUnresolved", "nobody knows yet whether the card was charged; it is asked again from a queue: look later"),
    ("ChargeUnknown", "nobody knows yet whether the card was charged; it is asked again from a queue: look later"),
    ("IdempotencyConflict", "this id was used for something else; use a new one"),
    ("PaymentClosed", "the payment had ended before; look at it: rehearse monitor {payment}"),
    ("Refund*", "look at the payment: rehearse monitor {payment}"),
    ("*Timedout", f"the function ran longer than its Timeout in the template; {_LOG}"),
    ("*TimedOut", f"the function ran longer than its Timeout in the template; {_LOG}"),
    ("States.Timeout", f"the state ran longer than its TimeoutSeconds in the state machine; {_LOG}"),
    ("States.Permissions", "the state machine's role may not call that: see its Policies in the template"),
    ("*AccessDenied*", "a role may not do that: see the function's and the state machine's Policies in the template"),
    ("*NotAuthorized*", "a role may not do that: see the function's and the state machine's Policies in the template"),
    ("Runtime.ExitError", f"the function's process ended by itself; {_LOG}"),
    (
        "States.*",
        "the state machine itself is at fault: rehearse validate, then compare the state's input with its paths",
    ),
    ("Lambda.*", f"Lambda could not run the function; {_LOG}"),
    ("*", _LOG),
)
FUNCTION_BY_STATE = {
    "CheckWalletBalance": "wallet-service",
    "DebitWallet": "wallet-service",
    "CompensateWallet": "wallet-service",
    "ProcessPayment": "payments-adapter",
    "ResolveCharge": "payments-adapter",
    "ReverseCharge": "payments-adapter",
    "PaymentCreate": "invoice-processor",
    "UpdatePaymentStatus": "invoice-processor",
    "MarkFailed": "invoice-processor",
}


def advice(errors: Iterable[str], state: str, subject: Subject) -> str:
    """Return what to do about the first of `errors` that there is something to say about; "" without an error."""
    function = FUNCTION_BY_STATE.get(state, "refund-service" if subject.flow == "refund" else "NAME")
    known = {
        "user": subject.user_id or "USER",
        "amount": subject.amount or "AMOUNT",
        "payment": subject.payment_id or "PAYMENT_ID",
        "function": function,
    }
    for error in filter(None, errors):
        return next(words for pattern, words in _ADVICE if fnmatchcase(error, pattern)).format(**known)
    return ""
