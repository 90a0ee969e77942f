"""The gateway's test cards by what becomes of them (source: Stripe's public test tokens, documented)."""

GOOD = "tok_visa"
DECLINED = "tok_chargeDeclined"
WITHOUT_FUNDS = "tok_chargeDeclinedInsufficientFunds"
LOST = "tok_chargeDeclinedLostCard"
STOLEN = "tok_chargeDeclinedStolenCard"
EXPIRED = "tok_chargeDeclinedExpiredCard"
WRONG_CVC = "tok_chargeDeclinedIncorrectCvc"
NOT_PROCESSED = "tok_chargeDeclinedProcessingError"
# The public test number itself: a system that never handles card numbers has to refuse it.
NUMBER = "4242424242424242"
