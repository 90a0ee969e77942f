"""A run's cost is told from its templates and scenarios before anything is made."""

from pathlib import Path

import pytest

from harness.plan.staged import PAYMENTS_A_SCENARIO, run_cost
from harness.plan.tariff import UNPRICED_FACTOR, Tariff


def a_project(folder: Path) -> tuple[Path, Path]:
    template = folder / "template.yaml"
    template.write_text(
        "Resources:\n"
        "  Errors: {Type: AWS::CloudWatch::Alarm, Properties: {}}\n"
        "  Key: {Type: AWS::SecretsManager::Secret, Properties: {}}\n"
        "  Queue: {Type: AWS::SQS::Queue, Properties: {}}\n"
    )
    (folder / "test_stories.py").write_text("def test_one():\n    pass\n\n\ndef test_two():\n    pass\n")
    return template, folder


def test_cost_is_that_of_standing_stacks_and_one_suite_a_day(tmp_path: Path) -> None:
    template, scenarios = a_project(tmp_path)

    cost = run_cost("us-east-1", [template], scenarios)

    assert cost.scenarios == 2
    assert cost.idle_usd_per_day == pytest.approx(0.5 * 24 / 730)
    assert cost.suite_usd == pytest.approx(Tariff.of("us-east-1").payments_usd(2 * PAYMENTS_A_SCENARIO))
    assert cost.usd_per_day == pytest.approx(cost.idle_usd_per_day + cost.suite_usd)


def test_cost_is_higher_and_says_so_when_a_region_has_no_prices(tmp_path: Path) -> None:
    template, scenarios = a_project(tmp_path)

    cost = run_cost("eu-north-1", [template], scenarios)

    assert cost.usd_per_day == pytest.approx(UNPRICED_FACTOR * run_cost("us-east-1", [template], scenarios).usd_per_day)
    assert "there are none of eu-north-1" in cost.evidence()["prices"]
