"""What the people do who run a system: look at the time, deploy what turns out to be bad, restore, put back."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.clients.deployment import Deployment
from harness.clients.edge_clock import ClockClient
from harness.clients.patience import patient_s
from harness.errors import AnswerUnexpected
from harness.ids import new_token
from harness.waiting import wait_until

RESTORED_WITHIN_S = 30.0
Item = Mapping[str, Any]  # attribute name → AttributeValue in DynamoDB's JSON


class RestoredTable:
    """A table that was made from another one's past."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    def item(self, key: Item) -> Item | None:
        """Return the item under a key, None when there was none."""
        found: Item | None = self._client.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")
        return found


class Operator:
    """Operates one deployment through its AWS endpoint."""

    def __init__(self, deployment: Deployment, clock: ClockClient) -> None:
        self._deployment = deployment
        self._tables = deployment.environment.client("dynamodb")
        self._functions = deployment.environment.client("lambda")
        self._clock = clock

    def now(self) -> datetime:
        """Return the time by which tables are restored."""
        return self._clock.show().now

    def deploy(self, template: Path, **parameters: object) -> Mapping[str, str]:
        """Deploy another template beside the system; return its outputs."""
        from harness.deploy import deploy_template

        name = f"{template.parent.name.replace('_', '-')}-{new_token(6)}"
        outputs = deploy_template(template, self._deployment.environment, stack_name=name, parameters=parameters)
        return {str(key): str(value) for key, value in outputs.items()}

    def invoke(self, function: str, event: object) -> Any:
        """Run a function and return its result. Raises AnswerUnexpected when it fails."""
        answer = self._functions.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        result = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise AnswerUnexpected(f"function {function} failed", evidence={"answer": result})
        return result

    def table(self, output: str) -> str:
        """Return the name of a table by the stack's output, e.g. `WalletsTable`."""
        return self._deployment.system("payments").output(output)

    def restore(self, table: str, to: datetime) -> RestoredTable:
        """Restore a table as it was at an instant into a new one, and wait for it.

        The latest five minutes can't be restored to, as on AWS: they are let pass on the edge's clock. Restores are the
        edge's own, so functions need not see that.
        """
        self._clock.advance("6m", functions_follow=False)
        name = f"{table}-as-of-{to:%H%M%S}-{new_token(6)}"
        self._tables.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=name, RestoreDateTime=to)
        wait_until(
            f"{name} is restored",
            lambda: self._tables.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE",
            within_s=patient_s(RESTORED_WITHIN_S),
        )
        return RestoredTable(self._tables, name)

    def put_back(self, restored: RestoredTable, table: str, keys: Iterable[Item]) -> None:
        """Write items of a restored table back to where they came from."""
        for key in keys:
            item = restored.item(key)
            if item is None:
                raise AnswerUnexpected(f"{restored.name} has no item {dict(key)}, expected one to put back")
            self._tables.put_item(TableName=table, Item=item)
