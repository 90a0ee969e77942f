"""The figures stand in the document as they are in code, nonsense among them is refused, every refusal has an error."""

from pathlib import Path

import botocore.session
import pytest
from botocore.model import StructureShape

from harness.capacity.charge import Cause, Refusal
from harness.capacity.exceptions import ERRORS, error_of
from harness.capacity.figures import figures_table
from harness.capacity.parameters import Parameters, names
from harness.errors import SettingInvalid

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/capacity.md"


def test_document_shows_the_figures_that_the_code_has() -> None:
    assert figures_table() in DOCUMENT.read_text(), "print figures_table() into it"


def test_every_figure_has_a_source() -> None:
    assert all(name in figures_table() for name in names())
    assert "|  |" not in figures_table()


@pytest.mark.parametrize(
    ("name", "value"),
    [("scale", 0), ("scale", -1), ("scale", float("inf")), ("partition_write_units", 0), ("burst_s", -1),
     ("on_demand_peak_s", float("nan"))],
)  # fmt: skip
def test_figure_is_refused_when_nothing_can_be_done_with_it(name: str, value: float) -> None:
    with pytest.raises(SettingInvalid, match=f"parameter {name} is .*, expected"):
        Parameters(**{name: value})  # type: ignore[arg-type]


def test_every_cause_has_an_error_when_its_billing_mode_knows_it() -> None:
    provisioned = {cause for billing, _, cause in ERRORS if billing == "PROVISIONED"}
    on_demand = {cause for billing, _, cause in ERRORS if billing == "PAY_PER_REQUEST"}

    assert provisioned == {Cause.PROVISIONED, Cause.KEY_RANGE, Cause.ACCOUNT}
    assert on_demand == {Cause.SCALING, Cause.MAXIMUM, Cause.KEY_RANGE, Cause.ACCOUNT}
    assert len(ERRORS) == 2 * (len(provisioned) + len(on_demand))


def test_errors_are_shaped_as_the_service_model_has_them() -> None:
    model = botocore.session.Session().get_service_model("dynamodb")

    for error in ERRORS.values():
        shape = model.shape_for(error.code)
        assert isinstance(shape, StructureShape)
        assert error.reasons_member in shape.members


def test_index_is_named_when_an_index_refuses() -> None:
    assert "index" in error_of("PROVISIONED", Refusal("by-date", "Write", Cause.PROVISIONED)).message
    assert "index" not in error_of("PROVISIONED", Refusal("", "Write", Cause.PROVISIONED)).message
