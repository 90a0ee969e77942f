"""The Stripe face: a part of Stripe's API under /v1, for clients that were written for it."""
