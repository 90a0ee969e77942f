"""Mend: an HTTP API hides what went wrong in its function, gives a function its event as AWS does, and routes OPTIONS.

Wrong: a function that fails, is throttled or answers nonsense is told to the client (error, stack trace, reason) with
502 or 429, or breaks the answer; events have null for what AWS leaves out, and no `cookies`; an OPTIONS request never
reaches a route of an API without CORS, and is refused with 403 by one whose CORS does not allow its origin.
AWS: the client of a function that fails or whose answer is malformed gets 500 and `Internal Server Error` (documented,
"Troubleshooting issues with HTTP API Lambda integrations"); of one that is throttled 503 and `Service Unavailable`
(assumed). Cookies are in `cookies` and not among the headers, and absent members are left out (documented, "Working
with AWS Lambda proxy integrations for HTTP APIs": format 2.0). Without a CORS configuration OPTIONS is a method like
any other; with one API Gateway answers it itself (documented, "Configuring CORS for HTTP APIs"), and one that is not
allowed gets 204 without CORS headers (assumed).
Left out: throttling of routes and stages (429), the limits of 10 MB and 30 s, `x-forwarded-*` headers, and a `time` in
the event that is the machine's local one. Whether `%2F` parts segments of a path on AWS is not known; here it does.
"""

from collections.abc import Mapping
from typing import Any

from harness.targets.embedded.mends.symbols import HTTP_APIS, LAMBDA, Function, Mend, Symbol

RUN = Symbol(HTTP_APIS, "run_reentrant", "bd6c9a9940ab3b7f")
EXECUTE = Symbol(HTTP_APIS, "_handle_execute_in_scope", "aa60b8b0dfaafaa2")
MATCH = Symbol(HTTP_APIS, "_match_route", "c47ed1dc647ebadc")
AUTHORIZE = Symbol(HTTP_APIS, "_authorize_request_v2", "a8ad4442ba6ee1f6")
PREFLIGHT = Symbol(HTTP_APIS, "_cors_preflight_response", "48dec7964484f35a")
INVOKE = Symbol(HTTP_APIS, "_invoke_lambda_proxy", "fbe5024fcd36643f")
AUTHORIZER = Symbol(HTTP_APIS, "_invoke_request_authorizer_lambda", "185d9afad9dc7cc2")
PROXY_RESPONSE = Symbol(LAMBDA, "lambda_execute_result_to_api_proxy_response", "36f0ed215e854cb7")

_PROXY, _AUTHORIZER = "ministack-apigw-invoke", "ministack-apigw-authorizer"
# An OPTIONS request on its way past the answer that the engine gives to every one; a method is upper case else.
_ROUTED = "options"
_Result = dict[str, Any]


def _shaping(original: Function) -> Function:
    async def run_reentrant(run: Function, *args: Any, thread_name: str) -> Any:
        if thread_name not in (_PROXY, _AUTHORIZER):
            return await original(run, *args, thread_name=thread_name)
        record, event = args
        result = await original(run, record, _event(event), thread_name=thread_name)
        return _presentable(result) if thread_name == _PROXY else result

    return run_reentrant


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event of format 2.0 without what is null, with its cookies apart; of format 1.0 as it is."""
    if event.get("version") != "2.0":
        return dict(event)
    shaped = {name: value for name, value in event.items() if value is not None}
    headers = dict(shaped["headers"])
    cookies = headers.pop("cookie", "")
    shaped["headers"] = headers
    if cookies:
        shaped["cookies"] = [one.strip() for one in cookies.split(";")]
    context = shaped["requestContext"]
    shaped["requestContext"] = {**context, "http": {**context["http"], "method": context["http"]["method"].upper()}}
    return shaped


def _presentable(result: _Result | None) -> _Result | None:
    """Return a function's result so that a client may see what becomes of it."""
    if result is None:
        return result
    if result.get("throttle"):
        return _told(503, "Service Unavailable")
    if result.get("error") or _is_malformed(result.get("body")):
        return _told(500, "Internal Server Error")
    return result


def _told(status: int, message: str) -> _Result:
    headers = {"content-type": "application/json"}
    return {"body": {"statusCode": status, "headers": headers, "body": f'{{"message":"{message}"}}'}}


def _is_malformed(answer: Any) -> bool:
    """Say whether an answer has a statusCode and is none that API Gateway can send."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return False
    body, headers, cookies = answer.get("body"), answer.get("headers"), answer.get("cookies")
    return not (
        _is_status(answer["statusCode"])
        and (body is None or isinstance(body, str))
        and (headers is None or isinstance(headers, dict))
        and (cookies is None or (isinstance(cookies, list) and all(isinstance(one, str) for one in cookies)))
    )


def _is_status(told: Any) -> bool:
    return isinstance(told, int) and not isinstance(told, bool) and 100 <= told <= 599


def _routing_options(original: Function) -> Function:
    engine = EXECUTE.module()

    async def handle_execute_in_scope(api_id: str, stage: str, path: str, method: str, *rest: Any, **more: Any) -> Any:
        api = engine._apis.get(api_id) or {}
        is_routed = method == "OPTIONS" and not api.get("corsConfiguration")
        return await original(api_id, stage, path, _ROUTED if is_routed else method, *rest, **more)

    return handle_execute_in_scope


def _by_method(original: Function) -> Function:
    def match_route(api_id: str, method: str, path: str) -> Any:
        return original(api_id, method.upper(), path)

    return match_route


def _authorizing_method(original: Function) -> Function:
    async def authorize_request(api_id: str, stage: str, route: Any, method: str, *rest: Any, **more: Any) -> Any:
        return await original(api_id, stage, route, method.upper(), *rest, **more)

    return authorize_request


def _allowing_nothing(original: Function) -> Function:
    def cors_preflight_response(cors: Mapping[str, Any], origin: str) -> Any:
        status, headers, body = original(cors, origin)
        return (204, {"Content-Length": "0"}, b"") if status == 403 else (status, headers, body)

    return cors_preflight_response


def _apply() -> None:
    RUN.wrap(_shaping)
    EXECUTE.wrap(_routing_options)
    MATCH.wrap(_by_method)
    AUTHORIZE.wrap(_authorizing_method)
    PREFLIGHT.wrap(_allowing_nothing)


MEND = Mend("http_apis", (RUN, EXECUTE, MATCH, AUTHORIZE, PREFLIGHT), (INVOKE, AUTHORIZER, PROXY_RESPONSE), _apply)
