"""The environment of a worker: what AWS sets, the function's own variables, and where the AWS endpoint is.

Nothing of this machine's environment is passed on. Source: Lambda developer guide, "Defined runtime environment
variables"; documented. Left out: /tmp is this machine's own, so TMPDIR and HOME name a directory of the worker's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.targets.embedded.functions.spec import FunctionSpec

RUNTIME_API = "AWS_LAMBDA_RUNTIME_API"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a worker finds what it needs."""

    endpoint_url: str
    runtime_api: str  # host:port
    code: Path
    runtime: Path
    scratch: Path
    log_stream: str


def worker_environment(spec: FunctionSpec, around: Surroundings) -> dict[str, str]:
    """Return a worker's whole environment. Reserved variables can't be overridden; the others can."""
    return {**_defaults(around), **spec.environment, **_reserved(spec, around), **_credentials(spec)}


def _defaults(around: Surroundings) -> dict[str, str]:
    scratch = str(around.scratch)
    return {
        "AWS_ENDPOINT_URL": around.endpoint_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "HOME": scratch,
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(around.runtime),
        "TMPDIR": scratch,
        "TZ": ":UTC",
    }


def _reserved(spec: FunctionSpec, around: Surroundings) -> dict[str, str]:
    reserved = {
        RUNTIME_API: around.runtime_api,
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group or f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": around.log_stream,
        "AWS_REGION": spec.region,
        "LAMBDA_RUNTIME_DIR": str(around.runtime),
        "LAMBDA_TASK_ROOT": str(around.code),
        "_HANDLER": spec.handler,
    }
    if spec.log_format.upper() == "JSON":
        reserved["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        if spec.log_level:
            reserved["AWS_LAMBDA_LOG_LEVEL"] = spec.log_level
    return reserved


def _credentials(spec: FunctionSpec) -> Mapping[str, str]:
    given = {name: value for name, value in spec.credentials.items() if value}
    return given or {"AWS_ACCESS_KEY_ID": spec.account_id, "AWS_SECRET_ACCESS_KEY": "test"}
