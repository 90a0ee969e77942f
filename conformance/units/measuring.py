"""One engine, measured: as many random operations as asked for."""

from collections.abc import Callable

from conformance.units import asking, pages, statements, transacting
from conformance.units.comparing import Tally
from conformance.units.drawing import Draw
from conformance.units.tables import create_tables
from conformance.units.world import World
from harness.doctor import Patient

# How often each is drawn; writes come often, so that there is much to read.
STEPS: dict[Callable[[World], None], int] = {
    asking.put: 14,
    asking.update: 14,
    asking.delete: 4,
    asking.fail_condition: 2,
    asking.get: 10,
    asking.batch_get: 6,
    asking.batch_write: 6,
    pages.query: 6,
    pages.query_index: 12,
    pages.scan: 6,
    pages.scan_in_pages: 3,
    transacting.transact_write: 8,
    transacting.cancel: 1,
    transacting.transact_get: 4,
    statements.select: 6,
    statements.select_index: 4,
    statements.change: 6,
    statements.change_many: 4,
    statements.select_many: 4,
}


def measure(patient: Patient, *, operations: int, seed: int) -> Tally:
    """Ask one engine so many random operations, the same for each engine and seed."""
    client = patient.client("dynamodb")
    draw = Draw(seed)
    world = World(client, create_tables(client), draw)
    steps, weights = list(STEPS), list(STEPS.values())
    for _ in range(operations):
        draw.random.choices(steps, weights)[0](world)
    return world.tally
