"""The payments API as the commands ask it: every refusal becomes an error that says what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import AnswerUnexpected
from harness.targets import Environment

if TYPE_CHECKING:
    import httpx

SYSTEM = "payments"
# The API gives up on its own after 29 s, API Gateway's limit.
ANSWER_WITHIN_S = 40.0
_REMEDIES = {
    "wallet_not_found": "open a wallet: rehearse wallet open USER 100.00",
    "idempotency_conflict": "this id was used for something else; choose another, or none",
    "currency_mismatch": "use the wallet's currency: rehearse wallet show USER",
    "gateway_unavailable": "heal the gateway: curl -X DELETE $GATEWAY_URL/_admin/faults",
    "rate_limited": "wait a moment and ask again",
}
_REMEDY_BY_STATUS = {
    401: "rehearse deploy makes the API key anew",
    403: "rehearse deploy makes the API key anew",
    429: "wait a moment and ask again",
    500: "read the function's log: rehearse logs --function payments-api",
    502: "read the function's log: rehearse logs --function payments-api",
    504: "a function took too long; read its log: rehearse logs --function payments-api",
}
# What API Gateway says to a path that is none of the API's; it has nothing to do with keys (documented).
_NO_SUCH_PATH = "Missing Authentication Token"


@dataclass(frozen=True, slots=True)
class Api:
    """The payments API of a running environment."""

    http: "httpx.Client"

    def ask(self, method: str, path: str, *, expect: tuple[int, ...], **request: Any) -> tuple[int, dict[str, Any]]:
        """Send a request; raises AnswerUnexpected, with the answer's own words, for another status or none."""
        import httpx

        try:
            answer = self.http.request(method, path, **request)
        except httpx.HTTPError as problem:
            raise AnswerUnexpected(
                f"the payments API did not answer {method} {path}",
                evidence={"seen": f"{type(problem).__name__}: {problem}"},
                remedy="rehearse status says what runs and what died; rehearse up starts it",
            ) from problem
        document = _document(answer)
        if answer.status_code not in expect:
            raise _refusal(f"{method} {path}", answer, document.get("error") or {})
        return answer.status_code, document


def payments_api(environment: Environment) -> Api:
    """Return the API of the payments system that is deployed in an environment; raises StackMissing when none is."""
    import httpx

    from harness.deploy import stack_outputs
    from harness.deploy.front_doors import api_keys

    keys = api_keys(SYSTEM, environment, stack_outputs(SYSTEM, environment))
    headers = {"x-api-key": keys["PAYMENTS_API_KEY"]}
    # trust_env off: a proxy in the caller's shell must not come between.
    return Api(
        httpx.Client(base_url=environment.api_url(SYSTEM), headers=headers, timeout=ANSWER_WITHIN_S, trust_env=False)
    )


def _document(answer: "httpx.Response") -> dict[str, Any]:
    try:
        document = answer.json() if answer.content else {}
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _refusal(asked: str, answer: "httpx.Response", problem: Mapping[str, Any]) -> AnswerUnexpected:
    code = str(problem.get("code", ""))
    words = problem.get("message") or answer.text[:200] or "no words"
    return AnswerUnexpected(
        f"{asked} was answered with {answer.status_code}: {words}",
        evidence={f"field {one['field']}": one["message"] for one in problem.get("fields", ())},
        remedy=_REMEDIES.get(code) or _remedy(answer),
    )


def _remedy(answer: "httpx.Response") -> str:
    if answer.status_code == 403 and _NO_SUCH_PATH in answer.text:
        return "the API has no such path: an id is neither empty nor does it hold a slash"
    return _REMEDY_BY_STATUS.get(answer.status_code, "")
