"""What all tables of an account and region share: the quota on provisioned throughput.

On AWS the quota bounds what may be provisioned, and UpdateTable refuses more. Engines grant any throughput, so here the
account has buckets of its own, as deep as the tables' burst. The quota on each table is enforced on on-demand tables
(documented: AccountLimitExceeded is theirs) in `limits`.
"""

from harness.capacity.buckets import Bucket
from harness.capacity.parameters import Parameters


class AccountCapacity:
    """The buckets that provisioned tables and indexes of one account and region share."""

    __slots__ = ("read", "write")

    def __init__(self, parameters: Parameters, now_s: float) -> None:
        depth_s = max(parameters.burst_s, 1.0)
        read = parameters.account_read_units * parameters.scale
        write = parameters.account_write_units * parameters.scale
        self.read = Bucket(read, read * depth_s, now_s)
        self.write = Bucket(write, write * depth_s, now_s)
