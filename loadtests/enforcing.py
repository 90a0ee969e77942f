"""Capacity at the edge for the length of a run: enforced on the run's tables at its scale, put back afterwards."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.clients.capacity import CapacityClient
from loadtests.cloud import Cloud, is_local
from loadtests.settings import Settings

TABLE_OUTPUT = "Table"  # outputs that name a table end so


@contextmanager
def enforced(cloud: Cloud, settings: Settings, outputs: Mapping[str, str]) -> Iterator[CapacityClient | None]:
    """Have capacity enforced (or only counted) on the stacks' tables while the block runs; other tables stay alone.

    None on staging, where DynamoDB does it itself, and when the run's capacity is off.
    """
    if settings.capacity == "off" or not is_local(cloud):
        yield None
        return
    with http_client(cloud.aws_endpoint_url) as http, CapacityClient(EdgeClient(http)) as capacity:
        for table in tables_of(outputs):
            capacity.enforce(table, **table_settings(settings))
        yield capacity


def tables_of(outputs: Mapping[str, str]) -> list[str]:
    """Return the names of the tables that stacks tell of."""
    return sorted(value for name, value in outputs.items() if name.endswith(TABLE_OUTPUT))


def table_settings(settings: Settings) -> dict[str, Any]:
    """Return what the edge is asked to do with each table."""
    return {
        "enforce": settings.capacity == "enforce",
        "scale": settings.capacity_scale,
        # AWS takes minutes to split a hot partition; a run of a minute has to see what comes after it.
        "split_after_s": settings.split_after_s,
        "tenant": {"attribute": "TenantID"},
    }
