"""What a run on an AWS account changes of a deployment: names, tags, the bucket, and where an API answers.

Every stack of a run has the run's prefix, whatever it is called elsewhere, so that two runs share nothing and the end
of a run finds all of it. An environment without a run changes nothing.
"""

from collections.abc import Mapping
from typing import Protocol, cast, runtime_checkable

from harness.deploy.buckets import artifacts_bucket
from harness.targets.environment import Environment
from harness.targets.staging.gateway import refuse_real_gateway
from harness.targets.staging.kept import keep_api_url
from harness.targets.staging.run import Run


@runtime_checkable
class HasRun(Protocol):
    """An environment that says whose run it is, {} for none."""

    @property
    def run(self) -> Mapping[str, str]: ...


class Placed(Protocol):
    """What this needs to know of an environment."""

    @property
    def target(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def region(self) -> str: ...


def run_of(environment: object) -> Run | None:
    """Return the run that an environment is, None for one without a run."""
    return Run.from_json(environment.run) if isinstance(environment, HasRun) and environment.run else None


def stack_name_in(environment: object, name: str) -> str:
    """Return what a stack is called in an environment."""
    run = run_of(environment)
    return run.stack_name(name) if run else name


def bucket_of(environment: Placed) -> str:
    """Return the name of the bucket that takes what a deployment uploads."""
    run = run_of(environment)
    return run.bucket if run else artifacts_bucket(environment.account_id, environment.region)


def tags_of(environment: object) -> dict[str, str]:
    """Return the tags of what is deployed."""
    run = run_of(environment)
    return run.tags if run else {}


def engine_of(environment: Placed) -> str:
    """Return whose CloudFormation and Lambda answer: a target; "embedded" where an emulator plays the account."""
    run = run_of(environment)
    return "embedded" if run and run.endpoint_url else environment.target


def api_url_of(environment: object, outputs: Mapping[str, str]) -> str:
    """Return where the API that a stack's outputs name answers, "" for a stack without one."""
    run = run_of(environment)
    if run and run.endpoint_url and "ApiId" in outputs:
        return f"{run.endpoint_url}/restapis/{outputs['ApiId']}/{outputs.get('ApiStage', '$default')}/_user_request_"
    return outputs.get("ApiUrl", "")


def note_api(system: str, environment: object, outputs: Mapping[str, str]) -> None:
    """Let the run know where a system's API answers, so that later commands do."""
    url = api_url_of(environment, outputs)
    if url:
        keep_api_url(cast("Environment", environment), system, url)


def check_gateway(environment: object, parameters: Mapping[str, str]) -> None:
    """Raise StagingRefused when a run's template is told of a real card gateway."""
    if run_of(environment) is not None:
        for name, value in parameters.items():
            if name.endswith("Url"):
                refuse_real_gateway(value)
