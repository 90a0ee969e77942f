"""What an account may do by default in a region, where a design may reach it before DynamoDB says no.

Sources: Lambda developer guide ("Lambda quotas"), Step Functions developer guide ("Quotas": state throttling, API
action throttling, other quotas), API Gateway developer guide ("Quotas"): documented, for us-east-1, us-west-2 and
eu-west-1. All can be raised; a design file says to what: `quotas: {lambda_concurrency: 5000}`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quotas:
    """Rates a second, bursts as counts."""

    lambda_concurrency: float = 1000.0
    # A function may add so many environments every ten seconds (documented, "Lambda scaling behavior").
    lambda_scaling_per_10_s: float = 1000.0
    starts_per_s: float = 300.0
    starts_burst: float = 1300.0
    transitions_per_s: float = 1500.0
    transitions_burst: float = 5000.0
    describes_per_s: float = 15.0
    describes_burst: float = 300.0
    express_starts_per_s: float = 6000.0
    express_starts_burst: float = 6000.0
    api_calls_per_s: float = 10_000.0
    api_calls_burst: float = 5000.0
