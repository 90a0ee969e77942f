"""What a request to a deployed API is about: which API, and its path there; for faults and for the record.

An API's operations are its methods and paths: `POST /payments`. Addressed are `https://<id>.execute-api.<region>.…`,
as on AWS, and two forms of local clouds: `/restapis/<id>/<stage>/_user_request_/…` and `/_aws/execute-api/<id>/…`. The
last and the host's form may leave the stage out when it is `$default`, which a request alone does not tell: then its
first segment counts as the path's unless it is one of the stages that are known. Leaves out function URLs, WebSockets'
connections and custom domains.
"""

from collections.abc import Callable
from dataclasses import dataclass

_BY_HOST = ".execute-api."
_REST, _LOCAL, _MARK = "/restapis/", "/_aws/execute-api/", "/_user_request_"
DEFAULT_STAGE = "$default"


@dataclass(frozen=True, slots=True)
class KnownApi:
    """An API that the edge knows: the system whose it is, and its stage."""

    system: str
    stage: str


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request to an API: the system's name where it is known, else the API's id; `path` begins with a slash."""

    api: str
    path: str


KnownApis = Callable[[str], KnownApi | None]


def request_of(host: str, path: str, known: KnownApis) -> ApiRequest | None:
    """Return what a request to `host` and `path` is about, None when that is no deployed API."""
    if path.startswith(_REST) and _MARK in path:
        place, _, rest = path.removeprefix(_REST).partition(_MARK)
        api_id = place.partition("/")[0]
        api = known(api_id)
        return ApiRequest(api.system if api else api_id, rest or "/")
    if path.startswith(_LOCAL):
        api_id, _, rest = path.removeprefix(_LOCAL).partition("/")
    elif _BY_HOST in host:
        api_id, rest = host.partition(_BY_HOST)[0], path.removeprefix("/")
    else:
        return None
    api = known(api_id)
    return ApiRequest(api.system if api else api_id, _without_stage(rest, api))


def _without_stage(rest: str, api: KnownApi | None) -> str:
    first, _, behind = rest.partition("/")
    is_stage = first in (DEFAULT_STAGE, api.stage) if api is not None else True
    return f"/{behind}" if is_stage else f"/{rest}"
