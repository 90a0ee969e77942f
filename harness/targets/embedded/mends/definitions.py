"""Mend: a definition that breaks the Amazon States Language is refused when the machine is made.

Wrong: CreateStateMachine, UpdateStateMachine and CloudFormation store any text, so a typo surfaces, if at all, as a
failed or endless execution; ValidateStateMachineDefinition always answers OK.
AWS: InvalidDefinition with reasons (documented, API_CreateStateMachine); CloudFormation fails the resource with that
text; ValidateStateMachineDefinition answers FAIL with diagnostics (documented, its API page).
Mended: the rules of `amazon_states_language` stand before the engine's own check of JSONata expressions.
"""

from typing import Any

from harness.targets.embedded.mends.amazon_states_language import problems_of
from harness.targets.embedded.mends.symbols import CLOUDFORMATION, STEP_FUNCTIONS, Function, Mend, Symbol

CHECK = Symbol(STEP_FUNCTIONS, "_validate_definition_jsonata", "a5ec092b2c8d49b8")
VALIDATE = Symbol(STEP_FUNCTIONS, "_validate_state_machine_definition", "91730eff85850db0")
CREATE = Symbol(STEP_FUNCTIONS, "_create_state_machine", "4bc1231dda6925d2")
UPDATE = Symbol(STEP_FUNCTIONS, "_update_state_machine", "476e0deee6a3d66b")
TEMPLATED = Symbol(CLOUDFORMATION, "_sfn_definition", "e29ae22959e7b7cf")
TEMPLATE_ERROR = Symbol(CLOUDFORMATION, "_sfn_handler_error", "97d65f9164fd5fff")
DIAGNOSTICS_MAX = 100


def _refusal(definition: object) -> str | None:
    found = problems_of(definition)
    return f"Invalid State Machine Definition: '{', '.join(map(str, found))}'" if found else None


def _by_the_language(original: Function) -> Function:
    def check(definition: object) -> str | None:
        refusal: str | None = _refusal(definition) or original(definition)
        return refusal

    return check


def _with_diagnostics(_original: Function) -> Function:
    engine = VALIDATE.module()

    def validate(data: dict[str, Any]) -> Any:
        found = problems_of(data.get("definition"))
        diagnostics = [
            {"severity": "ERROR", "code": each.code, "message": each.message, "location": each.location}
            for each in found[:DIAGNOSTICS_MAX]
        ]
        truncated = len(found) > DIAGNOSTICS_MAX
        answer = {"result": "FAIL" if found else "OK", "diagnostics": diagnostics, "truncated": truncated}
        return engine.json_response(answer)

    return validate


def _refused_in_templates(original: Function) -> Function:
    engine = TEMPLATED.module()

    def definition_of(props: dict[str, Any]) -> Any:
        definition = original(props)
        refusal = _refusal(definition)
        if refusal:
            raise engine._sfn_handler_error(refusal)
        return definition

    return definition_of


def _apply() -> None:
    CHECK.wrap(_by_the_language)
    VALIDATE.wrap(_with_diagnostics)
    TEMPLATED.wrap(_refused_in_templates)


MEND = Mend(
    name="definitions",
    touches=(CHECK, VALIDATE, TEMPLATED),
    relies_on=(CREATE, UPDATE, TEMPLATE_ERROR),
    apply=_apply,
)
