"""Where the engine meets what is not in it: functions of another cloud, its own keys, templates of any length.

Replaced in the engine while parts are open, each known by its fingerprint: how a function is looked up (any ARN is one:
whether it exists is seen when it is called) and how it is executed; where the keys of its own user pools come from (the
engine would ask itself over HTTP, at an address that is not its own in a container). A companion stack's template may
be sent whole: what S3 has for LocalStack, the engine does not see.
Once `unplugged`, the engine is as its mends have left it.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from harness.edge.call import Namespace
from harness.targets.docker.parts.invoking import LATEST, Function, FunctionCaller, Result
from harness.targets.embedded import mends
from harness.targets.embedded.mends.symbols import COGNITO, HTTP_APIS, LAMBDA, Mend, Symbol
from harness.targets.embedded.mends.symbols import Function as EngineFunction

TEMPLATES = "ministack.services.cloudformation.helpers"

FIND = Symbol(LAMBDA, "_get_func_record_for_ref", "492b4efe8f903a0f")
FIND_QUALIFIED = Symbol(LAMBDA, "_get_func_record_for_qualifier", "a86e90478088123d")
EXECUTE = Symbol(LAMBDA, "_execute_function", "3ceb16d6480a2161")
FETCH_KEYS = Symbol(HTTP_APIS, "_fetch_jwks", "f9a4ebe587103b63")
TEMPLATE_LENGTH = Symbol(TEMPLATES, "_template_body_problem", "6ca9c5bc716f7bab")
KEYS = Symbol(COGNITO, "well_known_jwks", "169199e696c00957")
RELIES_ON = (
    TEMPLATE_LENGTH,
    KEYS,
    Symbol(HTTP_APIS, "_resolve_jwks_url", "895164c623bff652"),
    Symbol(LAMBDA, "_execution_record_for_config", "632acaa44892bdae"),
    Symbol(LAMBDA, "_resolve_name_and_qualifier", "8c65f22c59e03249"),
    Symbol(LAMBDA, "_run_with_function_config_scope", "c43add877129b773"),
    Symbol(LAMBDA, "_lambda_function_name_and_qualifier_from_arn", "f7f7f665722fe77a"),
)
TEMPLATE_BYTES_MAX = 1_000_000  # what CloudFormation takes by an address in S3
_REAPER = "dynamodb-ttl-reaper"
_KEYS_PATH = "/.well-known/jwks.json"


@dataclass
class _Plugged:
    """Who calls functions now, None while no parts are open; the engine's own bound of a template's length."""

    caller: FunctionCaller | None = None
    template_bytes_max: int = 0


_plugged = _Plugged()
_wrapped: list[Symbol] = []


def plug() -> None:
    """Wrap what is replaced, once a process.

    Raises EngineMismatch, having touched nothing, when the engine is not the one that this was written against.
    """
    if _wrapped:
        return
    touched = (FIND, FIND_QUALIFIED, EXECUTE, FETCH_KEYS)
    mends.verify((Mend("parts", touched, RELIES_ON, lambda: None),))
    for symbol, make in zip(touched, (_any_function, _any_name, _by_invoke, _own_keys), strict=True):
        symbol.wrap(make)
        _wrapped.append(symbol)


def call_through(caller: FunctionCaller) -> None:
    """Let the engine call its functions through `caller` from now on."""
    helpers: Any = TEMPLATE_LENGTH.module()
    if _plugged.caller is None:
        _plugged.template_bytes_max = helpers.TEMPLATE_BODY_MAX_BYTES
    _plugged.caller, helpers.TEMPLATE_BODY_MAX_BYTES = caller, TEMPLATE_BYTES_MAX


def unplug() -> None:
    """Let the engine be as its mends have left it."""
    if _plugged.caller is not None:
        _plugged.caller = None
        TEMPLATE_LENGTH.module().TEMPLATE_BODY_MAX_BYTES = _plugged.template_bytes_max


@contextmanager
def without_reaper() -> Iterator[None]:
    """Import the engine without the thread that looks for expired items: the parts have no tables."""
    start = threading.Thread.start

    def start_others(thread: threading.Thread) -> None:
        if thread.name != _REAPER:
            start(thread)

    threading.Thread.start = start_others  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


def _any_function(original: EngineFunction) -> EngineFunction:
    def get_func_record_for_ref(reference: str) -> tuple[Result | None, Result | None, str]:
        if _plugged.caller is None:
            found: tuple[Result | None, Result | None, str] = original(reference)
            return found
        function = _function(reference)
        if not function.name:
            return None, None, reference
        config = _config(function)
        return {"config": config}, config, function.name

    return get_func_record_for_ref


def _any_name(original: EngineFunction) -> EngineFunction:
    def get_func_record_for_qualifier(name: str, qualifier: str | None) -> tuple[Result | None, Result | None]:
        if _plugged.caller is None:
            found: tuple[Result | None, Result | None] = original(name, qualifier)
            return found
        config = _config(Function(name, qualifier or LATEST, _here()))
        return {"config": config}, config

    return get_func_record_for_qualifier


def _by_invoke(original: EngineFunction) -> EngineFunction:
    def execute_function(record: Result, event: object) -> Any:
        if _plugged.caller is None:
            return original(record, event)
        config = record.get("config") or record
        namespace = _function(config["FunctionArn"]).namespace
        return _plugged.caller.invoke(Function(config["FunctionName"], config["Version"], namespace), event)

    return execute_function


def _own_keys(original: EngineFunction) -> EngineFunction:
    async def fetch_jwks(url: str) -> Any:
        pool_id = url.removesuffix(_KEYS_PATH).rpartition("/")[2]
        if _plugged.caller is None or not url.endswith(_KEYS_PATH) or scope_of_pool(pool_id) is None:
            return await original(url)
        return json.loads(KEYS.function()(pool_id)[2])

    return fetch_jwks


def scope_of_pool(pool_id: str) -> Namespace | None:
    """Return whose user pool this is, None when there is none of this id."""
    for (account, region, known), _ in KEYS.module()._user_pools.all_items():
        if known == pool_id:
            return Namespace(account, region)
    return None


def _function(reference: str) -> Function:
    """Return the function that a name, a name with a qualifier or an ARN stands for."""
    name, qualifier = EXECUTE.module()._resolve_name_and_qualifier(reference)
    parts = reference.split(":")
    is_arn = reference.startswith("arn:") and len(parts) >= 7
    return Function(name, qualifier or LATEST, Namespace(parts[4], parts[3]) if is_arn else _here())


def _here() -> Namespace:
    from ministack.core.responses import get_account_id, get_region

    return Namespace(get_account_id(), get_region())


def _config(function: Function) -> Result:
    return {"FunctionName": function.name, "FunctionArn": function.arn, "Version": function.qualifier}
