"""Seed data: tenants, wallets and everything that belongs to them, drawn from a seed or read from a file, and loaded.

Items are written as the systems write them, in batches, past their APIs: a hundred tenants with three months of
bookings in half a minute. What was loaded is read back, counted and judged. Leaves out what only a system may do:
seeded bookings ask no deposit, because a deposit is a payment.
"""

from harness.seeding.loading import Loaded, load
from harness.seeding.rows import Row, wire_item
from harness.seeding.sending import Sender

__all__ = ["Loaded", "Row", "Sender", "load", "wire_item"]
