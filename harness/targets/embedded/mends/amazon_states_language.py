"""What CreateStateMachine finds wrong with a definition: the structural rules of the Amazon States Language.

Pure: text in, problems out. The rules are those of states-language.net and of "Validating state machine definitions"
in the Step Functions guide (documented); codes and wordings follow what AWS prints where known, else our own (assumed).
Left out: JSONata expressions (the engine parses them), quotas, whether a Resource exists, the syntax inside paths.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_EVERY = frozenset({"Type", "Comment", "QueryLanguage"})
_DATA = frozenset({"InputPath", "OutputPath", "Output", "Assign"})
_STEP = _EVERY | _DATA | {"Next", "End"}
_RESULT = frozenset({"Parameters", "Arguments", "ResultPath", "ResultSelector", "Retry", "Catch"})
_FIELDS: Mapping[str, frozenset[str]] = {
    "Pass": _STEP | {"Result", "ResultPath", "Parameters"},
    "Task": _STEP
    | _RESULT
    | {"Resource", "Credentials", "TimeoutSeconds", "TimeoutSecondsPath"}
    | {"HeartbeatSeconds", "HeartbeatSecondsPath"},
    "Choice": _EVERY | _DATA | {"Choices", "Default"},
    "Wait": _STEP | {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
    "Succeed": _EVERY | _DATA,
    "Fail": _EVERY | {"Error", "ErrorPath", "Cause", "CausePath"},
    "Parallel": _STEP | _RESULT | {"Branches"},
    "Map": _STEP
    | _RESULT
    | {"ItemProcessor", "Iterator", "Items", "ItemsPath", "ItemSelector", "ItemReader", "ItemBatcher"}
    | {"ResultWriter", "MaxConcurrency", "MaxConcurrencyPath", "Label", "ToleratedFailureCount"}
    | {"ToleratedFailureCountPath", "ToleratedFailurePercentage", "ToleratedFailurePercentagePath"},
}
_MACHINE_FIELDS = frozenset({"Comment", "StartAt", "States", "QueryLanguage", "Version", "TimeoutSeconds"})
_BRANCH_FIELDS = frozenset({"Comment", "StartAt", "States", "QueryLanguage", "ProcessorConfig"})
_STEPPING = frozenset({"Pass", "Task", "Wait", "Parallel", "Map"})
_WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
_ALL = "States.ALL"

SCHEMA = "SCHEMA_VALIDATION_FAILED"
TARGET = "MISSING_TRANSITION_TARGET"


@dataclass(frozen=True)
class Problem:
    """One reason why AWS refuses a definition."""

    code: str
    message: str
    location: str  # a path of member names: /States/Pay/Next

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location}"


def problems_of(definition: object) -> tuple[Problem, ...]:
    """Return what is wrong with a definition's text; nothing when AWS would take it."""
    if not isinstance(definition, str):
        return (Problem("INVALID_JSON_DESCRIPTION", "the definition must be a string", "/"),)
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return (Problem("INVALID_JSON_DESCRIPTION", f"Invalid JSON: {error}", "/"),)
    if not isinstance(machine, dict):
        return (Problem("INVALID_JSON_DESCRIPTION", "the definition must be a JSON object", "/"),)
    review = _Review()
    review.machine(machine, "", _MACHINE_FIELDS)
    return tuple(review.problems)


