"""Mend: Step Functions' own DynamoDB integration (`arn:aws:states:::dynamodb:*`) goes through the serving loop.

Wrong: the engine's DynamoDB is correct because one thread, the event loop, runs every request. This integration calls
DynamoDB's functions from the execution's thread instead, between the reads and the writes of HTTP requests, and loses
acknowledged writes (measured: 180 to 339 of 2,800 updates). The `aws-sdk:dynamodb:*` integration is right.
AWS: a single-item write is atomic and isolated whoever calls it (documented, "Read/write isolation" in the DynamoDB
guide). Errors of the optimized integration are named `DynamoDB.<Code>` (documented, "Call DynamoDB APIs").
Mended: hand the same request to DynamoDB's request handler on the loop, as the SDK integration does.
"""

import json
from typing import Any

from harness.targets.embedded.mends.symbols import APP, STEP_FUNCTIONS, Function, Mend, Symbol

INVOKE = Symbol(STEP_FUNCTIONS, "_invoke_dynamodb", "3d538d8656c86441")
CALL_ON_LOOP = Symbol(APP, "call_service_handler_sync", "64e0d7e635005816")
OPERATIONS = {"putItem": "PutItem", "getItem": "GetItem", "deleteItem": "DeleteItem", "updateItem": "UpdateItem"}


def _through_the_loop(original: Function) -> Function:
    engine, app = INVOKE.module(), CALL_ON_LOOP.module()

    def invoke_dynamodb(op_name: str, input_data: dict[str, Any]) -> Any:
        if op_name not in OPERATIONS:
            return original(op_name, input_data)
        headers = {
            "x-amz-target": f"DynamoDB_20120810.{OPERATIONS[op_name]}",
            "content-type": "application/x-amz-json-1.0",
            "authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{engine.get_region()}/dynamodb/aws4_request",
        }
        status, _, body = app.call_service_handler_sync(
            app.SERVICE_HANDLERS["dynamodb"], "POST", "/", headers, json.dumps(input_data).encode(), {}
        )
        result = json.loads(body) if body else {}
        if status >= 400:
            code = result.get("__type", "AmazonDynamoDBException").rsplit("#", 1)[-1].rsplit(".", 1)[-1]
            raise engine._ExecutionError(f"DynamoDB.{code}", result.get("message", ""))
        return result

    return invoke_dynamodb


MEND = Mend(
    name="dynamodb_integration",
    touches=(INVOKE,),
    relies_on=(CALL_ON_LOOP,),
    apply=lambda: INVOKE.wrap(_through_the_loop),
)
