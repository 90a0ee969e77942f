"""The payments system as its customers see it, and what it holds in the end."""

from harness.clients.payments.client import PaymentsClient
from harness.clients.payments.final_reads import FinalReader
from harness.clients.payments.payment import Payment, PaymentRequest
from harness.clients.payments.wallet import Wallet

__all__ = ["FinalReader", "Payment", "PaymentRequest", "PaymentsClient", "Wallet"]
