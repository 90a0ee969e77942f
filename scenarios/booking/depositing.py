"""A salon that asks for deposits, and a customer with money: what stories about deposits begin with."""

from dataclasses import dataclass

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment
from harness.checkers.booking import (
    indexes_agree_with_tables,
    no_overlapping_bookings,
    no_stuck_booking,
    one_charge_per_deposit,
    usage_equals_what_happened,
)
from harness.clients import cards
from harness.clients.booking import BookingClient
from harness.clients.booking.booking import BookingRequest
from harness.clients.booking.calendar import Slot
from harness.clients.booking.provider import Provider
from harness.clients.booking.tenant import Service, Tenant
from harness.clients.payments import PaymentsClient
from harness.clients.payments.wallet import Wallet
from harness.pytest_plugin import relies_on
from scenarios.guarantees import EVERY_PAYMENT

# A deposit is a payment as well.
RELIES_ON = relies_on(*EVERY_PAYMENT)
DEPOSIT = "10.00"
ASK_FOR_MONEY, ASK_AFTER_MONEY, ASK_FOR_REFUND = "POST /payments", "GET /payments/*", "POST /payments/*/refunds"
OF_BOOKING = (
    one_charge_per_deposit,
    no_stuck_booking,
    no_overlapping_bookings,
    indexes_agree_with_tables,
    usage_equals_what_happened,
)
# A deposit is a booking here and a payment there.
EVERYTHING = (*OF_BOOKING, one_charge_per_payment, ledger_balances, no_stuck_money)


@dataclass(frozen=True, slots=True)
class Salon:
    """One business with one provider, who works on Mondays from nine to one, and one service with a deposit."""

    payments: PaymentsClient
    tenant: Tenant
    cut: Service
    ana: Provider

    @property
    def deposits(self) -> dict[str, str]:
        """What the edge's fault rules know this salon's deposits by: their executions, whose names begin with it."""
        return {"execution": f"{self.tenant.tenant_id}-*"}

    @property
    def cancellations(self) -> dict[str, str]:
        """What the edge's fault rules know this salon's cancellations by."""
        return {"execution": f"cancel-{self.tenant.tenant_id}-*"}

    def customer(self) -> Wallet:
        """Return somebody with 100.00 in a wallet."""
        return self.payments.wallet(balance="100.00")

    def slot(self, local_time: str = "10:00") -> Slot:
        """Return a free slot of next Monday."""
        return self.ana.slot(self.cut, self.ana.next_day("MON"), local_time)

    def request(self, wallet: Wallet, slot: Slot, *, card: str = cards.GOOD) -> BookingRequest:
        """Prepare a booking whose deposit a wallet pays."""
        who = self.tenant.customer(wallet=wallet.user_id, card=card)
        return self.tenant.request(self.ana, self.cut, slot, customer=who)


def salon(booking: BookingClient, payments: PaymentsClient) -> Salon:
    """Open a salon that asks for a deposit of 10.00."""
    tenant = booking.tenant()
    cut = tenant.service(deposit=DEPOSIT)
    return Salon(payments, tenant, cut, tenant.provider(cut).available("MON", "09:00-13:00"))
