"""Mend: StartExecution is idempotent by name, for STANDARD machines.

Wrong: the engine refuses every name that it has seen; it takes names and inputs that AWS refuses; and nothing orders
two threads that start the same name.
AWS: "If you call StartExecution with the same name and input as a running execution, the call succeeds and returns the
same response as the original request. If the execution is closed or if the input is different, it returns a 400
ExecutionAlreadyExists error" (documented, API_StartExecution). InvalidName and InvalidExecutionInput: documented there.
Assumed: inputs are compared as text, not as JSON.
Left out: the 90 days after which a name may be used again, and EXPRESS machines, whose names need not be unique.
"""

import json
import re
import threading
from typing import Any

from harness.targets.embedded.mends.symbols import STEP_FUNCTIONS, Function, Mend, Symbol

START = Symbol(STEP_FUNCTIONS, "_start_execution", "9923282fc76c57b9")
RESOLVE = Symbol(STEP_FUNCTIONS, "_resolve_state_machine_arn", "e054a309ee54fa0f")

# Refused by AWS in names: white space, brackets, wildcards, special and control characters.
_NAME_REFUSED = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]""")


def _idempotent(original: Function) -> Function:
    engine = START.module()
    one_at_a_time = threading.RLock()  # re-entrant: the start's own status event may start another execution

    def start_execution(data: dict[str, Any]) -> Any:
        refused = _refusal(engine, data)
        if refused:
            return refused
        with one_at_a_time:
            running = _running_twin(engine, data)
            if running is None:
                return original(data)
            answer = {"executionArn": running["executionArn"], "startDate": running["startDate"]}
            return engine.json_response(answer)

    return start_execution


def _refusal(engine: Any, data: dict[str, Any]) -> Any:
    name = data.get("name")
    if name is not None and (not 1 <= len(name) <= 80 or _NAME_REFUSED.search(name)):
        return engine.error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
    try:
        json.loads(data.get("input", "{}"))
    except ValueError as error:
        message = f"Invalid State Machine Execution Input: '{error}'"
        return engine.error_response_json("InvalidExecutionInput", message, 400)
    return None


def _running_twin(engine: Any, data: dict[str, Any]) -> dict[str, Any] | None:
    """Return the running execution of the same machine, name and input, if there is one."""
    machine_arn = data.get("stateMachineArn", "").split("#", 1)[0]
    machine = engine._state_machines.get(engine._resolve_state_machine_arn(machine_arn) or "")
    if not machine or machine["type"] != "STANDARD" or not data.get("name"):
        return None
    execution_arn = machine["stateMachineArn"].replace(":stateMachine:", ":execution:") + f":{data['name']}"
    execution: dict[str, Any] | None = engine._executions.get(execution_arn)
    if execution is None or execution["status"] != "RUNNING":
        return None
    return execution if execution["input"] == data.get("input", "{}") else None


MEND = Mend(name="execution_names", touches=(START,), relies_on=(RESOLVE,), apply=lambda: START.wrap(_idempotent))
