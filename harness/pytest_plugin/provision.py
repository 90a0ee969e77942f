"""Bringing up an environment with the payments system in it. Imported only when a test asks for one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.clients import Deployment
from harness.deploy import StackOutputs, deploy_system, stack_outputs
from harness.deploy.front_doors import api_keys, open_front_door
from harness.errors import StackMissing
from harness.ids import new_token
from harness.targets import Environment, open_environment
from harness.targets.embedded.lifecycle import require_ready

SYSTEM = "payments"


@contextmanager
def open_deployment(target: str, instance: str, *, keep_logs: Callable[[Path], None]) -> Iterator[Deployment]:
    """Give a deployed payments system for the length of a block.

    With `instance`, that running environment is used and left running; else an own one is brought up on free ports
    and taken down. `keep_logs` is called with the environment's folder before that.
    """
    if instance:
        environment = require_ready(instance)
        yield _deployed(environment, _outputs_of_running(environment))
        return
    with open_environment(target, instance=f"e2e-{new_token()}", ports="free") as environment:
        try:
            yield _deployed(environment, deploy_system(SYSTEM, environment))
        finally:
            keep_logs(environment.directory)


def _outputs_of_running(environment: Environment) -> StackOutputs:
    try:
        outputs = stack_outputs(SYSTEM, environment)
    except StackMissing:
        return deploy_system(SYSTEM, environment)
    open_front_door(SYSTEM, environment, outputs)  # whoever deployed it may have gone another way
    return outputs


def _deployed(environment: Environment, outputs: StackOutputs) -> Deployment:
    keys = api_keys(SYSTEM, environment, outputs)
    return Deployment(
        environment,
        dict(outputs),
        api_key=keys.get("PAYMENTS_API_KEY", ""),
        trial_api_key=keys.get("PAYMENTS_TRIAL_API_KEY", ""),
    )
