"""Mend: a deployed API answers whoever calls it, whatever account it belongs to.

Wrong: an API is looked for in the caller's account, and a caller without a signature has the engine's own; so an API
that another account has deployed answers 404 to everybody but that account's signed calls.
AWS (documented, API Gateway developer guide, "Invoke REST APIs"): an API is known by its id in the host name alone.
"""

from collections.abc import Callable
from typing import Any

from harness.targets.embedded.mends.symbols import HTTP_APIS, REST_APIS, Function, Mend, Symbol

REST_OWNER = Symbol(REST_APIS, "find_api_scope", "19d66149ae1d27e6")
HTTP_OWNER = Symbol(HTTP_APIS, "find_api_scope", "d4863a8cb863f38b")


def _of_any_account(store: str, symbol: Symbol) -> Callable[[Function], Function]:
    def make(original: Function) -> Function:
        def find_api_scope(api_id: str) -> tuple[str, str] | None:
            found: tuple[str, str] | None = original(api_id)
            return found or _owner(getattr(symbol.module(), store), api_id)

        return find_api_scope

    return make


def _owner(apis: Any, api_id: str) -> tuple[str, str] | None:
    return next(((account, region) for (account, region, known), _ in apis.all_items() if known == api_id), None)


def _apply() -> None:
    REST_OWNER.wrap(_of_any_account("_rest_apis", REST_OWNER))
    HTTP_OWNER.wrap(_of_any_account("_apis", HTTP_OWNER))


MEND = Mend(name="api_owners", touches=(REST_OWNER, HTTP_OWNER), relies_on=(), apply=_apply)
