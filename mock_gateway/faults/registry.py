"""Every kind of fault there is. To add one: write its class, list it here, and test that it bites and heals."""

from mock_gateway.faults.connection import Hang, Refuse, Reset, Timeout, Truncate
from mock_gateway.faults.effects import DuplicateCharge, StaleRead
from mock_gateway.faults.fault import Fault
from mock_gateway.faults.garbled import MalformedJson, WrongAmount, WrongContentType, WrongCurrency
from mock_gateway.faults.misdelivery import (
    AlteredDelivery,
    DelayDelivery,
    DropDelivery,
    DuplicateDelivery,
    ReorderDeliveries,
    ReplayDelivery,
    WrongSignature,
)
from mock_gateway.faults.refusals import Error, Maintenance, RateLimited
from mock_gateway.faults.timing import Slow

KINDS: dict[str, type[Fault]] = {
    kind.kind: kind
    for kind in (
        *(Refuse, Reset, Hang, Timeout, Slow),
        *(Error, RateLimited, Maintenance),
        *(Truncate, MalformedJson, WrongContentType, WrongAmount, WrongCurrency),
        *(DuplicateCharge, StaleRead),
        *(DuplicateDelivery, ReplayDelivery, DelayDelivery, ReorderDeliveries, DropDelivery),
        *(WrongSignature, AlteredDelivery),
    )
}
