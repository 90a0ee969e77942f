"""Design files say what they mean; every mistake is told with its place and the likely word."""

from pathlib import Path

import pytest

from harness.errors import SettingInvalid, TemplateInvalid
from harness.plan.demand import requests_per_request, units_per_request
from harness.plan.reading import load_design
from tests.plan.designs import SMALL, design, written

ROOT = Path(__file__).resolve().parents[2]


def test_design_of_payments_takes_tables_and_memory_from_its_template() -> None:
    payments = load_design(ROOT / "systems/payments/plan.yaml")

    assert {name: one.shape.billing for name, one in payments.tables.items()} == dict.fromkeys(
        ("Payments", "Wallets", "PaymentEvents", "GatewayCircuits"), "PAY_PER_REQUEST"
    )
    assert payments.tables["Payments"].recoverable
    assert {use.memory_mb for request in payments.requests for use in request.functions} == {512}
    assert payments.architecture == "arm64"


def test_units_follow_sizes_transactions_and_indexes(tmp_path: Path) -> None:
    units = units_per_request(design(tmp_path))

    # 3 of 4 requests are payments: a read, a transactional write of one unit, and one of two units with its entry.
    assert units["Wallets", ""] == pytest.approx((0.75, 0.75 * 2))
    assert units["Payments", ""] == pytest.approx((0, 0.75 * 4))
    # 9,000 bytes are three steps of 4 KB, read eventually; an entry is not written transactionally.
    assert units["Payments", "ByUser"] == pytest.approx((0.25 * 1.5, 0.75 * 2))
    assert requests_per_request(design(tmp_path)) == pytest.approx(0.75 * 2 + 0.25)


def test_example_item_gives_its_size(tmp_path: Path) -> None:
    told = design(tmp_path, ("update: Wallets, bytes: 124", "update: Wallets, item: { UserID: abc, Balance: 1200 }"))

    step = told.requests[0].steps[1]
    assert step.operations[0].size_bytes == len("UserID") + 3 + len("Balance") + 2


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("design: shop", "desing: shop", r"no field 'desing' \(did you mean design\?\)"),
        ("key: user\n", "key: usr\n", r"tables\.Wallets\.key is 'usr' \(did you mean user\?\)"),
        ("indexes: { ByUser: user }", "indexes: {}", "lacks ByUser"),
        ("get: Wallets", "get: Walets", r"'Walets' \(did you mean Wallets\?\)"),
        ("get: Wallets", "got: Wallets", r"operations\[0\] has no field 'got' \(did you mean get\?\)"),
        ("query: Payments.ByUser", "query: Payments.ByUsers", r"index 'ByUsers' of Payments \(did you mean ByUser\?\)"),
        ("bytes: 9000", "bytes: 9000, consistent: true", "which no global index can"),
        ("- { update: Wallets, bytes: 124 }", "- { get: Wallets, bytes: 1 }", "mixes what no transaction can hold"),
        ("bytes: 1500", "bytes: many", "bytes is 'many', expected a number"),
        ("count: 1000", "count: 0", "count is 0, expected a number from 1 on"),
        ("draw: new", "draw: newish", r"'newish' \(did you mean new\?\)"),
        ("counts: payment", "counts: payments", r"did you mean payment\?"),
        ("memory_mb: 512", "duration: 3", "has no field 'duration'"),
    ],
)
def test_mistake_is_told_with_its_place(tmp_path: Path, before: str, after: str, words: str) -> None:
    with pytest.raises(SettingInvalid, match=words):
        design(tmp_path, (before, after))


def test_template_table_of_another_name_is_refused(tmp_path: Path) -> None:
    template = "Resources: {T: {Type: 'AWS::DynamoDB::Table', Properties: {TableName: s-Carts, KeySchema: []}}}"
    (tmp_path / "template.yaml").write_text(template)

    with pytest.raises(TemplateInvalid, match="table T can't be understood"):
        load_design(written(tmp_path, "template: template.yaml\nkeys: {user: {}}\ntables: {Cart: {key: user}}\n"))


def test_missing_file_and_what_is_no_yaml_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="can't be read"):
        load_design(tmp_path / "none.yaml")
    with pytest.raises(SettingInvalid, match="is no YAML"):
        load_design(written(tmp_path, "a: ["))
    with pytest.raises(SettingInvalid, match="expected a map"):
        load_design(written(tmp_path, "- a"))


def test_quotas_and_the_day_can_be_told(tmp_path: Path) -> None:
    told = load_design(written(tmp_path, SMALL + "    quotas: { lambda_concurrency: 5000 }\n"))

    assert told.quotas.lambda_concurrency == 5000
    with pytest.raises(SettingInvalid, match="holds 2 weights, expected 24"):
        load_design(written(tmp_path, SMALL + "    day: [1, 2]\n"))
