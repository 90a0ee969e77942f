"""What a call is answered with."""

import uuid
from typing import Any

import orjson

from harness.edge.call import Answer, Call
from harness.targets.rds_data.columns import metadata, types_of
from harness.targets.rds_data.fields import Options, formatted, records
from harness.targets.rds_data.refused import Refused, bad_request
from harness.targets.rds_data.session import Outcome, Session

Document = dict[str, Any]


async def told(session: Session, outcome: Outcome, options: Options, *, is_json: bool, with_metadata: bool) -> Document:
    """Return what an outcome is answered with. Raises Refused for what no field can carry."""
    if outcome.columns is None:
        return {"numberOfRecordsUpdated": outcome.changed, "generatedFields": []}
    types = await types_of(session, outcome.columns)
    if is_json and outcome.is_selection:
        names = [column.name for column in outcome.columns]
        return {"numberOfRecordsUpdated": 0, "formattedRecords": formatted(outcome.rows, names, types, options)}
    document: Document = {
        "numberOfRecordsUpdated": outcome.changed,
        "records": records(outcome.rows, types, options),
    }
    if with_metadata:
        document["columnMetadata"] = await metadata(session, outcome.columns, types)
    return document


def answered(document: Document) -> Answer:
    """Return a document as an answer of the service."""
    body = orjson.dumps(document)
    headers = [
        (b"content-type", b"application/json"),
        (b"x-amzn-requestid", str(uuid.uuid4()).encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    return Answer(200, headers, body)


def not_served(call: Call) -> Refused:
    """Return that an operation is none of those that are served."""
    if call.operation == "ExecuteSql":
        # Documented for provisioned clusters and Serverless v2; the words are assumed.
        return bad_request("The ExecuteSql operation isn't supported; use ExecuteStatement or BatchExecuteStatement")
    return Refused("UnknownOperationException", f"rds-data has no operation {call.operation or call.path}")
