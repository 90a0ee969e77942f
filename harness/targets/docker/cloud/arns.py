"""Tables that are called by their ARNs, which neither engine understands: their names go there instead.

AWS takes an ARN wherever it takes a table's name (documented: the API reference). An answer that names tables by the
request's words (batches) gets those back. Leaves out ARNs in PartiQL, and those of other accounts: nothing is shared
between accounts here, and the engine refuses them.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from harness.edge.call import Answer, Call
from harness.edge.tables import table_name
from harness.targets.docker.cloud.dynamodb_local import arn_prefix

_BY_TABLE = ("Responses", "UnprocessedKeys", "UnprocessedItems", "ItemCollectionMetrics")


def with_names(call: Call) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the call's document with names for ARNs, and the ARNs by those names."""
    document: dict[str, Any] = call.document
    own = arn_prefix(call.namespace) + b"table/"
    if own not in (call.body or b""):
        return document, {}
    arns: dict[str, str] = {}

    def name(reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith(own.decode()):
            return reference
        arns[table_name(reference)] = reference
        return table_name(reference)

    named = {**_named(document, name)}  # never the call's own, which all rooms share
    requests = document.get("RequestItems")
    if isinstance(requests, dict):
        named["RequestItems"] = {name(table): about for table, about in requests.items()}
    actions = document.get("TransactItems")
    if isinstance(actions, list):
        named["TransactItems"] = [
            {kind: _named(about, name) for kind, about in one.items()} if isinstance(one, dict) else one
            for one in actions
        ]
    return named, arns


def give_back(answer: Answer, arns: Mapping[str, str]) -> None:
    """Name tables in an answer as its request did, where the request's words are the answer's keys."""
    document = answer.document if arns and answer.status == 200 else None
    if not isinstance(document, dict):
        return
    changed = False
    for member in _BY_TABLE:
        if isinstance(told := document.get(member), dict) and told:
            document[member] = {arns.get(table, table): about for table, about in told.items()}
            changed = True
    if changed:
        answer.replace_body(orjson.dumps(document))


def _named(asked: Any, name: Any) -> Any:
    return (
        {**asked, "TableName": name(asked["TableName"])} if isinstance(asked, dict) and "TableName" in asked else asked
    )
