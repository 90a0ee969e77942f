"""The model does what AWS documents, case by case; each names its source."""

import pytest

from tests.capacity.golden.case import GoldenCase
from tests.capacity.golden.cases import CASES, Told, answers


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_model_does_what_is_documented_when_demand_is_as_stated(case: GoldenCase) -> None:
    told = Told()

    case.check(answers(case, told))

    assert {charge.resource for _, charge, _ in told.taken} <= {"", *(index.name for index in case.shape.indexes)}
