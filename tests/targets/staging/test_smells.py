"""Production is told by words, not by letters."""

import pytest

from harness.targets.staging.smells import smells_of_production


@pytest.mark.parametrize(
    "name", ["prod", "acme-prod", "PROD_ORDERS", "ordersProd", "LiveOrders", "eu-production-2", "prd1", "Acme Live"]
)
def test_name_smells_when_one_of_its_words_says_production(name: str) -> None:
    assert smells_of_production(name)


@pytest.mark.parametrize(
    "name", ["", "products", "ProductTable", "reproduce", "deliver", "alive-check", "livestock", "staging", "preview"]
)
def test_name_does_not_smell_when_it_only_has_the_letters(name: str) -> None:
    assert not smells_of_production(name)
