"""A booking platform for many businesses: tenants offer services by providers, customers book them."""
