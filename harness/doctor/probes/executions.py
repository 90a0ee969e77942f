"""Executions: names make a start idempotent, deadlines end what hangs, and broken machines are refused."""

from functools import partial
from typing import Any

from harness.doctor.examination import Examination, refusal_of, single, together
from harness.doctor.probe import broken_unless, probe

WAITING = single({"Type": "Wait", "Seconds": 20})
AT_ONCE = 8
ENDED_WITHIN_S = 6.0
START = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"


@probe(
    "states.execution-names",
    "Starting a STANDARD execution again under its name starts nothing",
    does=f"starts one execution {AT_ONCE} times at once, again with another input, and again after its end",
    documented="same name and input while it runs gives the same execution; another input, or after its end, is "
    "ExecutionAlreadyExists",
    source=START,
)
def execution_names(examination: Examination) -> str:
    client = examination.client("stepfunctions")
    machine = examination.machine(WAITING)
    start: dict[str, Any] = {"stateMachineArn": machine, "name": "pay-1", "input": '{"amount": 1}'}
    answers = together([lambda: client.start_execution(**start)] * AT_ONCE)
    arns = {one["executionArn"] if isinstance(one, dict) else type(one).__name__ for one in answers}
    for arn in arns:
        examination.after(client.stop_execution, executionArn=arn)
    told = f"the same start {AT_ONCE} times at once gave {sorted(arns)}, expected one execution"
    broken_unless(len(arns) == 1 and all(isinstance(one, dict) for one in answers), told)
    code = refusal_of(client.start_execution, **{**start, "input": '{"amount": 2}'})
    broken_unless(code == "ExecutionAlreadyExists", f"the name with another input was answered with {code}")
    client.stop_execution(executionArn=next(iter(arns)))
    examination.closed(next(iter(arns)))
    code = refusal_of(client.start_execution, **start)
    broken_unless(code == "ExecutionAlreadyExists", f"the name after its end was answered with {code}")
    return f"one execution of {AT_ONCE} starts at once; another input and a closed name are refused"


@probe(
    "states.timeouts",
    "An execution ends when its machine's TimeoutSeconds are over",
    does="runs a machine with a timeout of 1 s that waits 20 s",
    documented="the execution ends TIMED_OUT",
    source="https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html",
    quick=False,
)
def timeouts(examination: Examination) -> str:
    ended = examination.run(single({"Type": "Wait", "Seconds": 20}, TimeoutSeconds=1), within_s=ENDED_WITHIN_S)
    broken_unless(ended["status"] == "TIMED_OUT", f"the execution ended {ended['status']}, expected TIMED_OUT")
    return "TIMED_OUT after its second"


@probe(
    "states.definitions",
    "A state machine that can't work is refused when it is made",
    does="makes machines with a missing target, an unreachable state and a misspelt field",
    documented="CreateStateMachine answers InvalidDefinition",
    source="https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html",
)
def definitions(examination: Examination) -> str:
    states = {"Only": {"Type": "Pass", "End": True}}
    broken = {
        "a missing target": {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Next": "Nowhere"}}},
        "an unreachable state": {"StartAt": "Only", "States": {**states, "Lost": {"Type": "Pass", "End": True}}},
        "a misspelt field": {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Ent": True, "End": True}}},
    }
    codes = {what: refusal_of(partial(examination.machine, definition)) for what, definition in broken.items()}
    wrong = [f"{what} was answered with {code}" for what, code in codes.items() if code != "InvalidDefinition"]
    broken_unless(not wrong, "; ".join(wrong))
    return f"{len(codes)} of {len(codes)} refused with InvalidDefinition"
