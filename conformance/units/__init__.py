"""Item sizes and units, verified: random items and operations, asked of every engine and of the model.

An engine's ConsumedCapacity is compared with what `harness.capacity.units` reckons; what differs is grouped, counted,
shown by its smallest example, and explained. AWS itself is not asked: it would cost, and need an account.
"""
