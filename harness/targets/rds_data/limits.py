"""How much, how long and how many: the Data API's limits, and those of our own that keep a server alive."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit; all but the last two are AWS's. Source: its user guide and the service's model (documented)."""

    statement_s: float = 45.0  # of one call, whatever it runs
    transaction_idle_s: float = 180.0  # between two calls of a transaction
    transaction_s: float = 24 * 3600.0
    request_bytes: int = 4 * MIB  # headers included
    result_bytes: int = MIB
    formatted_bytes: int = 10 * MIB  # of records that are asked for as JSON text
    row_bytes: int = 64 * 1024
    connections_max: int = 40  # at a time, for calls outside of transactions; those above wait for one
    connect_s: float = 30.0  # a busy machine takes its time with fifty at once
