"""The booking system as customers and the owners of businesses see it: sign up, offer, look for slots, book, chat."""

from harness.clients.booking.booking import Booking, BookingRequest
from harness.clients.booking.calendar import Slot, next_clock_change
from harness.clients.booking.client import BookingClient
from harness.clients.booking.conversation import Conversation
from harness.clients.booking.final_reads import BookingReader
from harness.clients.booking.provider import Provider
from harness.clients.booking.tenant import Customer, Service, Tenant

__all__ = [
    "Booking",
    "BookingClient",
    "BookingReader",
    "BookingRequest",
    "Conversation",
    "Customer",
    "Provider",
    "Service",
    "Slot",
    "Tenant",
    "next_clock_change",
]
