"""Tenants of the booking system: drawn from a seed or read from a readable set, fitted, and turned into items."""

from harness.seeding.booking.drawing import Plan, drawn_tenant, drawn_tenants
from harness.seeding.booking.model import Tenant

__all__ = ["Plan", "Tenant", "drawn_tenant", "drawn_tenants"]
