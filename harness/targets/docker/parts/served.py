"""Which calls are the parts': by service, by the id of an API, by the name of a companion stack.

Cheap, because every call that no other part takes is asked about: headers and path first, the engine's APIs and pools
only for those calls that may name one. Cognito's calls of an app's users are unsigned and known by their target; its
web pages, and the keys of its tokens, by their paths, while there is a user pool.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.edge.call import Call, Namespace
from harness.targets.docker.parts import AFTER, BEFORE
from harness.targets.docker.parts.engine_plug import KEYS, scope_of_pool
from harness.targets.embedded.mends.symbols import HTTP_APIS, Symbol

FIND_API = Symbol(HTTP_APIS, "find_api_scope", "d4863a8cb863f38b")

SERVICES = ("apigatewayv2", "cognito-identity", "cognito-idp")
_WHOLLY = frozenset(SERVICES)
_TARGETS = (b"AWSCognitoIdentityProviderService.", b"AWSCognitoIdentityService.")
_OF_HOST = re.compile(rb"^([a-z0-9]{8,10})\.execute-api\.")
_OF_PATH = re.compile(r"^/(?:_aws/execute-api|restapis)/([a-z0-9]+)/")
_PAGES = frozenset({"/login", "/logout"})


def serves(call: Call) -> bool:
    """Tell whether a call that the edge has marked is for the parts."""
    service = call.service
    if service in _WHOLLY:
        return True
    if service == "execute-api":
        return owner_of_api(api_id_of(call)) is not None
    if service == "apigateway":  # signs for REST APIs too
        return call.path.startswith("/v2/")
    if service == "cloudformation":
        return is_of_companion(call.document)
    return not service and (call.header(b"x-amz-target").startswith(_TARGETS) or _is_page(call))


def api_id_of(call: Call) -> str:
    """Return the id of the API that a data plane's call is for, "" when it names none."""
    by_path = _OF_PATH.match(call.path)
    if by_path:
        return by_path[1]
    by_host = _OF_HOST.match(call.header(b"host"))
    return by_host[1].decode() if by_host else ""


def owner_of_api(api_id: str) -> Namespace | None:
    """Return whose API this is, None when the engine has none of this id."""
    if not api_id:
        return None
    for (account, region, known), _ in FIND_API.module()._apis.all_items():
        if known == api_id:
            return Namespace(account, region)
    return None


def owner_of(call: Call) -> Namespace | None:
    """Return whose API or user pool a call names by an id that is one of a kind; None where it names none."""
    if call.service == "execute-api":
        return owner_of_api(api_id_of(call))
    document = call.document if not call.service and call.operation else None
    if not isinstance(document, Mapping):
        return None
    pools = KEYS.module()
    by_token = pools._pool_id_from_token(str(document.get("AccessToken", "")))
    for (account, region, pool_id), pool in pools._user_pools.all_items():
        if pool_id == by_token or document.get("ClientId") in pool.get("_clients", {}):
            return Namespace(account, region)
    return None


def is_of_companion(document: Any) -> bool:
    """Tell whether a CloudFormation request names a companion stack, by name, by ARN, or by its change set's ARN."""
    return isinstance(document, Mapping) and any(name.endswith((BEFORE, AFTER)) for name in _stack_names(document))


def _stack_names(document: Mapping[str, Any]) -> Iterator[str]:
    for member in ("StackName", "StackId", "ChangeSetName"):
        named = str(document.get(member, ""))
        kind, _, rest = named.rpartition(":")[2].partition("/")
        if not named.startswith("arn:"):
            if member != "ChangeSetName":
                yield named
        elif kind == "stack":
            yield rest.partition("/")[0]
        elif kind == "changeSet" and (owner := _stack_of_change_set(named)):
            yield owner


def _stack_of_change_set(arn: str) -> str:
    """Return the stack that the engine keeps a change set for, "" when it is not the engine's."""
    from ministack.services import cloudformation

    for _, kept in cloudformation._change_sets.all_items():
        if arn in (kept.get("ChangeSetId"), kept.get("ChangeSetArn")):
            return str(kept.get("StackName", ""))
    return ""


def _is_page(call: Call) -> bool:
    pool_id, found, _ = call.path.lstrip("/").partition("/.well-known/")
    if found:
        return scope_of_pool(pool_id) is not None
    return (call.path.startswith("/oauth2/") or call.path in _PAGES) and bool(_pools())


def _pools() -> Any:
    return KEYS.module()._user_pools._data
