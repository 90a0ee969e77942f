"""Mend: confirming a Cognito user calls the pool's PostConfirmation function.

Wrong: the engine never calls it, neither from AdminConfirmSignUp nor from ConfirmSignUp or ConfirmForgotPassword, and
it confirms a confirmed user again.
AWS (documented, "Post confirmation Lambda trigger", API_AdminConfirmSignUp): the trigger runs synchronously after the
user is confirmed, with triggerSource PostConfirmation_ConfirmSignUp or PostConfirmation_ConfirmForgotPassword; when it
fails, the call answers UserLambdaValidationException and the user stays confirmed; a user who is not UNCONFIRMED gets
NotAuthorizedException. Assumed: the exact text of both errors.
"""

from typing import Any

from harness.targets.embedded.mends.symbols import COGNITO, LAMBDA, Function, Mend, Symbol

ADMIN_CONFIRM = Symbol(COGNITO, "_admin_confirm_sign_up", "e466a78787df6fd5")
CONFIRM = Symbol(COGNITO, "_confirm_sign_up", "e9557b08401a1b81")
CONFIRM_FORGOTTEN = Symbol(COGNITO, "_confirm_forgot_password", "7f65a9b7d622675c")
RESOLVE_USER = Symbol(COGNITO, "_resolve_user", "005b45b0326d511c")
POOL_OF_CLIENT = Symbol(COGNITO, "_pool_for_client", "ac0cf21281822221")
FIND_FUNCTION = Symbol(LAMBDA, "_get_func_record_for_ref", "492b4efe8f903a0f")
REGION_OF_POOL = Symbol(COGNITO, "_pool_region", "23e29779fbac339c")
RECORD = Symbol(LAMBDA, "_execution_record_for_config", "632acaa44892bdae")
EXECUTE = Symbol(LAMBDA, "_execute_function_with_config_scope", "26a9d5f64e175204")

SIGN_UP = "PostConfirmation_ConfirmSignUp"
FORGOTTEN = "PostConfirmation_ConfirmForgotPassword"


def _followed_by(trigger_source: str) -> Any:
    def make(original: Function) -> Function:
        cognito = ADMIN_CONFIRM.module()

        def confirm(data: dict[str, Any]) -> Any:
            pool = _pool(cognito, data)
            user = cognito._resolve_user(pool, data.get("Username"))[0] if pool else None
            if user and trigger_source == SIGN_UP and user["UserStatus"] != "UNCONFIRMED":
                message = f"User cannot be confirmed. Current status is {user['UserStatus']}"
                return cognito.error_response_json("NotAuthorizedException", message, 400)
            answer = original(data)
            if pool is None or user is None or answer[0] >= 400:
                return answer
            return _call_trigger(cognito, pool, user, data, trigger_source) or answer

        return confirm

    return make


def _pool(cognito: Any, data: dict[str, Any]) -> dict[str, Any] | None:
    pool: dict[str, Any] | None
    if "UserPoolId" in data:
        pool = cognito._user_pools.get(data["UserPoolId"])
    else:
        pool = cognito._pool_for_client(data.get("ClientId"))[0]
    return pool


def _call_trigger(
    cognito: Any, pool: dict[str, Any], user: dict[str, Any], data: dict[str, Any], trigger_source: str
) -> Any:
    arn = (pool.get("LambdaConfig") or {}).get("PostConfirmation")
    if not arn:
        return None
    functions = EXECUTE.module()
    record, config, name = functions._get_func_record_for_ref(arn)
    if not record or not config:
        return _failed(cognito, f"function {name} not found")
    function = functions._execution_record_for_config(record, config)
    event = _event(cognito, pool, user, data, trigger_source)
    result = functions._execute_function_with_config_scope(function, event)
    if result.get("error"):
        body = result.get("body")
        return _failed(cognito, str(body.get("errorMessage")) if isinstance(body, dict) else str(body))
    return None


def _event(
    cognito: Any, pool: dict[str, Any], user: dict[str, Any], data: dict[str, Any], trigger_source: str
) -> dict[str, Any]:
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user.get("Attributes", [])}
    return {
        "version": "1",
        "triggerSource": trigger_source,
        "region": cognito._pool_region(pool["Id"]),
        "userPoolId": pool["Id"],
        "userName": user.get("Username", data.get("Username")),
        "callerContext": {
            "awsSdkVersion": "aws-sdk-unknown-unknown",
            "clientId": data.get("ClientId", "CLIENT_ID_NOT_APPLICABLE"),
        },
        "request": {
            "userAttributes": {**attributes, "cognito:user_status": user["UserStatus"]},
            "clientMetadata": data.get("ClientMetadata") or {},
        },
        "response": {},
    }


def _failed(cognito: Any, reason: str) -> Any:
    message = f"PostConfirmation failed with error {reason}."
    return cognito.error_response_json("UserLambdaValidationException", message, 400)


def _apply() -> None:
    ADMIN_CONFIRM.wrap(_followed_by(SIGN_UP))
    CONFIRM.wrap(_followed_by(SIGN_UP))
    CONFIRM_FORGOTTEN.wrap(_followed_by(FORGOTTEN))


MEND = Mend(
    name="post_confirmation",
    touches=(ADMIN_CONFIRM, CONFIRM, CONFIRM_FORGOTTEN),
    relies_on=(RESOLVE_USER, POOL_OF_CLIENT, REGION_OF_POOL, FIND_FUNCTION, RECORD, EXECUTE),
    apply=_apply,
)