@dataclass
class _Review:
    problems: list[Problem] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def report(self, message: str, location: str, code: str = SCHEMA) -> None:
        self.problems.append(Problem(code, message, location or "/"))

    def machine(self, machine: Json, at: str, known: frozenset[str]) -> None:
        self._unknown_fields(machine, known, at)
        self._positive(machine, "TimeoutSeconds", at)
        states = machine.get("States")
        if not isinstance(states, dict) or not states:
            self.report("'States' must be an object with at least one state", f"{at}/States")
            return
        for name, state in states.items():
            self._state(name, state, f"{at}/States/{name}")
        start = machine.get("StartAt")
        if not isinstance(start, str):
            self.report("the field 'StartAt' is missing", f"{at}/StartAt")
        elif start not in states:
            self.report(f"Missing 'StartAt' target: {start}", f"{at}/StartAt", TARGET)
        else:
            self._transitions(start, states, at)

    def _transitions(self, start: str, states: Json, at: str) -> None:
        reached, frontier = {start}, [start]
        while frontier:
            for _, target in _targets(states[frontier.pop()]):
                if target in states and target not in reached:
                    reached.add(target)
                    frontier.append(target)
        for name, state in states.items():
            for where, target in _targets(state):
                if target not in states:
                    label = where.rsplit("/", 1)[-1]
                    self.report(f"Missing '{label}' target: {target}", f"{at}/States/{name}{where}", TARGET)
            if name not in reached:
                self.report(f'State "{name}" is not reachable.', f"{at}/States/{name}", TARGET)

    def _state(self, name: str, state: object, at: str) -> None:
        if name in self.names:
            self.report(f"the state name '{name}' is used twice", at, "DUPLICATE_STATE_NAME")
        self.names.add(name)
        if len(name) > 80:
            self.report(f"the state name has {len(name)} characters, at most 80 are allowed", at)
        if not isinstance(state, dict):
            self.report("a state must be an object", at)
            return
        kind = state.get("Type")
        if not isinstance(kind, str) or kind not in _FIELDS:
            self.report(f"the value {kind!r} is not one of {', '.join(_FIELDS)}", f"{at}/Type")
            return
        self._unknown_fields(state, _FIELDS[kind], at)
        if kind in _STEPPING:
            self._next_or_end(state, at)
        rules: dict[str, Callable[[Json, str], None]] = {
            "Task": self._task,
            "Choice": self._choice,
            "Wait": self._wait,
            "Parallel": self._parallel,
            "Map": self._map,
        }
        if kind in rules:
            rules[kind](state, at)
        self._retry(state.get("Retry", []), f"{at}/Retry")
        self._catch(state.get("Catch", []), f"{at}/Catch")
        for template in ("Parameters", "ResultSelector", "ItemSelector"):
            self._template(state.get(template), f"{at}/{template}")

    def _next_or_end(self, state: Json, at: str) -> None:
        if ("Next" in state) == (state.get("End") is True):
            self.report("exactly one of 'Next' and 'End: true' is required", at)

    def _task(self, state: Json, at: str) -> None:
        if not isinstance(state.get("Resource"), str) or not state["Resource"]:
            self.report("the field 'Resource' is missing", f"{at}/Resource")
        self._positive(state, "TimeoutSeconds", at)
        self._positive(state, "HeartbeatSeconds", at)
        limits: list[Any] = [state.get("HeartbeatSeconds"), state.get("TimeoutSeconds")]
        if all(map(_is_number, limits)) and limits[0] >= limits[1]:
            self.report("'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'", f"{at}/HeartbeatSeconds")

    def _choice(self, state: Json, at: str) -> None:
        choices = state.get("Choices")
        if not isinstance(choices, list) or not choices:
            self.report("'Choices' must be a list with at least one rule", f"{at}/Choices")
            return
        for index, rule in enumerate(choices):
            where = f"{at}/Choices/{index}"
            if not isinstance(rule, dict):
                self.report("a choice rule must be an object", where)
                continue
            if not isinstance(rule.get("Next"), str):
                self.report("the field 'Next' is missing", f"{where}/Next")
            self._choice_rule(rule, where)

    def _choice_rule(self, rule: Json, at: str) -> None:
        nested = [rule["Not"]] if "Not" in rule else rule.get("And", rule.get("Or"))
        if nested is not None:
            if not isinstance(nested, list) or not nested:
                self.report("'And' and 'Or' take a list with at least one rule", at)
                return
            for part in nested:
                if not isinstance(part, dict) or "Next" in part:
                    self.report("a rule inside another must be an object without 'Next'", at)
                else:
                    self._choice_rule(part, at)
            return
        comparisons = rule.keys() - {"Variable", "Next", "Comment", "Assign", "Output", "Condition"}
        if "Condition" not in rule and ("Variable" not in rule or len(comparisons) != 1):
            self.report("a rule needs 'Variable' and exactly one comparison, or 'Condition'", at)

    def _wait(self, state: Json, at: str) -> None:
        if sum(name in state for name in _WAITS) != 1:
            self.report(f"exactly one of {', '.join(_WAITS)} is required", at)

    def _parallel(self, state: Json, at: str) -> None:
        branches = state.get("Branches")
        if not isinstance(branches, list) or not branches:
            self.report("'Branches' must be a list with at least one branch", f"{at}/Branches")
            return
        for index, branch in enumerate(branches):
            self._branch(branch, f"{at}/Branches/{index}")

    def _map(self, state: Json, at: str) -> None:
        named = [name for name in ("ItemProcessor", "Iterator") if name in state]
        if len(named) != 1:
            self.report("exactly one of 'ItemProcessor' and 'Iterator' is required", at)
        for name in named:
            self._branch(state[name], f"{at}/{name}")

    def _branch(self, branch: object, at: str) -> None:
        if isinstance(branch, dict):
            self.machine(branch, at, _BRANCH_FIELDS)
        else:
            self.report("a branch must be an object", at)

    def _retry(self, retriers: object, at: str) -> None:
        for index, retrier, last in self._error_rules(retriers, at):
            where = f"{at}/{index}"
            self._error_equals(retrier, where, last=last)
            self._positive(retrier, "IntervalSeconds", where)
            self._positive(retrier, "MaxDelaySeconds", where)
            attempts, rate = retrier.get("MaxAttempts", 0), retrier.get("BackoffRate", 1)
            if not isinstance(attempts, int) or attempts < 0:
                self.report("must be a whole number of at least 0", f"{where}/MaxAttempts")
            if not _is_number(rate) or rate < 1:
                self.report("must be a number of at least 1.0", f"{where}/BackoffRate")
            if retrier.get("JitterStrategy", "NONE") not in ("FULL", "NONE"):
                self.report("must be FULL or NONE", f"{where}/JitterStrategy")

    def _catch(self, catchers: object, at: str) -> None:
        for index, catcher, last in self._error_rules(catchers, at):
            self._error_equals(catcher, f"{at}/{index}", last=last)
            if not isinstance(catcher.get("Next"), str):
                self.report("the field 'Next' is missing", f"{at}/{index}/Next")

    def _error_rules(self, rules: object, at: str) -> Iterator[tuple[int, Json, bool]]:
        if not isinstance(rules, list):
            self.report("must be a list", at)
            return
        for index, rule in enumerate(rules):
            if isinstance(rule, dict):
                yield index, rule, index == len(rules) - 1
            else:
                self.report("must be an object", f"{at}/{index}")

    def _error_equals(self, rule: Json, at: str, *, last: bool) -> None:
        names = rule.get("ErrorEquals")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            self.report("'ErrorEquals' must be a list with at least one error name", f"{at}/ErrorEquals")
        elif _ALL in names and len(names) > 1:
            self.report(f"{_ALL} must stand alone", f"{at}/ErrorEquals")
        elif _ALL in names and not last:
            self.report(f"{_ALL} must be in the last rule", f"{at}/ErrorEquals")

    def _template(self, value: object, at: str) -> None:
        if isinstance(value, list):
            for index, item in enumerate(value):
                self._template(item, f"{at}/{index}")
        if not isinstance(value, dict):
            return
        for name, item in value.items():
            dynamic = name.endswith(".$")
            if dynamic and not (isinstance(item, str) and item.startswith(("$", "States."))):
                self.report("must be a JSONPath or an intrinsic function call", f"{at}/{name}")
            self._template(item, f"{at}/{name}")

    def _unknown_fields(self, given: Json, known: frozenset[str], at: str) -> None:
        for name in given.keys() - known:
            self.report("Field is not supported", f"{at}/{name}")

    def _positive(self, given: Json, name: str, at: str) -> None:
        value = given.get(name, 1)
        by_expression = isinstance(value, str) and value.startswith("{%")
        if not by_expression and (not _is_number(value) or value != int(value) or value < 1):
            self.report("must be a whole number of at least 1", f"{at}/{name}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _targets(state: object) -> Iterator[tuple[str, str]]:
    """Yield where a state may go: the field's place inside it, and the name there."""
    if not isinstance(state, dict):
        return
    for name in ("Next", "Default"):
        if isinstance(state.get(name), str):
            yield f"/{name}", state[name]
    for name in ("Choices", "Catch"):
        rules = state.get(name)
        for index, rule in enumerate(rules if isinstance(rules, list) else []):
            if isinstance(rule, dict) and isinstance(rule.get("Next"), str):
                yield f"/{name}/{index}/Next", rule["Next"]
