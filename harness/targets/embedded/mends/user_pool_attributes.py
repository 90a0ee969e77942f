"""Mend: a user pool in a template tells its ProviderURL, the issuer that a JWT authorizer asks for.

Wrong: `Fn::GetAtt Pool.ProviderURL` fails the stack ("does not exist in schema").
AWS (documented, AWS::Cognito::UserPool, "Return values"): ProviderURL is the URL of ProviderName.
"""

from typing import Any

from harness.targets.embedded.mends.symbols import CLOUDFORMATION, Function, Mend, Symbol

ATTRIBUTES = Symbol(CLOUDFORMATION, "_cognito_user_pool_attributes", "5786603b829a49af")


def _with_url(original: Function) -> Function:
    def attributes(pool_id: str) -> dict[str, Any]:
        told: dict[str, Any] = original(pool_id)
        return {**told, "ProviderURL": f"https://{told['ProviderName']}"}

    return attributes


def _apply() -> None:
    ATTRIBUTES.wrap(_with_url)


MEND = Mend(name="user_pool_attributes", touches=(ATTRIBUTES,), relies_on=(), apply=_apply)
