"""What enforcing, planning and loading cost: the figures of the capacity model, gathered for the page."""

import os

from benchmarks import capacity_live, load_client, plan
from harness.targets import open_environment

INTRODUCTION = (
    "The room that enforces DynamoDB's capacity, alone over an engine that answers at once, then on the embedded cloud"
    " with one client, which shares its two cores. Medians, in turns with the room switched off. A transaction has two"
    " items, the table one index."
)


def measure(scale: int) -> list[str]:
    """Measure, and return the figures as lines of Markdown; `scale` 5 plans a whole hour."""
    room = capacity_live.measure()
    with open_environment(instance=f"bench-{os.getpid()}") as environment:
        cloud = capacity_live.measure_end_to_end(environment, 200 * scale)
    plans = plan.measure(12 * scale)
    return [
        "## Capacity",
        "",
        INTRODUCTION,
        "",
        *capacity_live.document(room, "capacity enforced, the room alone"),
        *capacity_live.document(cloud, "capacity enforced, through the cloud"),
        *plan.document(plans),
        *load_client.document(load_client.measure()),
        "",
    ]
