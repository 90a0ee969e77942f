"""Random operations of every kind cost what the model reckons."""

import pytest

from conformance.units.measuring import measure
from harness.doctor import Patient
from tests.conformance.cloud import Cloud

OPERATIONS = 400


@pytest.mark.mended("consumed_capacity")
@pytest.mark.parametrize("seed", [11, 12])
def test_units_are_the_models_when_operations_are_random(cloud: Cloud, seed: int) -> None:
    tally = measure(Patient(cloud.endpoint_url), operations=OPERATIONS, seed=seed)

    assert list(tally.differences.values()) == []
    assert sum(tally.asked.values()) > OPERATIONS * 0.8
    assert len(tally.asked) > 20
