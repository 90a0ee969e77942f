"""A footprint is what an average business request asked, in the words of a design file."""

import json
from pathlib import Path

import yaml

from harness.plan.footprint import footprints, requests_yaml
from harness.plan.operations import read_step
from harness.plan.section import Section
from tests.plan.calls import api, call
from tests.plan.designs import design


def body(**document: object) -> dict[str, object]:
    return {"headers": {}, "body": json.dumps(document)}


def payment(trace: str) -> list[dict[str, object]]:
    item = {"ID": {"S": "p" * 98}}
    members = [
        {"Update": {"TableName": "shop-Wallets", "ExpressionAttributeValues": {":b": {"N": "12"}}}},
        {"Put": {"TableName": "shop-Payments", "Item": item}},
    ]
    wallet = body(Item={"UserID": {"S": "u" * 94}})
    about = {"resource": "shop-Wallets", "key": "UserID=u", "trace": trace, "caller": "shop-wallet-service"}
    return [
        api(f"/payments/pay-{trace}/refunds", trace=trace),
        call("dynamodb", "GetItem", **about, request=body(ConsistentRead=True), response=wallet),
        call("dynamodb", "TransactWriteItems", **about, request=body(TransactItems=members)),
        call("states", "StartExecution", trace=trace),
    ]


def test_footprint_is_the_average_of_what_followed() -> None:
    extra = call("dynamodb", "GetItem", resource="shop-Wallets", trace="1-b", request=body(ConsistentRead=True))
    found = footprints([*payment("1-a"), *payment("1-b"), extra, call("dynamodb", "Scan", trace="1-z")])

    assert list(found) == ["POST /payments/{}/refunds"]
    told = found["POST /payments/{}/refunds"]
    assert told["operations"][0] == {"get": "Wallets", "consistent": True, "bytes": 100, "times": 1.5}
    # An update's item is as large as the largest that was seen of its table.
    assert told["operations"][1] == {
        "transaction": [{"update": "Wallets", "bytes": 100}, {"put": "Payments", "bytes": 100}]
    }
    assert told["starts"] == 1
    assert told["functions"] == {"wallet-service": {"duration_ms": 0}}


def test_footprint_can_be_read_as_a_design(tmp_path: Path) -> None:
    told = design(tmp_path)
    written = yaml.safe_load(requests_yaml(footprints(payment("1-a"))))

    steps = [
        read_step(Section.of(one, "x"), told.tables, told.keys)
        for one in written["requests"]["POST /payments/{}/refunds"]["operations"]
    ]
    assert [step.transactional for step in steps] == [False, True]


def test_calls_without_bodies_have_the_sizes_of_requests_and_answers() -> None:
    about = {"resource": "shop-Wallets", "key": "UserID=u"}
    calls = [api("/a"), call("dynamodb", "GetItem", **about, bytes_out=321)]
    calls.append(call("dynamodb", "UpdateItem", **about, bytes_in=555))

    assert footprints(calls)["POST /a"]["operations"] == [
        {"get": "Wallets", "bytes": 321},
        {"update": "Wallets", "bytes": 555},
    ]


def test_nothing_is_found_where_no_api_was_called() -> None:
    assert footprints([call("dynamodb", "GetItem", resource="T")]) == {}
