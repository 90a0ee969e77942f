"""What requests and payments cost in a region, for those who have to say before they ask AWS for them.

Prices are the planner's dated ones; a region without a price file takes those of the one that has, with a factor.
"""

from dataclasses import dataclass

from harness.errors import SettingInvalid
from harness.plan.cost import dynamodb_usd
from harness.plan.prices import Prices

PRICED_REGION = "us-east-1"
# Prices of a region that has no price file: no region's DynamoDB was dearer when this was written (assumed).
UNPRICED_FACTOR = 1.6
# One payment, generously: about twice what the payments system asks of AWS from the request to its end (measured in
# systems/payments/plan.yaml, read by the planner).
PAYMENT = {
    "dynamodb.write_request": 60.0,
    "dynamodb.read_request": 40.0,
    "lambda.request": 15.0,
    "lambda.x86_64_gb_second": 15 * 0.5 * 0.5,
    "states.transition": 30.0,
    "api.rest_request": 10.0,
    "sqs.request": 10.0,
    "events.custom_event": 5.0,
}


@dataclass(frozen=True, slots=True)
class Tariff:
    """A region's prices, with the factor for a region that has none."""

    prices: Prices
    factor: float = 1.0

    @classmethod
    def of(cls, region: str) -> "Tariff":
        """Return the prices of a region, or the priced one's with a factor on them."""
        try:
            return cls(Prices.load(region))
        except SettingInvalid:
            return cls(Prices.load(PRICED_REGION), UNPRICED_FACTOR)

    def units_usd(self, read_units: float, write_units: float) -> float:
        """Return what request units cost on demand."""
        return self.factor * dynamodb_usd(read_units, write_units, self.prices)

    def payments_usd(self, payments: float) -> float:
        """Return what so many payments cost, over all services."""
        return self.factor * sum(self.prices.usd(name, amount * payments) for name, amount in PAYMENT.items())

    def words(self, region: str) -> str:
        """Return which prices these are, for people."""
        told = f"{self.prices.region} as of {self.prices.as_of}"
        return told if self.factor == 1.0 else f"{told}, times {self.factor:g}: there are none of {region}"


def usd_text(usd: float) -> str:
    """Return an amount as people read it: 12.30 USD, and 0.0052 USD where cents say nothing."""
    return f"{usd:.2f} USD" if usd >= 0.1 else f"{usd:.6f}".rstrip("0").rstrip(".") + " USD"
