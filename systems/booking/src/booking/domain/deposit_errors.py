"""How a deposit's step can end, named for what the caller does next: the state machines match on these class names."""

from groundwork.failures import Refused, Transient


class DepositNotTaken(Refused):
    """There surely is no payment and none can come any more: give the slot back."""

    default_code = "deposit_unavailable"


class DepositReturned(Refused):
    """The deposit was paid and has been given back, so it can't pay for the booking: note that."""

    default_code = "deposit_unavailable"


class RefundRefused(Refused):
    """The payments system refuses to give the deposit back, for good: a person has to look."""

    default_code = "refund_refused"


class PaymentsUnreachable(Transient):
    """This attempt surely did not reach the payments system: try again."""


class DepositPending(Transient):
    """The payments system has the payment and is at work on it: ask later."""

    default_code = "deposit_pending"


class DepositUnknown(Transient):
    """Nobody knows what became of the payment: ask for it by its id before anything else, and release nothing."""

    default_code = "deposit_unknown"


class RefundPending(Transient):
    """The payments system has the refund and will finish it: ask later, under the same id."""

    default_code = "refund_pending"


class RefundUnknown(Transient):
    """Nobody knows whether the refund was taken in: ask again, under the same id."""

    default_code = "refund_unknown"
