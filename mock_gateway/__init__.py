"""A card gateway for tests: real HTTP, a durable ledger, idempotency keys, and faults on demand.

An own program (`python -m mock_gateway`) that knows nothing of the systems that call it. It is no card network: nothing
is authenticated, settled or encrypted, only public test cards are taken, and no money moves.
"""

__version__ = "0.1.0"
