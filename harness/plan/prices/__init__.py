"""What AWS asks for: prices as dated data, one file a region, each with its unit, its source and how sure it is.

A file of one's own overrides any of them. Leaves out free tiers, discounts, savings plans, data transfer and tax.
"""

from harness.plan.prices.reading import Price, Prices, Tier

__all__ = ["Price", "Prices", "Tier"]
