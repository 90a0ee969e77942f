"""What a deployed system offers on the known local ports: its API behind the front door, and its API keys."""

import json
import urllib.error
import urllib.request
from typing import Any, Protocol

from harness.deploy.outputs import StackOutputs
from harness.errors import AnswerUnexpected

DEFAULT_STAGE = "$default"
# Stack output → environment variable.
_KEY_OUTPUTS = {"ApiKeyId": "API_KEY", "TrialApiKeyId": "TRIAL_API_KEY"}


class Behind(Protocol):
    """What this needs to know of an environment."""

    @property
    def aws_endpoint_url(self) -> str: ...
    def client(self, service: str) -> Any: ...


def open_front_door(system: str, environment: Behind, outputs: StackOutputs) -> None:
    """Let the system's known port lead to the API that `outputs` names; a system without an API has no door.

    Without an output `ApiStage` it is an HTTP API's `$default`, which has no name in a path on AWS either. An account
    has no edge and no door. Raises AnswerUnexpected when the edge refuses.
    """
    if "ApiId" not in outputs or not environment.aws_endpoint_url:
        return
    request = urllib.request.Request(  # noqa: S310 - the edge of the environment
        f"{environment.aws_endpoint_url}/_rehearsal/front-doors/{system}",
        method="PUT",
        data=json.dumps({"api_id": outputs["ApiId"], "stage": outputs.get("ApiStage", DEFAULT_STAGE)}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            return
    except urllib.error.HTTPError as problem:
        if problem.code == 404:  # a system without a known port
            return
        raise AnswerUnexpected(f"the edge answered {problem.code} when asked to open a front door") from problem


def api_keys(system: str, environment: Behind, outputs: StackOutputs) -> dict[str, str]:
    """Return the API keys that a deployed system made, as environment variables such as PAYMENTS_API_KEY."""
    wanted = {name: output for output, name in _KEY_OUTPUTS.items() if output in outputs}
    if not wanted:
        return {}
    client = environment.client("apigateway")
    return {
        f"{system.upper()}_{name}": client.get_api_key(apiKey=outputs[output], includeValue=True)["value"]
        for name, output in wanted.items()
    }
