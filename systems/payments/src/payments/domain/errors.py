"""The error tree, named for what the caller does next: the state machines match on these class names."""

from groundwork.failures import Failed, Refused, Transient, names_below


class WalletNotFound(Refused):
    """The user has no wallet. Nothing was written."""

    default_code = "wallet_not_found"


class CurrencyMismatch(Refused):
    """The wallet holds another currency. Nothing was written."""

    default_code = "currency_mismatch"


class InsufficientFunds(Refused):
    """The wallet holds less than the amount. Nothing was debited."""

    default_code = "insufficient_funds"


class PaymentDeclined(Refused):
    """The gateway said no, for good; `code` is the gateway's (card_declined, expired_card, …)."""

    default_code = "card_declined"


class IdempotencyConflict(Refused):
    """The id was used before, with other content. The other record is untouched."""

    default_code = "idempotency_conflict"


class PaymentClosed(Refused):
    """The payment already ended, so this step may not act on it any more."""

    default_code = "payment_closed"


class PaymentNotFound(Refused):
    """There is no payment with this id."""

    default_code = "payment_not_found"


class ChargeNotFound(Refused):
    """The gateway has surely not charged: compensate."""

    default_code = "gateway_unavailable"


class ChargeMismatch(Refused):
    """The gateway charged something else than was asked: reverse that charge, then compensate."""

    default_code = "charge_mismatch"


class RefundExceedsPayment(Refused):
    """More would be refunded than was paid."""

    default_code = "refund_exceeds_payment"


class PaymentNotRefundable(Refused):
    """The payment is not COMPLETED."""

    default_code = "payment_not_refundable"


class RefundRefused(Refused):
    """The gateway refused the refund for good: release its reservation."""

    default_code = "refund_refused"


class WalletContention(Transient):
    """The wallet kept changing under the step until its time was over: try again."""


class PaymentContention(Transient):
    """The payment's record kept changing under the step until its time was over: try again."""


class StoreUnavailable(Transient):
    """The tables throttled, conflicted or did not answer until the step's time was over: try again."""


class GatewayUnavailable(Transient):
    """This attempt surely had no effect at the gateway: try again with the same key."""

    default_code = "gateway_unavailable"


class CircuitOpen(Transient):
    """The route's circuit is open, so the gateway was not called; `retry_after_s` says how long it stays so."""

    default_code = "gateway_unavailable"

    def __init__(self, message: str, *, retry_after_s: float = 0.0) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class ChargeUnknown(Transient):
    """Nobody knows whether the gateway charged: look it up before anything else."""

    default_code = "charge_unknown"


class RefundUnknown(Transient):
    """Nobody knows whether the gateway refunded: ask again with the same key."""

    default_code = "refund_unknown"


def error_names() -> frozenset[str]:
    """Return the names of all errors of this tree, as Step Functions sees them."""
    return names_below(Failed)
